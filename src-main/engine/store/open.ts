/** Opens the store's file, checks that it is ours and sound, and brings its tables up to date. */
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

import { attempt, storeError } from './errors.ts';
import type { StoreResult } from './errors.ts';
import { APPLICATION_ID, migrations } from './schema.ts';

const OWNER_ONLY = 0o600;
const BUSY_MS = 2000;
export const PAGE_BYTES = 4096;
/** Beyond this, a write is refused as on a full disk: rules must not eat it. */
export const MAX_FILE_BYTES = 2 ** 30;

export interface Databases {
  /** A commit is on the disk when it returns: rules. */
  readonly durable: DatabaseSync;
  /** A commit survives a crash of the program, and may be lost with the power: counts and the away list. */
  readonly quick: DatabaseSync;
}

/** Nothing in a file that turns out to be damaged, newer or not ours is changed. */
export function openDatabases(file: string, maxBytes: number): StoreResult<Databases> {
  const durable = attempt(() => connect(file));
  if (!durable.ok) return durable;
  const ready = prepare(durable.value);
  const quick = ready.ok ? attempt(() => connect(file)) : ready;
  const tuned = quick.ok ? attempt(() => tune(durable.value, quick.value, maxBytes)) : quick;
  if (!tuned.ok) attempt(() => durable.value.close());
  return tuned;
}

function connect(file: string): DatabaseSync {
  closeSync(openSync(file, 'a', OWNER_ONLY));
  return new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: BUSY_MS });
}

function prepare(database: DatabaseSync): StoreResult<null> {
  const checked = checkDatabase(database);
  return checked.ok ? attempt(() => migrate(database, checked.value)) : checked;
}

/** The version of the tables in a file that is ours and sound; 0 when it is empty yet. Changes nothing. */
export function checkDatabase(database: DatabaseSync): StoreResult<number> {
  const inspected = attempt(() => inspect(database));
  if (!inspected.ok) return inspected;
  const { version, applicationId, tables, sound } = inspected.value;
  const empty = version === 0 && applicationId === 0 && tables === 0;
  if (!empty && applicationId !== APPLICATION_ID) return storeError('foreign');
  if (version > migrations.length) return storeError('newer');
  return sound ? { ok: true, value: version } : storeError('corrupt');
}

function inspect(database: DatabaseSync) {
  return {
    version: pragma(database, 'user_version'),
    applicationId: pragma(database, 'application_id'),
    tables: Number(
      database.prepare('SELECT count(*) AS value FROM sqlite_schema').get()?.['value'],
    ),
    sound: database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] === 'ok',
  };
}

/** Subjects that no rule, no away record and no journal line is about any more. */
const DELETE_UNUSED = `
  DELETE FROM subject WHERE NOT EXISTS (SELECT 1 FROM rule WHERE rule.subject_id = subject.subject_id)
    AND NOT EXISTS (SELECT 1 FROM away WHERE away.subject_id = subject.subject_id)
    AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.subject_id = subject.subject_id)`;

export function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/** One transaction: a crash leaves the old version or the new one. */
function migrate(database: DatabaseSync, version: number): null {
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  if (version === migrations.length) return null;
  const steps = migrations.slice(version).join('\n');
  const marks = `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}`;
  transaction(database, () => database.exec(`${steps}\n${marks}`));
  return null;
}

function tune(durable: DatabaseSync, quick: DatabaseSync, maxBytes: number): Databases {
  const pages = Math.floor(maxBytes / PAGE_BYTES);
  for (const database of [durable, quick]) database.exec(`PRAGMA max_page_count = ${pages}`);
  quick.exec('PRAGMA synchronous = NORMAL');
  durable.exec(DELETE_UNUSED);
  return { durable, quick };
}

/** All of `work` or nothing. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const value = work();
    database.exec('COMMIT');
    return value;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
