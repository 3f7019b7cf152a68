/** What the program of a check connects to: counts what arrives. */
import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer } from 'node:net';

export interface Server {
  readonly port: number;
  /** Datagrams, or "connection" for each of them. */
  readonly received: readonly string[];
  close(): void;
}

export function listen(protocol: 'tcp' | 'udp', address: string): Promise<Server> {
  return protocol === 'tcp' ? listenTcp(address) : listenUdp(address);
}

function listenTcp(address: string): Promise<Server> {
  const received: string[] = [];
  const server = createServer((socket) => {
    received.push('connection');
    socket.on('error', () => socket.destroy());
    socket.resume();
    socket.on('end', () => socket.end());
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, address, () => {
      const { port } = server.address() as AddressInfo;
      resolve({ port, received, close: () => server.close() });
    });
  });
}

function listenUdp(address: string): Promise<Server> {
  const received: string[] = [];
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (message) => received.push(message.toString()));
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.bind(0, address, () =>
      resolve({ port: socket.address().port, received, close: () => socket.close() }),
    );
  });
}
