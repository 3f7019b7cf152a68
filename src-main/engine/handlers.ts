/** The calls of the pages. Their input has been checked by the schemas; who may call has been checked by the router. */
import type { Handlers } from '../../src-preload/contract/calls.ts';
import type {
  AnswerAck,
  ManagerState,
  PromptAnswer,
  PromptState,
  Result,
  UndoView,
  Verdict,
} from '../../src-preload/contract/model.ts';
import type { AwayList } from './away/away-list.ts';
import { exchangeHandlers } from './exchange/handlers.ts';
import { journalHandlers } from './journal/handlers.ts';
import type { Journal } from './journal/journal.ts';
import { UNDO_MS } from './limits.ts';
import type { Blocklists } from './blocklists/blocklists.ts';
import type { RuleBook } from './policy/rule-book.ts';
import type { Modes } from './policy/modes.ts';
import type { RuleDraft } from './policy/rule.ts';
import type { Clock, IdentityPort } from './ports.ts';
import { viewOfSubject } from './prompts/card-view.ts';
import type { Answered } from './prompts/answers.ts';
import type { Desk } from './prompts/desk.ts';
import { done, refuse } from './result.ts';
import type { StoreResult } from './store/store.ts';
import type { SelfTest } from './self-test.ts';
import { noRule } from './drafts.ts';
import { afterChange, ruleHandlers } from './rule-handlers.ts';

export type EngineHandlers = Omit<
  Handlers,
  | 'resizePrompt'
  | 'showPrompt'
  | 'retryStore'
  | 'listBackups'
  | 'makeBackup'
  | 'restoreBackup'
  | 'startWithoutRules'
  | 'readSettings'
  | 'setAutostart'
  | 'setAppearance'
  | 'setOnlookers'
  | 'setAnswerers'
  | 'startAnew'
  | 'setBootLockdown'
  | 'setUpdates'
  | 'runUpdate'
  | 'readDiagnostics'
  | 'saveFile'
>;

export interface HandlerContext {
  readonly desk: Desk;
  readonly rules: RuleBook;
  readonly away: AwayList;
  readonly modes: Modes;
  readonly journal: Journal;
  readonly identity: IdentityPort;
  readonly factory: (now: number) => readonly RuleDraft[];
  readonly blocklists: Blocklists;
  readonly selfTest: SelfTest;
  readonly setNoClient: (verdict: Verdict) => StoreResult<null>;
  readonly clock: Clock;
  readonly promptState: () => PromptState;
  readonly managerState: () => ManagerState;
  readonly setUndo: (undo: UndoView | null) => void;
  /** The standard user who answers; absent where that is an administrator. */
  readonly answererName?: string;
  /** Rules, the mode or a pause have changed. */
  readonly rulesChanged: () => void;
  /** Something that pages show has changed. */
  readonly changed: () => void;
}

const gone = 'This question has been settled already.';
const noList = 'This list is not there any more.';
const noRoomForList = 'There is such a list already, or no room for another one.';
const setByPolicy = 'Your organisation has set this; it can not be changed here.';
const tooLate = 'This can no longer be taken back.';

/** One handler per call that the engine answers; the shell has the others. */
export function createHandlers(context: HandlerContext): EngineHandlers {
  return { ...promptHandlers(context), ...managerHandlers(context), ...listHandlers(context) };
}

type PromptCalls =
  'readPrompt' | 'answerPrompt' | 'postponePrompt' | 'touchPrompt' | 'undoAnswer' | 'notePainted';

export function promptHandlers(context: HandlerContext): Pick<EngineHandlers, PromptCalls> {
  return {
    readPrompt: async () => done(context.promptState()),
    answerPrompt: (input) => answerPrompt(context, input),
    postponePrompt: async ({ cardId }) => postponePrompt(context, cardId),
    touchPrompt: ({ cardId }) => touchPrompt(context, cardId),
    undoAnswer: ({ undoId }) => undoAnswer(context, undoId),
    notePainted: async ({ cardId }) => {
      if (isOfTest(context, cardId)) context.selfTest.painted();
      return done(null);
    },
  };
}

function managerHandlers(context: HandlerContext): Omit<EngineHandlers, PromptCalls | ListCalls> {
  const { rules } = context;
  return {
    ...ruleHandlers(context),
    ...exchangeHandlers(context),
    ...journalHandlers(context),
    readManager: async () => done(context.managerState()),
    listRules: async (query) => {
      void sweep(context);
      return done(rules.list(query));
    },
    setRuleEnabled: ({ ruleId, enabled }) => setRuleEnabled(context, Number(ruleId), enabled),
    removeRules: async ({ ruleIds }) => removeRules(context, ruleIds.map(Number)),
    restoreRules: ({ undoId }) => restoreRules(context, undoId),
    startSelfTest: async () => {
      context.selfTest.start();
      return done(null);
    },
    stopSelfTest: async () => {
      context.selfTest.stop();
      return done(null);
    },
    setNoClient: async ({ verdict }) => setNoClient(context, verdict),
    clearAway: async ({ awayIds }) => clearAway(context, new Set(awayIds.map(Number))),
  };
}

type ListCalls = 'addBlocklist' | 'setBlocklistEnabled' | 'updateBlocklist' | 'removeBlocklist';

function listHandlers({ blocklists }: HandlerContext): Pick<EngineHandlers, ListCalls> {
  const saved = <T>(result: StoreResult<T> | null): Result<T> => {
    if (result === null) return refuse('not-found', noList);
    return result.ok ? done(result.value) : refuse('store-failed', result.error.message);
  };
  return {
    addBlocklist: async ({ name, source }) => {
      const added = blocklists.add(name, source);
      if (added === null) return refuse('refused', noRoomForList);
      return added.ok ? done({ listId: String(added.value) }) : saved(added);
    },
    setBlocklistEnabled: async ({ listId, enabled }) =>
      saved(blocklists.setEnabled(Number(listId), enabled)),
    updateBlocklist: async ({ listId }) => {
      void blocklists.update(Number(listId));
      return done(null);
    },
    removeBlocklist: async ({ listId }) => saved(blocklists.remove(Number(listId))),
  };
}

async function answerPrompt(
  context: HandlerContext,
  input: PromptAnswer,
): Promise<Result<AnswerAck>> {
  const isTest = isOfTest(context, input.cardId);
  const answering = context.desk.answers.give(input, context.answererName);
  if (isTest) context.selfTest.answered(input.verdict);
  context.changed();
  const answered = await answering;
  if (answered.ok) context.rulesChanged();
  if (answered.ok) offerUndo(context, input, answered.value);
  return answered.ok ? done(answered.value.ack) : answered;
}

function isOfTest({ desk, selfTest }: HandlerContext, cardId: string): boolean {
  const { holdId } = selfTest;
  return holdId !== null && desk.queue.hold(holdId)?.card.cardId === cardId;
}

function offerUndo(context: HandlerContext, { verdict }: PromptAnswer, { undo }: Answered): void {
  if (undo === null) return;
  const { undoId, card } = undo;
  const subject = viewOfSubject(card.subject, card.canBeRemembered);
  context.setUndo({ undoId, verdict, subject, until: context.clock.now() + UNDO_MS });
}

function postponePrompt({ desk, changed }: HandlerContext, cardId: string): Result<null> {
  const card = desk.queue.card(cardId);
  if (card === undefined) return refuse('not-found', gone);
  desk.queue.postpone(card);
  changed();
  return done(null);
}

async function touchPrompt(
  { desk, changed }: HandlerContext,
  cardId: string,
): Promise<Result<null>> {
  const card = desk.queue.card(cardId);
  if (card === undefined) return refuse('not-found', gone);
  await desk.touch(card);
  changed();
  return done(null);
}

async function undoAnswer(context: HandlerContext, undoId: string): Promise<Result<null>> {
  const undone = await takeBack(context, undoId);
  if (!undone.ok) return undone;
  context.setUndo(null);
  return done(null);
}

async function restoreRules(
  context: HandlerContext,
  undoId: string,
): Promise<Result<{ restored: number }>> {
  const undone = await takeBack(context, undoId);
  return undone.ok ? done({ restored: undone.value }) : undone;
}

async function takeBack(context: HandlerContext, undoId: string): Promise<Result<number>> {
  const undone = context.rules.undo(undoId);
  if (undone === null) return refuse('not-found', tooLate);
  return afterChange(context, undone);
}

async function setRuleEnabled(
  context: HandlerContext,
  ruleId: number,
  enabled: boolean,
): Promise<Result<null>> {
  const saved = context.rules.setEnabled(ruleId, enabled);
  return saved === null ? refuse('not-found', noRule) : afterChange(context, saved);
}

function removeRules(context: HandlerContext, ruleIds: readonly number[]) {
  return afterChange(context, context.rules.remove(ruleIds));
}

function clearAway({ away, changed }: HandlerContext, awayIds: ReadonlySet<number>): Result<null> {
  const failed = away.clear(awayIds);
  if (failed !== null) return refuse('store-failed', failed);
  changed();
  return done(null);
}

function setNoClient(context: HandlerContext, verdict: Verdict): Result<null> {
  if (context.managerState().noClient.by === 'policy') return refuse('managed', setByPolicy);
  const saved = context.setNoClient(verdict);
  if (!saved.ok) return refuse('store-failed', saved.error.message);
  context.changed();
  return done(null);
}

async function sweep({ rules, changed }: HandlerContext): Promise<void> {
  if (await rules.sweep()) changed();
}
