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

/**
 * Deletes a file or a folder with all in it; false where that can't be done now. On Windows any program that may read a file
 * can keep it from being deleted.
 */
export function tryRemove(place: string): boolean {
  try {
    rmSync(place, { recursive: true, force: true });
    return true;
  } catch {
    return false;
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
