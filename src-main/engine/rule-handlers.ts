/** The manager's calls about rules, modes and why things are decided as they are. */
import type { Result } from '../../src-preload/contract/model.ts';
import type {
  ConnectionInput,
  Explanation,
  Finding,
  ModeName,
  NewRule,
  Rehearsal,
  RuleEdit,
  RuleView,
  SubjectInput,
} from '../../src-preload/contract/rules.ts';
import { draftOfEdit, draftOfNew, noRule } from './drafts.ts';
import type { EngineHandlers, HandlerContext } from './handlers.ts';
import { journalFailed } from './journal/journal.ts';
import { explain } from './policy/explain.ts';
import { findingsOf } from './policy/findings.ts';
import { canonicalAddress } from './policy/places.ts';
import { rehearse } from './policy/rehearse.ts';
import { viewOfRule } from './policy/rule-view.ts';
import type { RuleDraft } from './policy/rule.ts';
import { editedTerms, noSubject, subjectOfInput, subjectsOfPath } from './policy/written.ts';
import type { Caller, Connection } from './ports.ts';
import { done, refuse } from './result.ts';
import type { StoreError } from './store/errors.ts';
import type { StoreResult } from './store/store.ts';

type Names =
  | 'addRule'
  | 'editRule'
  | 'explainConnection'
  | 'previewRule'
  | 'rehearseRule'
  | 'readFindings'
  | 'setMode'
  | 'pause'
  | 'pauseProgram'
  | 'resume'
  | 'resetFactory';

const MAX_FINDINGS = 500;
const MINUTE = 60_000;

export function ruleHandlers(context: HandlerContext): Pick<EngineHandlers, Names> {
  return {
    addRule: (input) => addRule(context, input),
    editRule: (edit) => editRule(context, edit),
    explainConnection: async (input) => explainConnection(context, input),
    previewRule: async (input) => previewRule(context, input),
    rehearseRule: async (input) => rehearseRule(context, input),
    readFindings: async () => done(findings(context)),
    setMode: ({ mode, until }) => setMode(context, mode, until),
    pause: ({ ruleId, minutes }) => pause(context, ruleId, minutes),
    pauseProgram: (input) => pauseProgram(context, input),
    resume: ({ pauseId }) => resume(context, pauseId),
    resetFactory: async () => resetFactory(context),
  };
}

async function addRule(
  context: HandlerContext,
  input: NewRule,
): Promise<Result<{ ruleId: string; undoId: string }>> {
  const draft = draftOfNew(input, context);
  if (!draft.ok) return draft;
  const added = await afterChange(context, context.rules.add(draft.value));
  if (!added.ok) return added;
  const { rule, undoId } = added.value;
  return done({ ruleId: String(rule.ruleId), undoId });
}

async function editRule(
  context: HandlerContext,
  edit: RuleEdit,
): Promise<Result<{ undoId: string }>> {
  const rule = context.rules.get(Number(edit.ruleId));
  if (rule === undefined) return refuse('not-found', noRule);
  const terms = editedTerms(rule, edit, context);
  if (!terms.ok) return terms;
  const saved = context.rules.edit(rule.ruleId, terms.value);
  return saved === null ? refuse('not-found', noRule) : afterChange(context, saved);
}

function explainConnection(
  { rules, modes, clock, identity }: HandlerContext,
  input: ConnectionInput,
): Result<Explanation> {
  const address = canonicalAddress(input.address);
  if (address === null) return refuse('bad-place', 'This is no address.');
  const subjects = subjectsOfPath(identity.subjectOf(input.path), input.script, identity);
  const [subject = identity.subjectOf(input.path)] = subjects;
  const caller: Caller = { subject, subjects, ancestors: [], complete: true };
  const now = clock.now();
  const connection = connectionOf(input, address, now);
  return done(
    explain({
      asking: { caller, connection, now, network: null },
      rules: rules.about(caller),
      state: modes.now(),
      isPaused: modes.isPaused(subject),
    }),
  );
}

/** Of no process: rules that are bound to one are told as such. */
function connectionOf(input: ConnectionInput, address: string, time: number): Connection {
  const { path, hostName, port, protocol, direction } = input;
  const name = hostName === '' ? null : hostName.toLowerCase();
  const target = { address, hostName: name, port, protocol, direction, loopback: false };
  return { process: { id: 0n, created: 0n }, path, pathCut: false, target, time };
}

function draftOf(context: HandlerContext, input: NewRule | RuleEdit): Result<RuleDraft> {
  return 'ruleId' in input ? draftOfEdit(input, context) : draftOfNew(input, context);
}

/** A rule that is being written has no id yet. */
function previewRule(context: HandlerContext, input: NewRule | RuleEdit): Result<RuleView> {
  const draft = draftOf(context, input);
  if (!draft.ok) return draft;
  const before = 'ruleId' in input ? context.rules.get(Number(input.ruleId)) : undefined;
  const fresh = { ruleId: 0, enabled: true, editedAt: null, hits: 0, lastUsedAt: null };
  return done(viewOfRule({ ...fresh, ...before, ...draft.value }));
}

/** A rule that is being changed is tried without what it was. */
function rehearseRule(context: HandlerContext, input: NewRule | RuleEdit): Result<Rehearsal> {
  const draft = draftOf(context, input);
  if (!draft.ok) return draft;
  const lines = context.journal.tallies();
  if (!lines.ok) return refuse('journal-failed', journalFailed);
  const changing = 'ruleId' in input ? Number(input.ruleId) : null;
  return done(
    rehearse(draft.value, {
      lines: lines.value,
      rules: [...context.rules.all()].filter(({ ruleId }) => ruleId !== changing),
      pathSubject: (path) => context.identity.subjectOf(path),
      now: context.clock.now(),
    }),
  );
}

function findings({ rules, clock, identity }: HandlerContext): Finding[] {
  const witness = { now: clock.now(), fileExists: (path: string) => identity.fileExists(path) };
  return findingsOf(rules.all(), witness)
    .slice(0, MAX_FINDINGS)
    .map(({ kind, rule, by }) => ({
      kind,
      rule: viewOfRule(rule),
      by: by === null ? null : viewOfRule(by),
    }));
}

function setMode(
  context: HandlerContext,
  mode: ModeName,
  until: number | null,
): Promise<Result<null>> {
  return afterChange(context, context.modes.set(mode, until));
}

async function pause(
  context: HandlerContext,
  ruleId: string | null,
  minutes: number,
): Promise<Result<null>> {
  const rule = ruleId === null ? null : context.rules.get(Number(ruleId));
  if (rule === undefined) return refuse('not-found', noRule);
  return afterChange(context, context.modes.pause(rule?.subject ?? null, minutes * MINUTE));
}

async function pauseProgram(
  context: HandlerContext,
  { subject: input, minutes }: { readonly subject: SubjectInput; readonly minutes: number },
): Promise<Result<null>> {
  const subject = subjectOfInput(input, context.identity);
  if (subject === null) return refuse('bad-subject', noSubject);
  const paused = subject.kind === 'anything' ? null : subject;
  return afterChange(context, context.modes.pause(paused, minutes * MINUTE));
}

async function resume(context: HandlerContext, pauseId: string): Promise<Result<null>> {
  const ended = context.modes.resume(pauseId);
  return ended === null
    ? refuse('not-found', 'This pause is over already.')
    : afterChange(context, ended);
}

/** Puts the factory's rules back as they were made, and nothing else. */
async function resetFactory(
  context: HandlerContext,
): Promise<Result<{ rules: number; undoId: string }>> {
  const drafts = context.factory(context.clock.now());
  const reset = await afterChange(context, context.rules.resetFactory(drafts));
  return reset.ok ? done({ rules: drafts.length, undoId: reset.value }) : reset;
}

function failedBy({ code, message }: StoreError): Result<never> {
  return refuse(code === 'managed' ? 'managed' : 'store-failed', message);
}

/** Whatever is decided now does not wait any longer. */
export async function afterChange<T>(
  { desk, changed, rulesChanged }: HandlerContext,
  saved: StoreResult<T>,
): Promise<Result<T>> {
  if (!saved.ok) return failedBy(saved.error);
  rulesChanged();
  await desk.rematch();
  changed();
  return done(saved.value);
}
