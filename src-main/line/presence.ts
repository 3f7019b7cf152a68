/**
 * Where a running Portreeve says how the command line, or windows of other processes, reach it: a file for each in its state
 * folder, which only its user (on Windows SYSTEM and administrators) can read. Whoever can read it may call; nobody else
 * learns the secret.
 */
import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../engine/durable-file.ts';
import { runFolder } from '../folders.ts';

/** What can be reached: `<kind>.json` says how. */
export type PresenceKind = 'command-line' | 'service';

export interface Presence {
  readonly kind: PresenceKind;
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

const socketNames: Readonly<Record<PresenceKind, string>> = {
  'command-line': 'command',
  service: 'service',
};
const SECRET_BYTES = 32;
const MAX_FILE_BYTES = 4096;
const presenceFile = z.strictObject({
  processId: z.int().min(1),
  address: z.string().min(1).max(1024),
  secret: z.string().length(2 * SECRET_BYTES),
});

function fileIn(stateFolder: string, kind: PresenceKind): string {
  return path.join(stateFolder, `${kind}.json`);
}

/** For a line that one other process alone is told of. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('hex');
}

/** Of a pipe, which nobody can have taken before: its name is random. */
export function newPipe(): string {
  return `\\\\.\\pipe\\portreeve-${randomBytes(16).toString('hex')}`;
}

/** What this process will be reached by. */
export function newPresence(stateFolder: string, kind: PresenceKind): Presence {
  const address = addressFor(stateFolder, kind);
  return { kind, processId: process.pid, address, secret: newSecret() };
}

/** A pipe has a name that nobody can have taken before; a socket is in a folder that is its user's alone. */
function addressFor(stateFolder: string, kind: PresenceKind): string {
  if (process.platform === 'win32') return newPipe();
  const name = createHash('sha256').update(path.resolve(stateFolder)).digest('hex').slice(0, 16);
  return path.join(runFolder(), `${socketNames[kind]}-${name}.sock`);
}

/** Throws the system's error. */
export function writePresence(stateFolder: string, { kind, ...said }: Presence): void {
  replaceFile(fileIn(stateFolder, kind), Buffer.from(`${JSON.stringify(said)}\n`));
}

/** Takes the file away, if it is still this one's. */
export function removePresence(stateFolder: string, { kind, secret }: Presence): void {
  const found = findPresence(stateFolder, kind);
  if (found.kind === 'running' && found.presence.secret === secret) {
    rmSync(fileIn(stateFolder, kind), { force: true });
  }
}

/** The file may be a leftover of a crash: only a connection tells. */
export function findPresence(stateFolder: string, kind: PresenceKind): FoundPresence {
  const file = fileIn(stateFolder, kind);
  try {
    const entry = lstatSync(file);
    if (!entry.isFile() || entry.size > MAX_FILE_BYTES || isForeign(entry)) {
      return { kind: 'unsafe' };
    }
    const read = presenceFile.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (!read.success) return { kind: 'unsafe' };
    return { kind: 'running', presence: { kind, ...read.data } };
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
