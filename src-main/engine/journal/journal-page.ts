/** A part of the journal for the manager: newest first, filtered, from a line on. */
import type {
  JournalPage,
  JournalQuery,
  JournalView,
} from '../../../src-preload/contract/rules.ts';
import { viewOfSubject, viewOfTarget } from '../prompts/card-view.ts';
import { searchFor } from '../search.ts';
import type { Facets } from '../search.ts';
import type { SavedLine } from './journal-line.ts';
import { timesOf } from './journal-times.ts';

/** `lines` are newest first. `before` and `text` may be absent: from the newest, and all. */
export function pageOf(
  lines: readonly SavedLine[],
  { limit, text = '', before }: JournalQuery,
  { now, version }: { readonly now: number; readonly version: number },
): JournalPage {
  const found = text.trim() === '' ? lines : lines.filter(searchFor(facets, text, now));
  const from = before === undefined ? 0 : found.findIndex(({ lineId }) => lineId < Number(before));
  const page = from === -1 ? [] : found.slice(from, from + limit);
  const times = before === undefined ? timesOf(found, now) : null;
  return { lines: page.map(viewOfLine), total: found.length, times, version };
}

function viewOfLine(line: SavedLine): JournalView {
  const { lineId, subject, target, verdict, by, ruleId, at, count } = line;
  return {
    lineId: String(lineId),
    subject: viewOfSubject(subject, true),
    target: viewOfTarget(target),
    verdict,
    by,
    ruleId: ruleId === null ? null : String(ruleId),
    at,
    count,
  };
}

const app = ({ subject, path }: SavedLine): string =>
  `${subject.name}\n${subject.path}\n${path}`.toLowerCase();
const to = ({ target }: SavedLine): string =>
  `${target.hostName ?? ''}\n${target.address}`.toLowerCase();

const facets: Facets<SavedLine> = {
  app,
  to,
  text: (line) => `${app(line)}\n${to(line)}`,
  hasPort: ({ target }, port) => target.port === port,
  verdict: ({ verdict }) => verdict,
  at: ({ at }) => at,
  by: ({ by }) => by,
  is: ({ target }, word) => target.direction === word,
};
