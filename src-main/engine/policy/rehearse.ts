/** What a draft would have done to the connections of the journal. */
import type { Rehearsal } from '../../../src-preload/contract/rules.ts';
import type { JournalLine } from '../journal/journal-line.ts';
import type { Subject } from '../ports.ts';
import { viewOfSubject, viewOfTarget } from '../prompts/card-view.ts';
import type { Asking } from './covering.ts';
import { driverVerdict } from './rule.ts';
import type { Rule, RuleDraft } from './rule.ts';
import { RuleTable } from './rule-table.ts';

const MAX_CHANGED = 200;

export interface Stage {
  readonly lines: readonly JournalLine[];
  readonly rules: Iterable<Rule>;
  readonly pathSubject: (path: string) => Subject;
  readonly now: number;
}

/** The draft is tried among all rules as they are now, at its place in their order. */
export function rehearse(draft: RuleDraft, { lines, rules, pathSubject, now }: Stage): Rehearsal {
  const table = new RuleTable();
  for (const rule of rules) table.put(rule);
  const tried: Rule = { ...draft, ...unused, ruleId: Number.MAX_SAFE_INTEGER };
  table.put(tried);
  const decided = lines.filter((line) => table.match(askingOf(line, pathSubject, now)) === tried);
  const after = driverVerdict(draft.verdict);
  const changed = decided.filter(({ verdict }) => verdict !== after);
  return {
    looked: lines.length,
    since: lines.at(-1)?.at ?? null,
    decided: connectionsOf(decided),
    otherwise: connectionsOf(changed),
    changed: changed.slice(0, MAX_CHANGED).map((line) => viewOfLine(line, after)),
    changedTotal: changed.length,
  };
}

function connectionsOf(lines: readonly JournalLine[]): number {
  return lines.reduce((sum, { count }) => sum + count, 0);
}

const unused = { enabled: true, editedAt: null, hits: 0, lastUsedAt: null };

/** As far as the journal knows: what started the program is not written down. */
function askingOf(line: JournalLine, pathSubject: Stage['pathSubject'], now: number): Asking {
  const { subject, path, process, target, at } = line;
  const caller = { subject, subjects: [subject, pathSubject(path)], ancestors: [], complete: true };
  const connection = { process, path, pathCut: false, target, time: at };
  return { caller, connection, now, network: null };
}

function viewOfLine(
  line: JournalLine,
  after: JournalLine['verdict'],
): Rehearsal['changed'][number] {
  const { subject, target, verdict, at, count } = line;
  return {
    subject: viewOfSubject(subject, true),
    target: viewOfTarget(target),
    before: verdict,
    after,
    at,
    count,
  };
}
