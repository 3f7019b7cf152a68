/**
 * Searches the journal's file on a connection of its own that cannot write. What is looked for is looked for in the tallies,
 * of which there are few; only then lines are read, and never more than are shown, but for the picture, which is drawn from
 * all that were found in parts, so that another question can come between.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';

import {
  isUnderstood,
  parseSearch,
  sinceTime,
  untilTime,
} from '../../../src-preload/contract/search.ts';
import type { SearchTerm } from '../../../src-preload/contract/search.ts';
import type { JournalTimes } from '../../../src-preload/contract/rules.ts';
import type { SavedLine } from './journal-line.ts';
import { lineOf } from './journal-rows.ts';
import { SELECT_ENDS, selectLines } from './journal-schema.ts';
import { MINUTE_MS, type Moment, timesOf } from './journal-times.ts';

/** Lines that are read in one go: some 20 ms. So many are also rather found by their tallies than among all. */
export const PART_LINES = 50_000;
/** Lines of one write are not in the order of their times, and clocks are set back. */
const UNSORTED_LINES = 2000;
const BUSY_MS = 2000;

export interface Question {
  /** As search.ts reads it; '' for all. */
  readonly text: string;
  /** ms since 1970. */
  readonly now: number;
}

export interface FoundPage {
  /** Newest first. */
  readonly lines: readonly SavedLine[];
  /** All that were found, in this part or not; null where only the picture tells. */
  readonly total: number | null;
}

export interface FoundPicture {
  readonly total: number;
  /** Null where nothing was found. */
  readonly times: JournalTimes | null;
}

/** What was found by a question. */
interface Found extends Condition {
  /** Lines from `since` on and before `until`, ms since 1970. */
  readonly since: number;
  readonly until: number;
  /** Lines of the tallies that were found, at whatever time. */
  readonly lines: number;
  /** Between these are all lines that were found. */
  readonly first: number;
  readonly last: number;
}

export class JournalSearch {
  readonly #database: DatabaseSync;
  readonly #partLines: number;
  readonly #statements = new Map<string, StatementSync>();

  /** Throws SQLite's error where the file cannot be read. */
  constructor(file: string, partLines = PART_LINES) {
    this.#partLines = partLines;
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS });
    this.#database.exec(`
      PRAGMA temp_store = MEMORY;
      CREATE TEMP TABLE found (tally_id INTEGER PRIMARY KEY, verdict TEXT)`);
  }

  /** The newest lines of those that are older than `before`. */
  page(question: Question, limit: number, before = Number.MAX_SAFE_INTEGER): FoundPage {
    const found = this.#find(question);
    const top = Math.min(found.last, before - 1);
    const chosen = found.lines > this.#partLines ? amongAll(found.where) : byTally(found.where);
    const span = [found.first, top, found.since, found.until] as const;
    const rows = this.#all(selectLines(chosen), ...span, ...found.values, limit);
    const isTimed = found.since > 0 || found.until < Number.MAX_SAFE_INTEGER;
    return { lines: rows.map(lineOf), total: isTimed ? null : found.lines };
  }

  /** Draws the picture part by part, the newest lines first; each step is some 20 ms of work. */
  *picture(question: Question): Generator<void, FoundPicture> {
    const found = this.#find(question);
    this.#keep(found);
    const count = found.lines > this.#partLines ? COUNT_ALL : COUNT_BY_TALLY;
    const moments: Moment[] = [];
    let total = 0;
    for (const [first, last] of partsOf(found, this.#partLines)) {
      for (const row of this.#all(count, first, last, found.since, found.until)) {
        const { lines, ...moment } = row as unknown as Moment & { readonly lines: number };
        moments.push(moment);
        total += lines;
      }
      yield;
    }
    return { total, times: timesOf(moments, question.now) };
  }

  close(): void {
    this.#database.close();
  }

  #find({ text, now }: Question): Found {
    const terms = parseSearch(text);
    const { where, values } = conditionOf(terms);
    const sums = this.#all(
      `SELECT sum(lines) AS lines, max(last_line_id) AS last FROM tally WHERE ${where}`,
      ...values,
    )[0];
    const ends = this.#all(SELECT_ENDS)[0];
    const { since, until } = spanOf(terms, now);
    const all = { first: Number(ends?.['first'] ?? 1), last: Number(ends?.['last'] ?? 0) };
    const first = Math.max(all.first, this.#firstOf(since, all) - UNSORTED_LINES);
    const end = Math.min(Number(sums?.['last'] ?? 0), this.#firstOf(until, all) + UNSORTED_LINES);
    const lines = Number(sums?.['lines'] ?? 0);
    return { where, values, since, until, lines, first, last: end };
  }

  /** Leaves the tallies that were found in the table `found`: all lines are to be compared with them. */
  #keep({ where, values }: Found): void {
    this.#run('DELETE FROM found');
    this.#run(`INSERT INTO found SELECT tally_id, verdict FROM tally WHERE ${where}`, ...values);
  }

  /** The first line of this time or later, as far as lines are in the order of their times. */
  #firstOf(
    time: number,
    { first, last }: { readonly first: number; readonly last: number },
  ): number {
    let [low, high] = [first, last + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const at = this.#all('SELECT at FROM line WHERE line_id = ?', middle)[0]?.['at'];
      if (Number(at ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #all(sql: string, ...values: (string | number)[]) {
    return this.#statement(sql).all(...values);
  }

  #run(sql: string, ...values: (string | number)[]): void {
    this.#statement(sql).run(...values);
  }

  #statement(sql: string): StatementSync {
    const prepared = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }
}

/** Many lines: they are soon met on the way from the newest down. */
function amongAll(where: string): string {
  return `
    SELECT * FROM line NOT INDEXED WHERE line_id BETWEEN ? AND ? AND at >= ? AND at < ?
      AND EXISTS (SELECT 1 FROM tally WHERE tally.tally_id = line.tally_id AND ${where})
    ORDER BY line_id DESC LIMIT ?`;
}

/** Few lines: each tally says where its own are. */
function byTally(where: string): string {
  return `
    SELECT line.* FROM tally CROSS JOIN line INDEXED BY line_by_tally USING (tally_id)
    WHERE line_id BETWEEN ? AND ? AND at >= ? AND at < ? AND ${where} ORDER BY line_id DESC LIMIT ?`;
}

const MOMENT = `
  SELECT at / ${MINUTE_MS} * ${MINUTE_MS} AS at, verdict, sum(count) AS count, count(*) AS lines`;
const COUNT_ALL = `
  ${MOMENT} FROM line NOT INDEXED CROSS JOIN found USING (tally_id)
  WHERE line_id BETWEEN ? AND ? AND at >= ? AND at < ? GROUP BY 1, 2`;
const COUNT_BY_TALLY = `
  ${MOMENT} FROM found CROSS JOIN line INDEXED BY line_by_tally USING (tally_id)
  WHERE line_id BETWEEN ? AND ? AND at >= ? AND at < ? GROUP BY 1, 2`;

/** Ranges of lines that are read in one go, the newest first. */
function* partsOf(
  { lines, first, last }: Found,
  partLines: number,
): Generator<readonly [number, number]> {
  const length = lines <= partLines ? last - first + 1 : partLines;
  for (let top = last; top >= first; top -= length) {
    yield [Math.max(first, top - length + 1), top];
  }
}

function spanOf(terms: readonly SearchTerm[], now: number): Pick<Found, 'since' | 'until'> {
  const values = (key: SearchTerm['key']) => terms.filter((term) => term.key === key);
  const since = values('since').map(({ value }) => sinceTime(value, now) ?? now);
  const until = values('until').map(({ value }) => untilTime(value, now) ?? now);
  return { since: Math.max(0, ...since), until: Math.min(Number.MAX_SAFE_INTEGER, ...until) };
}

interface Condition {
  readonly where: string;
  readonly values: readonly (string | number)[];
}

/** What a tally has to be for all terms to be met; times are asked of lines. */
function conditionOf(terms: readonly SearchTerm[]): Condition {
  if (!terms.every(isUnderstood)) return { where: '0', values: [] };
  const conditions = terms.map(conditionOfTerm);
  const where = ['1', ...conditions.map((condition) => `(${condition.where})`)].join(' AND ');
  return { where, values: conditions.flatMap(({ values }) => values) };
}

/** The plus keeps SQLite from its indices: many small look-ups take longer than reading all tallies once. */
const APP = '+app_id IN (SELECT app_id FROM app WHERE instr(words, ?))';
const TO = '+target_id IN (SELECT target_id FROM target WHERE instr(words, ?))';

function conditionOfTerm({ key, value: written }: SearchTerm): Condition {
  const value = written.toWellFormed();
  switch (key) {
    case null:
      return { where: `${APP} OR ${TO}`, values: [value, value] };
    case 'app':
      return { where: APP, values: [value] };
    case 'to':
      return { where: TO, values: [value] };
    case 'port':
      return { where: 'port = ?', values: [Number(value)] };
    case 'verdict':
      return { where: 'verdict = ?', values: [value] };
    case 'by':
      return { where: 'decided_by = ?', values: [value] };
    case 'is':
      return { where: 'direction = ?', values: [value] };
    case 'since':
    case 'until':
      return { where: '1', values: [] };
  }
}
