/** Rules that are not made yet, out of what a person wrote or chose. */
import type { Result } from '../../src-preload/contract/model.ts';
import type { NewRule, RuleEdit } from '../../src-preload/contract/rules.ts';
import { type Journal, journalFailed } from './journal/journal.ts';
import type { RuleBook } from './policy/rule-book.ts';
import type { RuleDraft } from './policy/rule.ts';
import { type WriterPorts, draftOf, editedTerms, noSubject } from './policy/written.ts';
import { done, refuse } from './result.ts';

interface DraftPorts extends WriterPorts {
  readonly rules: RuleBook;
  readonly journal: Journal;
}

export const noRule = 'This rule is not there any more.';

/** For a program that was seen: the very subject of its line, which nobody could write down. */
export function draftOfNew({ subject, ...terms }: NewRule, ports: DraftPorts): Result<RuleDraft> {
  if (subject.kind !== 'seen') return draftOf({ ...terms, subject }, ports);
  const seen = ports.journal.subjectOf(Number(subject.lineId));
  if (!seen.ok) return refuse('journal-failed', journalFailed);
  if (seen.value === null) return refuse('bad-subject', noSubject);
  const draft = draftOf({ ...terms, subject: { kind: 'anything' } }, ports);
  return draft.ok ? done({ ...draft.value, subject: seen.value }) : draft;
}

/** The rule as it would be after the change. */
export function draftOfEdit(edit: RuleEdit, ports: DraftPorts): Result<RuleDraft> {
  const rule = ports.rules.get(Number(edit.ruleId));
  if (rule === undefined) return refuse('not-found', noRule);
  const terms = editedTerms(rule, edit, ports);
  return terms.ok ? done({ ...rule, ...terms.value }) : terms;
}
