/** Files that are there whole or not at all, whatever happens meanwhile. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const OWNER_ONLY = 0o600;

/** Puts `bytes` in the place of `file` in one step. Throws the system's error, and then nothing has changed. */
export function replaceFile(file: string, bytes: Uint8Array): void {
  const draft = `${file}.new`;
  try {
    writeFileSync(draft, bytes, { mode: OWNER_ONLY });
    moveIntoPlace(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** Renames a file that is written, once it is on the disk. */
export function moveIntoPlace(draft: string, file: string): void {
  flush(draft, 'r+');
  renameSync(draft, file);
  // Windows has no handle of a folder to flush; NTFS journals the rename.
  if (process.platform !== 'win32') flush(path.dirname(file), 'r');
}

function flush(place: string, flags: string): void {
  const handle = openSync(place, flags);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
