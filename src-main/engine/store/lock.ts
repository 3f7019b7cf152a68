/**
 * One process at a time uses a store's folder. The lock is SQLite's own on a file beside the store: every system frees it when
 * its owner dies, so that nobody has to guess whether a lock is a leftover.
 */
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { attempt } from './errors.ts';
import type { StoreResult } from './errors.ts';

export interface StoreLock {
  release(): void;
}

/** `busy` when another process, or another part of this one, has it. */
export function lockStore(folder: string): StoreResult<StoreLock> {
  const file = path.join(folder, 'portreeve.lock');
  return attempt(() => {
    closeSync(openSync(file, 'a', 0o600));
    const database = new DatabaseSync(file, { timeout: 0 });
    try {
      // The file stays empty: an exclusive transaction that writes nothing holds the lock.
      database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      throw error;
    }
    return { release: () => database.close() };
  });
}
