/** What is kept by name as rows, and the journal of a store from before it had a file of its own. */
import type { ModeState } from '../policy/mode-state.ts';
import { TARGET_COLUMNS } from './rows.ts';
import type { Row } from './rows.ts';

export const SELECT_SETTING = `SELECT value FROM setting WHERE name = ?`;
export const PUT_SETTING = `
  INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
export const SELECT_OLD_JOURNAL = `
  SELECT journal_id AS line_id, ${TARGET_COLUMNS}, journal.path AS app_path, at, verdict, decided_by,
    coalesce(rule_id, 0) AS rule_id, count, kind, key, name, subject.path AS subject_path,
    CAST(process_id AS TEXT) AS id, CAST(process_created AS TEXT) AS created
  FROM journal JOIN subject USING (subject_id) ORDER BY journal_id`;
export const DROP_OLD_JOURNAL = 'DELETE FROM journal';

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
