/** A store that is locked against a second user of its folder, and backed up before anything is changed in it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import type { Clock, Log } from '../ports.ts';
import { Backups } from './backups.ts';
import { attempt, storeError } from './errors.ts';
import type { StoreResult } from './errors.ts';
import { lockStore } from './lock.ts';
import { checkDatabase } from './open.ts';
import { migrations } from './schema.ts';
import { openStore } from './store.ts';
import type { Store } from './store.ts';

/** A start so soon after a backup needs no other one. */
const FRESH_MS = 3_600_000;

export interface KeptStore {
  readonly store: Store;
  readonly backups: Backups;
  /** Closes the store and frees its folder. */
  close(): void;
}

/** The store's file in its folder. */
export function storeFile(folder: string): string {
  return path.join(folder, 'portreeve.db');
}

/** Without a file, but with backups, nothing is begun anew: rules were there. */
export async function openKeptStore(
  folder: string,
  clock: Clock,
  log: Log,
): Promise<StoreResult<KeptStore>> {
  const lock = lockStore(folder);
  if (!lock.ok) return lock;
  const opened = await openLocked(folder, clock, log);
  if (!opened.ok) {
    lock.value.release();
    return opened;
  }
  const { store, backups } = opened.value;
  const close = (): void => {
    store.close();
    lock.value.release();
  };
  return { ok: true, value: { store, backups, close } };
}

async function openLocked(
  folder: string,
  clock: Clock,
  log: Log,
): Promise<StoreResult<{ readonly store: Store; readonly backups: Backups }>> {
  const file = storeFile(folder);
  const backups = new Backups(file, clock);
  const newest = backups.list()[0];
  if (existsSync(file)) {
    const version = versionOf(file);
    if (!version.ok) return version;
    const migrates = version.value < migrations.length;
    if (migrates || newest === undefined || newest.madeAt < clock.now() - FRESH_MS) {
      const made = version.value === 0 ? null : await backups.make();
      if (made?.ok === false && migrates) return made;
      if (made?.ok === false) log.warn(`No backup was made: ${made.error.message}`);
    }
  } else if (newest !== undefined) return storeError('missing');
  const store = openStore(file);
  return store.ok ? { ok: true, value: { store: store.value, backups } } : store;
}

/** 0 for a file that is empty yet. */
function versionOf(file: string): StoreResult<number> {
  const database = attempt(() => new DatabaseSync(file, { readOnly: true }));
  if (!database.ok) return database;
  const checked = checkDatabase(database.value);
  database.value.close();
  return checked;
}
