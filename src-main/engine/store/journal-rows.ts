/** The journal and what is kept by name as rows. */
import type { JournalLine, SavedLine } from '../journal/journal-line.ts';
import type { ModeState } from '../policy/mode-state.ts';
import {
  TARGET_COLUMNS,
  blob,
  numberOrNull,
  processColumns,
  processOf,
  subjectOf,
  targetOf,
  targetValues,
  text,
} from './rows.ts';
import type { Row, Value } from './rows.ts';

export const SELECT_SETTING = `SELECT value FROM setting WHERE name = ?`;
export const PUT_SETTING = `
  INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
export const INSERT_LINE = `
  INSERT INTO journal (subject_id, at, ${TARGET_COLUMNS}, path, process_id, process_created,
    verdict, decided_by, rule_id, count)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
export const TRIM_JOURNAL = `
  DELETE FROM journal WHERE journal_id <= (SELECT max(journal_id) FROM journal) - ?`;
export const SELECT_JOURNAL = `
  SELECT journal_id, ${TARGET_COLUMNS}, journal.path, at, verdict, decided_by, rule_id, count,
    kind, key, name, subject.path AS subject_path, CAST(process_id AS TEXT) AS id, CAST(process_created AS TEXT) AS created
  FROM journal JOIN subject USING (subject_id) ORDER BY journal_id DESC LIMIT ?`;

const modes: readonly string[] = [
  'ask',
  'learn',
  'block',
  'lockdown',
] satisfies ModeState['mode'][];

/** What nobody could have saved is as good as nothing: Portreeve asks. */
export function modeOf(row: Row | undefined): ModeState | null {
  const state = jsonOf(row) as Partial<ModeState> | null;
  const isState = modes.includes(state?.mode ?? '') && Array.isArray(state?.pauses);
  return isState ? (state as ModeState) : null;
}

/** Null where there is none, or none that can be read. */
export function jsonOf(row: Row | undefined): unknown {
  if (typeof row?.['value'] !== 'string') return null;
  try {
    return JSON.parse(row['value']);
  } catch {
    return null;
  }
}

/** In the order of `INSERT_LINE`. */
export function lineValues(line: JournalLine, subjectId: number): Value[] {
  const { at, target, path, process, verdict, by, ruleId, count } = line;
  const where = [...targetValues(target), blob(path), ...processColumns(process)];
  return [subjectId, at, ...where, verdict, by, ruleId, count];
}

/** The tables' CHECKs vouch for the words. */
export function lineOf(row: Row): SavedLine {
  return {
    lineId: Number(row['journal_id']),
    subject: subjectOf({ ...row, path: row['subject_path'] ?? null }),
    path: text(row['path']),
    process: processOf(row),
    target: targetOf(row),
    verdict: row['verdict'] as JournalLine['verdict'],
    by: row['decided_by'] as JournalLine['by'],
    ruleId: numberOrNull(row['rule_id']),
    at: Number(row['at']),
    count: Number(row['count']),
  };
}
