/** How lines of the journal become rows, and rows lines. */
import type { Target } from '../ports.ts';
import { bit, blob, processColumns, processOf, subjectOf, targetOf, text } from '../store/rows.ts';
import type { Row, Value } from '../store/rows.ts';
import type { JournalLine, SavedLine } from './journal-line.ts';

/** What a search looks at: a lone surrogate is no text that anybody can write. */
function words(...texts: readonly string[]): string {
  return texts.join('\n').toLowerCase().toWellFormed();
}

/** In the order of `PUT_APP`. */
export function appValues({ subject, path }: JournalLine): Value[] {
  const { kind, key, name, path: subjectPath } = subject;
  const texts = words(name, subjectPath, path);
  return [kind, blob(key), blob(name), blob(subjectPath), blob(path), texts];
}

/** In the order of `PUT_TARGET`. */
export function targetColumns({ address, hostName }: Target): Value[] {
  return [address, hostName ?? '', words(hostName ?? '', address)];
}

/** In the order of `PUT_TALLY`. */
export function tallyValues(
  line: JournalLine,
  ids: { readonly appId: number; readonly targetId: number; readonly lineId: number },
): Value[] {
  const { target, verdict, by, ruleId, answeredBy = '', count, at, process } = line;
  const { direction, port, protocol, loopback } = target;
  const where = [ids.appId, ids.targetId, direction, port, protocol, bit(loopback)];
  const how = [verdict, by, ruleId ?? 0, answeredBy];
  return [...where, ...how, count, ids.lineId, at, ...processColumns(process)];
}

/** The tables' CHECKs vouch for the words. */
export function lineOf(row: Row): SavedLine {
  const answeredBy = row['answered_by'];
  const hostName = row['host_name'] === '' ? null : row['host_name'];
  return {
    lineId: Number(row['line_id']),
    subject: subjectOf({ ...row, path: row['subject_path'] ?? null }),
    path: text(row['app_path']),
    process: processOf(row),
    target: targetOf({ ...row, host_name: hostName ?? null }),
    verdict: row['verdict'] as JournalLine['verdict'],
    by: row['decided_by'] as JournalLine['by'],
    ruleId: row['rule_id'] === 0 ? null : Number(row['rule_id']),
    ...(typeof answeredBy === 'string' && answeredBy !== '' ? { answeredBy } : {}),
    at: Number(row['at']),
    count: Number(row['count']),
  };
}
