/**
 * Where a running Portreeve says how the command line reaches it: a file in its state folder, which only its user (on Windows
 * SYSTEM and administrators) can read. Whoever can read it may call; nobody else learns the secret.
 */
import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../engine/durable-file.ts';
import { runFolder } from '../folders.ts';

export interface Presence {
  readonly processId: number;
  /** Of a Unix socket, or of a named pipe. */
  readonly address: string;
  /** 256 random bits, new with each start. */
  readonly secret: string;
}

export type FoundPresence =
  | { readonly kind: 'running'; readonly presence: Presence }
  | { readonly kind: 'none' }
  /** There is such a file, but others could have written or read it. */
  | { readonly kind: 'unsafe' };

const SECRET_BYTES = 32;
const MAX_FILE_BYTES = 4096;
const presenceFile = z.strictObject({
  processId: z.int().min(1),
  address: z.string().min(1).max(1024),
  secret: z.string().length(2 * SECRET_BYTES),
});

function fileIn(stateFolder: string): string {
  return path.join(stateFolder, 'command-line.json');
}

/** What this process will be reached by. */
export function newPresence(stateFolder: string): Presence {
  const secret = randomBytes(SECRET_BYTES).toString('hex');
  return { processId: process.pid, address: addressFor(stateFolder), secret };
}

/** A pipe has a name that nobody can have taken before; a socket is in a folder that is its user's alone. */
function addressFor(stateFolder: string): string {
  if (process.platform === 'win32')
    return `\\\\.\\pipe\\portreeve-${randomBytes(16).toString('hex')}`;
  const name = createHash('sha256').update(path.resolve(stateFolder)).digest('hex').slice(0, 16);
  return path.join(runFolder(), `command-${name}.sock`);
}

/** Throws the system's error. */
export function writePresence(stateFolder: string, presence: Presence): void {
  replaceFile(fileIn(stateFolder), Buffer.from(`${JSON.stringify(presence)}\n`));
}

/** Takes the file away, if it is still this one's. */
export function removePresence(stateFolder: string, { secret }: Presence): void {
  const found = findPresence(stateFolder);
  if (found.kind === 'running' && found.presence.secret === secret) {
    rmSync(fileIn(stateFolder), { force: true });
  }
}

/** The file may be a leftover of a crash: only a connection tells. */
export function findPresence(stateFolder: string): FoundPresence {
  const file = fileIn(stateFolder);
  try {
    const entry = lstatSync(file);
    if (!entry.isFile() || entry.size > MAX_FILE_BYTES || isForeign(entry)) {
      return { kind: 'unsafe' };
    }
    const read = presenceFile.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return read.success ? { kind: 'running', presence: read.data } : { kind: 'unsafe' };
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { kind: isGone ? 'none' : 'unsafe' };
  }
}

/** On Windows the folder's access list decides, which the installer sets. */
function isForeign({ uid, mode }: { readonly uid: number; readonly mode: number }): boolean {
  if (process.platform === 'win32') return false;
  return uid !== process.getuid?.() || (mode & 0o077) !== 0;
}
