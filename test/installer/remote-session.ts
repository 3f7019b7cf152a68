/** A remote session to this computer, which Wine shows to the installer as it does every connection of its host. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';

/** WinRM, of the ports that the installer looks at one that needs no rights. */
const port = 5985;
/** Where it comes from. */
export const peer = '127.0.0.9';

/** Resolves once it is established; gives what ends it. */
export async function openSession(): Promise<() => void> {
  const server = net.createServer((socket) => socket.on('error', () => undefined));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const client = net.connect({ host: '127.0.0.1', port, localAddress: peer });
  client.on('error', () => undefined);
  const [accepted] = (await once(server, 'connection')) as [net.Socket];
  assert.equal(accepted.remoteAddress, peer);
  return () => {
    client.destroy();
    accepted.destroy();
    server.close();
  };
}
