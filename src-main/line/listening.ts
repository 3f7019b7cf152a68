/** How a process takes the address at which others reach it, and says where that is. */
import { chmodSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { makePrivate } from '../folders.ts';
import { type Presence, findPresence, writePresence } from './presence.ts';

const onWindows = process.platform === 'win32';

/** Why it must not listen, as part of a sentence; what a crash has left behind is cleared away. */
export async function obstacle(
  stateFolder: string,
  { kind, address }: Presence,
): Promise<string | null> {
  const found = findPresence(stateFolder, kind);
  if (found.kind === 'running' && (await answers(found.presence.address))) {
    return 'another one uses the same folder';
  }
  if (onWindows) return null;
  if (!makePrivate(path.dirname(address))) return 'the folder for sockets is not its own';
  if (await answers(address)) return 'another one has its socket';
  rmSync(address, { force: true });
  return null;
}

async function answers(address: string): Promise<boolean> {
  const socket = await connectTo(address);
  socket?.destroy();
  return socket !== null;
}

/** Null when nobody listens: what names the address is a leftover of a crash. */
export function connectTo(address: string): Promise<net.Socket | null> {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    socket.once('error', () => resolve(null));
    socket.once('connect', () => resolve(socket));
  });
}

/** False when it could not be written. */
export function publish(stateFolder: string, presence: Presence): boolean {
  try {
    if (!onWindows) chmodSync(presence.address, 0o600);
    writePresence(stateFolder, presence);
    return true;
  } catch {
    return false;
  }
}
