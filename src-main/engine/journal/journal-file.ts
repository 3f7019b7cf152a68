/** The journal on the disk: written here, searched by journal-search.ts on a connection of its own. */
import { closeSync, existsSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

import { attempt, storeError } from '../store/errors.ts';
import type { StoreResult } from '../store/errors.ts';
import type { Value } from '../store/rows.ts';
import { PAGE_BYTES, pragma, transaction } from '../store/open.ts';
import type { JournalLine, SavedLine } from './journal-line.ts';
import { appValues, lineOf, targetColumns, tallyValues } from './journal-rows.ts';
import * as sql from './journal-schema.ts';

const OWNER_ONLY = 0o600;
const BUSY_MS = 2000;
/** Five million lines take a third of it. */
const MAX_BYTES = 2 ** 30;
/** So many old lines go for a new one where there is no room: theirs may be shorter. */
const ROOM = 4;

export class JournalFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Opens or makes the journal. `corrupt`, `foreign` and `newer` say that this file is left as it is. */
  static open(file: string, maxBytes = MAX_BYTES): StoreResult<JournalFile> {
    const opened = attempt(() => connect(file));
    if (!opened.ok) return opened;
    const ready = prepare(opened.value, maxBytes);
    if (ready.ok) return { ok: true, value: new JournalFile(opened.value) };
    attempt(() => opened.value.close());
    return ready;
  }

  /**
   * Adds lines, the oldest first, and keeps the newest `most` of all; fewer where the file is as big as it may get. Who makes
   * connections to ever new names fills it, and must not get what comes after left out.
   */
  add(lines: readonly JournalLine[], most: number): StoreResult<null> {
    const added = this.#add(lines, most - lines.length);
    if (added.ok || added.error.code !== 'full') return added;
    const total = this.total();
    return total.ok ? this.#add(lines, total.value - lines.length * ROOM) : total;
  }

  /** The newest lines that are older than `before`, which may be absent. */
  newest(limit: number, before = Number.MAX_SAFE_INTEGER): StoreResult<SavedLine[]> {
    return attempt(() => this.#all(sql.SELECT_NEWEST, before, limit).map(lineOf));
  }

  total(): StoreResult<number> {
    return attempt(() => {
      const { first, last } = this.#ends();
      return last === 0 ? 0 : last - first + 1;
    });
  }

  line(lineId: number): StoreResult<SavedLine | null> {
    return attempt(() => this.#all(sql.SELECT_ONE, lineId).map(lineOf)[0] ?? null);
  }

  /** What was connected to what, each once with all its connections; the last seen first. */
  tallies(limit: number): StoreResult<SavedLine[]> {
    return attempt(() => this.#all(sql.SELECT_TALLIES, limit).map(lineOf));
  }

  close(): void {
    this.#database.close();
  }

  /** The newest `kept` stay: the others go first, so that new ones have their room. On a full disk all stays as it was. */
  #add(lines: readonly JournalLine[], kept: number): StoreResult<null> {
    return attempt(() =>
      transaction(this.#database, () => {
        let lineId = this.#ends().last;
        this.#trim(Math.max(0, kept));
        for (const line of lines) this.#insert((lineId += 1), line);
        return null;
      }),
    );
  }

  #insert(lineId: number, line: JournalLine): void {
    const appId = this.#id(sql.PUT_APP, 'app_id', appValues(line));
    const targetId = this.#id(sql.PUT_TARGET, 'target_id', targetColumns(line.target));
    const tallyId = this.#id(
      sql.PUT_TALLY,
      'tally_id',
      tallyValues(line, { appId, targetId, lineId }),
    );
    this.#statement(sql.INSERT_LINE).run(lineId, tallyId, line.at, line.count);
  }

  #trim(most: number): void {
    this.#statement(sql.TRIM_LINES).run(most);
    for (const { app_id: appId, target_id: targetId } of this.#all(sql.TRIM_TALLIES)) {
      this.#statement(sql.TRIM_APP).run(Number(appId));
      this.#statement(sql.TRIM_TARGET).run(Number(targetId));
    }
  }

  #ends(): { readonly first: number; readonly last: number } {
    const ends = this.#statement(sql.SELECT_ENDS).get();
    return { first: Number(ends?.['first'] ?? 0), last: Number(ends?.['last'] ?? 0) };
  }

  #id(text: string, column: string, values: readonly Value[]): number {
    return Number(this.#statement(text).get(...values)?.[column]);
  }

  #all(text: string, ...values: number[]) {
    return this.#statement(text).all(...values);
  }

  #statement(text: string): StatementSync {
    const prepared = this.#statements.get(text) ?? this.#database.prepare(text);
    this.#statements.set(text, prepared);
    return prepared;
  }
}

/** The journal's file in the folder of the store. */
export function journalFile(folder: string): string {
  return path.join(folder, 'journal.db');
}

/**
 * Also those that were put aside. Nobody may have the file open. It goes before its log: without a file, SQLite deletes a log,
 * and does not take it for the next one's.
 */
export function removeJournal(file: string): StoreResult<null> {
  return attempt(() => {
    const folder = path.dirname(file);
    for (const name of readdirSync(folder).toSorted()) {
      if (isOf(path.basename(file), name)) rmSync(path.join(folder, name), { force: true });
    }
    return null;
  });
}

/** The file, its log, and both of one that was put aside. */
function isOf(file: string, name: string): boolean {
  return name.startsWith(file) && /^(?:\.\d+\.old)?(?:-wal|-shm)?$/u.test(name.slice(file.length));
}

/** Gives a file that cannot be used another name, so that a new journal begins. */
export function putJournalAside(file: string, now: number): StoreResult<string> {
  return attempt(() => {
    let at = now;
    while (existsSync(`${file}.${at}.old`)) at += 1;
    const kept = `${file}.${at}.old`;
    renameSync(file, kept);
    // A log belongs to the file beside which it was written.
    if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${kept}-wal`);
    rmSync(`${file}-shm`, { force: true });
    return kept;
  });
}

function connect(file: string): DatabaseSync {
  closeSync(openSync(file, 'a', OWNER_ONLY));
  return new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: BUSY_MS });
}

/** What is damaged within is found when it is read: a check of millions of lines would delay every start. */
function prepare(database: DatabaseSync, maxBytes: number): StoreResult<null> {
  const seen = attempt(() => inspect(database));
  if (!seen.ok) return seen;
  const { version, id, tables } = seen.value;
  const isEmpty = version === 0 && id === 0 && tables === 0;
  if (!isEmpty && id !== sql.JOURNAL_ID) return storeError('foreign');
  if (version > sql.JOURNAL_VERSION) return storeError('newer');
  return attempt(() => {
    database.exec(`
      PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      PRAGMA max_page_count = ${Math.floor(maxBytes / PAGE_BYTES)}`);
    if (isEmpty) transaction(database, () => create(database));
    return null;
  });
}

function inspect(database: DatabaseSync) {
  const tables = database.prepare('SELECT count(*) AS value FROM sqlite_schema').get()?.['value'];
  return {
    version: pragma(database, 'user_version'),
    id: pragma(database, 'application_id'),
    tables: Number(tables),
  };
}

function create(database: DatabaseSync): void {
  const marks = `PRAGMA application_id = ${sql.JOURNAL_ID}; PRAGMA user_version = ${sql.JOURNAL_VERSION}`;
  database.exec(`${sql.journalTables}\n${marks}`);
}
