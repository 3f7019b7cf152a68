/** Lines of the journal for the manager. */
import type { JournalView } from '../../../src-preload/contract/rules.ts';
import { viewOfSubject, viewOfTarget } from '../prompts/card-view.ts';
import type { SavedLine } from './journal-line.ts';

export function viewOfLine(line: SavedLine): JournalView {
  const { lineId, subject, target, verdict, by, ruleId, answeredBy, at, count } = line;
  return {
    lineId: String(lineId),
    subject: viewOfSubject(subject, true),
    target: viewOfTarget(target),
    verdict,
    by,
    ruleId: ruleId === null ? null : String(ruleId),
    ...(answeredBy === undefined ? {} : { answeredBy }),
    at,
    count,
  };
}
