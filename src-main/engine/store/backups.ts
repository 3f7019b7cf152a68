/**
 * Copies of the store beside it. A copy is made by SQLite from a consistent state, checked, flushed, and only then takes
 * its name; only then do older ones go.
 */
import { constants, copyFileSync, existsSync, linkSync, mkdirSync, readdirSync } from 'node:fs';
import { renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, backup } from 'node:sqlite';

import { moveIntoPlace } from '../durable-file.ts';
import type { Clock } from '../ports.ts';
import { attempt, attemptLater, storeError } from './errors.ts';
import type { StoreResult } from './errors.ts';
import { checkDatabase } from './open.ts';

/** The newest are kept whatever their age, then one per day. */
const KEPT_NEWEST = 5;
const KEPT_DAYS = 14;
const DAY_MS = 86_400_000;
/** Pages that are copied at a time: others get their turn in between. */
const RATE = 200;
const fileName = /^portreeve-(\d{13})\.db$/;

export interface Backup {
  /** Its file name. */
  readonly backupId: string;
  /** ms since 1970. */
  readonly madeAt: number;
}

export interface BackupContent {
  readonly version: number;
  readonly rules: number;
}

export class Backups {
  readonly #folder: string;
  readonly #store: string;
  readonly #clock: Clock;

  /** Of the store at `file`, in a folder beside it. */
  constructor(file: string, clock: Clock) {
    this.#store = file;
    this.#folder = path.join(path.dirname(file), 'backups');
    this.#clock = clock;
  }

  /** The newest first. */
  list(): Backup[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .flatMap((backupId) => {
        const madeAt = fileName.exec(backupId)?.[1];
        return madeAt === undefined ? [] : [{ backupId, madeAt: Number(madeAt) }];
      })
      .toSorted((one, other) => other.madeAt - one.madeAt);
  }

  /** What a backup holds; an error when it is no good. */
  look(backupId: string): StoreResult<BackupContent> {
    if (!fileName.test(backupId)) return storeError('missing');
    const opened = attempt(
      () => new DatabaseSync(path.join(this.#folder, backupId), { readOnly: true }),
    );
    if (!opened.ok) return opened;
    const checked = checkDatabase(opened.value);
    const content = checked.ok ? attempt(() => contentOf(opened.value)) : checked;
    opened.value.close();
    return content;
  }

  /** Copies the store as it is now. `spared`: one that is not dropped for it, however old. */
  async make(spared: string | null = null): Promise<StoreResult<Backup>> {
    const last = this.list()[0]?.madeAt ?? 0;
    const madeAt = Math.max(this.#clock.now(), last + 1);
    const backupId = `portreeve-${madeAt}.db`;
    const draft = path.join(this.#folder, 'draft');
    const made = await attemptLater(async () => {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      rmSync(draft, { force: true });
      await copyDatabase(this.#store, draft);
      moveIntoPlace(draft, path.join(this.#folder, backupId));
      return { backupId, madeAt };
    });
    for (const suffix of ['', '-journal']) rmSync(`${draft}${suffix}`, { force: true });
    if (made.ok) this.#roll(spared);
    return made;
  }

  /**
   * Puts a copy of the backup in the place of the store; what was there stays beside it under another name. Nobody may have
   * the store open.
   */
  restore(backupId: string): StoreResult<null> {
    const looked = this.look(backupId);
    if (!looked.ok) return looked;
    return attempt(() => {
      const draft = `${this.#store}.new`;
      copyFileSync(path.join(this.#folder, backupId), draft);
      this.#keepOld();
      moveIntoPlace(draft, this.#store);
      return null;
    });
  }

  /** Puts the store away under another name, so that a new one begins. Nobody may have it open. */
  putAway(): StoreResult<null> {
    return attempt(() => {
      this.#keepOld();
      rmSync(this.#store, { force: true });
      return null;
    });
  }

  /**
   * Gives the store a second name. Its log goes first: SQLite would take it for the log of the file that comes next. A crash
   * in between leaves the old store in its place.
   */
  #keepOld(): void {
    let at = this.#clock.now();
    while (existsSync(`${this.#store}.${at}.old`)) at += 1;
    const kept = `${this.#store}.${at}.old`;
    if (existsSync(this.#store)) linkOrCopy(this.#store, kept);
    if (existsSync(`${this.#store}-wal`)) renameSync(`${this.#store}-wal`, `${kept}-wal`);
    rmSync(`${this.#store}-shm`, { force: true });
  }

  /** Deletes what is neither among the newest nor the newest of one of the last days. */
  #roll(spared: string | null): void {
    const all = this.list();
    const oldest = this.#clock.now() - KEPT_DAYS * DAY_MS;
    const days = new Set<number>();
    for (const [place, { backupId, madeAt }] of all.entries()) {
      const day = Math.floor(madeAt / DAY_MS);
      const first = !days.has(day) && madeAt >= oldest;
      days.add(day);
      if (place >= KEPT_NEWEST && !first && backupId !== spared) {
        rmSync(path.join(this.#folder, backupId), { force: true });
      }
    }
  }
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(source, to, { rate: RATE });
  } finally {
    source.close();
  }
  const copy = new DatabaseSync(to);
  try {
    // One file, without a log beside it.
    copy.exec('PRAGMA journal_mode = DELETE');
    const checked = checkDatabase(copy);
    if (!checked.ok) throw Object.assign(new Error(checked.error.message), { errcode: 11 });
  } finally {
    copy.close();
  }
}

function contentOf(database: DatabaseSync): BackupContent {
  const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
  const rules = Number(database.prepare('SELECT count(*) AS rules FROM rule').get()?.['rules']);
  return { version, rules };
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // A file system without second names.
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}
