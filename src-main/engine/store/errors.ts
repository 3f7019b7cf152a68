/** What can be wrong with a store, in words. */

import type { StoreProblem } from '../../../src-preload/contract/model.ts';

export type StoreErrorCode = StoreProblem | 'too-many' | 'managed';

export interface StoreError {
  readonly code: StoreErrorCode;
  /** Whole sentences: what is wrong, and what to do about it. */
  readonly message: string;
}

export type StoreResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: StoreError };

const sentences: Record<StoreErrorCode, string> = {
  corrupt:
    'The file with your rules is damaged. It was left as it is; restore it from a backup, or move it away to start without rules.',
  newer:
    'The file with your rules was written by a newer Portreeve. It was left as it is; install that version again.',
  foreign:
    'The file where the rules should be belongs to another program. It was left as it is; move it away.',
  'not-writable':
    'The file with your rules cannot be written. Check the permissions of the file and its folder.',
  full: 'The disk is full, so nothing could be saved. Make room and try again.',
  busy: 'Another program is using the file with your rules. Close it and try again.',
  missing:
    'The file with your rules is gone, but there are backups of it. Restore one, or start without rules.',
  failed: 'The file with your rules could not be used.',
  'too-many':
    'There are too many rules of this program for this place already. Remove some of them first.',
  managed: "This rule is your organisation's; it can not be changed or replaced here.",
};

export function storeError(code: StoreErrorCode): {
  readonly ok: false;
  readonly error: StoreError;
} {
  return { ok: false, error: { code, message: sentences[code] } };
}

/** SQLITE_IOERR_SHMSIZE: no room for the log's index (sqlite.org/rescode.html). */
const IOERR_SHMSIZE = 4874;

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const primaryCodes = new Map<number, StoreErrorCode>([
  [3, 'not-writable'], // SQLITE_PERM
  [5, 'busy'], // SQLITE_BUSY
  [6, 'busy'], // SQLITE_LOCKED
  [8, 'not-writable'], // SQLITE_READONLY
  [10, 'failed'], // SQLITE_IOERR
  [11, 'corrupt'], // SQLITE_CORRUPT
  [13, 'full'], // SQLITE_FULL
  [14, 'not-writable'], // SQLITE_CANTOPEN
  [23, 'not-writable'], // SQLITE_AUTH
  [26, 'corrupt'], // SQLITE_NOTADB
]);

/** Runs SQLite's work; its errors become values, bugs go on as exceptions. */
export function attempt<T>(work: () => T): StoreResult<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    const code = codeOf(error);
    if (code === null) throw error;
    return storeError(code);
  }
}

/** The same for work that takes its time. */
export async function attemptLater<T>(work: () => Promise<T>): Promise<StoreResult<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    const code = codeOf(error);
    if (code === null) throw error;
    return storeError(code);
  }
}

function codeOf(error: unknown): StoreErrorCode | null {
  if (!(error instanceof Error) || !('errcode' in error)) return fileCodeOf(error);
  if (error.errcode === IOERR_SHMSIZE) return 'full';
  const primary = Number(error.errcode) & 0xff;
  return primaryCodes.get(primary) ?? null;
}

const fileCodes = new Map<unknown, StoreErrorCode>([
  ['EACCES', 'not-writable'],
  ['EPERM', 'not-writable'],
  ['EROFS', 'not-writable'],
  ['ENOENT', 'not-writable'],
  ['EISDIR', 'not-writable'],
  ['ENOTDIR', 'not-writable'],
  ['EMFILE', 'failed'],
  ['ENOSPC', 'full'],
]);

function fileCodeOf(error: unknown): StoreErrorCode | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return fileCodes.get(error.code) ?? null;
}
