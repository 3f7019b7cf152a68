/**
 * One Portreeve per user: the first one listens on a socket that only its user can reach, and whoever can connect to it
 * knows that it is not the first. A socket left behind by a crash refuses connections and is replaced.
 */
import { rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

export interface Instance {
  release(): void;
}

/** Claims `runFolder` for this process; null when another Portreeve has it. */
export async function claimInstance(runFolder: string): Promise<Instance | null> {
  const address = instanceAddress(runFolder);
  if (await isClaimed(runFolder)) return null;
  if (process.platform !== 'win32') rmSync(address, { force: true });
  const server = net.createServer((socket) => socket.destroy());
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(address, () => resolve(true));
  });
  server.unref();
  return listening ? { release: () => void server.close() } : null;
}

/** Whether a running Portreeve has this folder. */
export function isClaimed(runFolder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(instanceAddress(runFolder));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function instanceAddress(runFolder: string): string {
  if (process.platform !== 'win32') return path.join(runFolder, 'main.sock');
  return `\\\\.\\pipe\\portreeve-${runFolder.replaceAll(/[^a-zA-Z0-9]/g, '-')}`;
}
