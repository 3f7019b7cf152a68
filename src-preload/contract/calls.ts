/**
 * The UI contract: every call and event, who may use it, and its types. Preload bridges, main's handlers, the browser
 * shell's transport and the tests' fakes are all derived from these two objects; no channel name is typed twice.
 */
import type {
  AnswerAck,
  BackupView,
  ManagerState,
  PromptAnswer,
  PromptState,
  Result,
  RulePage,
  RuleQuery,
  Verdict,
} from './model.ts';
import type {
  ConnectionInput,
  Explanation,
  Finding,
  ImportReport,
  JournalPage,
  JournalPicture,
  JournalQuery,
  ModeName,
  NewRule,
  Rehearsal,
  RuleEdit,
  RuleView,
  SubjectInput,
} from './rules.ts';

import type {
  AnswerersView,
  Appearance,
  AutostartView,
  BootLockdownView,
  SettingsView,
  UpdateStep,
} from './upkeep.ts';

/** Which window may call or hear. The prompt answers; the manager manages; neither can do the other's work. */
export type Role = 'prompt' | 'manager';

export interface Call<R extends Role, Input, Output> {
  readonly role: R;
  /** Never set: carries the types. */
  readonly types?: (input: Input) => Output;
}

export interface Event<R extends Role, Payload> {
  readonly role: R;
  /** Never set: carries the type. */
  readonly types?: Payload;
}

const ofRole = <R extends Role>(role: R) => ({
  call: <Input, Output>(): Call<R, Input, Output> => ({ role }),
  event: <Payload>(): Event<R, Payload> => ({ role }),
});

const prompt = ofRole('prompt');
const manager = ofRole('manager');

export const calls = {
  readPrompt: prompt.call<null, PromptState>(),
  answerPrompt: prompt.call<PromptAnswer, AnswerAck>(),
  /** Sets the card aside: it goes to the end, and its window hides when it was the only one. The hold goes on. */
  postponePrompt: prompt.call<{ cardId: string }, null>(),
  /** The user is dealing with the card: its hold starts anew, within the driver's maximum. */
  touchPrompt: prompt.call<{ cardId: string }, null>(),
  /** Removes the rule that an answer made, within 30 s. Connections that were released stay released. */
  undoAnswer: prompt.call<{ undoId: string }, null>(),
  /** Height in CSS pixels that the cards need, so that the shell can size the window. */
  resizePrompt: prompt.call<{ height: number }, null>(),

  /** The card of a self-test has been painted. Ignored for all others. */
  notePainted: prompt.call<{ cardId: string }, null>(),

  readManager: manager.call<null, ManagerState>(),
  listRules: manager.call<RuleQuery, RulePage>(),
  setRuleEnabled: manager.call<{ ruleId: string; enabled: boolean }, null>(),
  /** Removed rules can be brought back with `restoreRules` for 30 s. */
  removeRules: manager.call<{ ruleIds: string[] }, { undoId: string; removed: number }>(),
  restoreRules: manager.call<{ undoId: string }, { restored: number }>(),
  addRule: manager.call<NewRule, { ruleId: string; undoId: string }>(),
  /** `restoreRules` takes it back for 30 s. Counts as a review. */
  editRule: manager.call<RuleEdit, { undoId: string }>(),
  explainConnection: manager.call<ConnectionInput, Explanation>(),
  /** Makes nothing: the rule as it would be, or what is wrong with it. Cheap enough for every key. */
  previewRule: manager.call<NewRule | RuleEdit, RuleView>(),
  /** Makes nothing: tells what a draft would have changed. Takes up to a second, in which main does nothing else. */
  rehearseRule: manager.call<NewRule | RuleEdit, Rehearsal>(),
  readFindings: manager.call<null, readonly Finding[]>(),
  /** `until`: when it gives way to asking; null for never. */
  setMode: manager.call<{ mode: ModeName; until: number | null }, null>(),
  /** Pauses the subject of a rule, or everything. */
  pause: manager.call<{ ruleId: string | null; minutes: number }, null>(),
  /** Pauses a program that has no rule. */
  pauseProgram: manager.call<{ subject: SubjectInput; minutes: number }, null>(),
  resume: manager.call<{ pauseId: string }, null>(),
  /** `restoreRules` takes it back for 30 s. */
  resetFactory: manager.call<null, { rules: number; undoId: string }>(),
  /** As a file (docs/rules-file.schema.json); null for all. Rules that do not hold always are left out. */
  exportRules: manager.call<
    { ruleIds: string[] | null },
    { text: string; exported: number; leftOut: number }
  >(),
  /** All of the file or nothing; a dry run tells what would change. */
  importRules: manager.call<{ text: string; dryRun: boolean }, ImportReport>(),
  readJournal: manager.call<JournalQuery, JournalPage>(),
  /** `text` as in a query. */
  pictureJournal: manager.call<{ readonly text: string }, JournalPicture>(),
  /** All of it, for ever. */
  clearJournal: manager.call<null, null>(),
  clearAway: manager.call<{ awayIds: string[] }, null>(),
  /** `source`: an https: address or the absolute path of a file. The lists are part of `ManagerState`. */
  addBlocklist: manager.call<{ name: string; source: string }, { listId: string }>(),
  setBlocklistEnabled: manager.call<{ listId: string; enabled: boolean }, null>(),
  /** Asks the list's source now; what comes of it is seen in `ManagerState`. */
  updateBlocklist: manager.call<{ listId: string }, null>(),
  removeBlocklist: manager.call<{ listId: string }, null>(),
  /** Tries to use the file of the rules again. */
  retryStore: manager.call<null, null>(),
  /** The newest first. */
  listBackups: manager.call<null, readonly BackupView[]>(),
  makeBackup: manager.call<null, null>(),
  /**
   * Puts a backup in the place of the rules; what was there is kept beside it. `undoId` is a backup of what was there, null
   * where that could not be used.
   */
  restoreBackup: manager.call<{ backupId: string }, { undoId: string | null }>(),
  /** Begins anew; what was there is kept beside it. Only while the rules cannot be used. */
  startWithoutRules: manager.call<null, null>(),
  /** For new connections while Portreeve does not run. */
  setNoClient: manager.call<{ verdict: Verdict }, null>(),
  readSettings: manager.call<null, SettingsView>(),
  /** What it is after that. */
  setAutostart: manager.call<{ on: boolean }, AutostartView>(),
  /** What it is after that. */
  setBootLockdown: manager.call<{ on: boolean }, BootLockdownView>(),
  /** Whether standard users may look at mode and rules. What it is after that. */
  setOnlookers: manager.call<{ on: boolean }, { on: boolean }>(),
  /** Whether standard users may answer for their own programs. What it is after that; it counts from the next start on. */
  setAnswerers: manager.call<{ on: boolean }, AnswerersView>(),
  /** Ends Portreeve and starts it again. What is held until then is settled as if it did not run. */
  startAnew: manager.call<null, null>(),
  /** Of every window, at once. What it is now is in `ManagerState` and `PromptState`. */
  setAppearance: manager.call<Appearance, null>(),
  /** Whether newer versions are looked for; that says where Portreeve runs. What comes of it is in `ManagerState`. */
  setUpdates: manager.call<{ on: boolean }, null>(),
  runUpdate: manager.call<{ step: UpdateStep }, null>(),
  /** As text, without names and addresses unless they are wanted. */
  readDiagnostics: manager.call<{ withNames: boolean }, { text: string }>(),
  /** Has a connection made that is held, so that there is a card to answer. What comes of it is in `ManagerState`. */
  startSelfTest: manager.call<null, null>(),
  stopSelfTest: manager.call<null, null>(),
  /**
   * Asks its user where to, and writes it there. `by-page`: the window itself can save, as pages in a browser do. `name` is
   * what is proposed.
   */
  saveFile: manager.call<{ name: string; text: string }, { saved: 'yes' | 'no' | 'by-page' }>(),
  /** Brings the prompt window up when it was set aside. */
  showPrompt: manager.call<null, null>(),
} as const;

export const events = {
  promptChanged: prompt.event<PromptState>(),
  managerChanged: manager.event<ManagerState>(),
} as const;

export type Calls = typeof calls;
export type CallName = keyof Calls;
export type InputOf<Name extends CallName> =
  Calls[Name] extends Call<Role, infer Input, unknown> ? Input : never;
export type OutputOf<Name extends CallName> =
  Calls[Name] extends Call<Role, never, infer Output> ? Output : never;

export type Events = typeof events;
export type EventName = keyof Events;
export type PayloadOf<Name extends EventName> =
  Events[Name] extends Event<Role, infer Payload> ? Payload : never;

type NamesOfRole<Table extends Record<string, { readonly role: Role }>, R extends Role> = {
  [Name in keyof Table]: Table[Name]['role'] extends R ? Name : never;
}[keyof Table];
export type CallNameOf<R extends Role> = NamesOfRole<Calls, R>;
export type EventNameOf<R extends Role> = NamesOfRole<Events, R>;

/** The frozen object that a page finds as `window.portreeve`: one closure per call and event of its role. */
export interface Bridge<R extends Role> {
  readonly role: R;
  readonly calls: {
    readonly [Name in CallNameOf<R>]: (input: InputOf<Name>) => Promise<Result<OutputOf<Name>>>;
  };
  /** Each returns the function that ends the subscription. */
  readonly events: {
    readonly [Name in EventNameOf<R>]: (listener: (payload: PayloadOf<Name>) => void) => () => void;
  };
}

/** One implementation per call; the compiler refuses a table that lacks one. */
export type Handlers = {
  readonly [Name in CallName]: (input: InputOf<Name>) => Promise<Result<OutputOf<Name>>>;
};

/** Electron's channel for a call; main and preload both derive it from the name. */
export const callChannel = (name: string): string => `portreeve:call:${name}`;
/** Electron's channel for an event. */
export const eventChannel = (name: string): string => `portreeve:event:${name}`;
