/**
 * The engine on its store. While the store cannot be used there is no engine: the pages are told why, and get the means to
 * mend it. Everything else is refused, so that nothing is decided or overwritten by accident.
 */
import { setTimeout } from 'node:timers/promises';
import {
  type CallName,
  type EventName,
  type Handlers,
  calls,
} from '../src-preload/contract/calls.ts';
import type {
  BackupView,
  DriverState,
  ManagerState,
  PromptState,
  Result,
  StoreProblem,
} from '../src-preload/contract/model.ts';
import { noManager, noPrompt } from '../src-preload/contract/nothing.ts';
import type { AnswererCall } from '../src-preload/contract/answerer.ts';
import type { Engine } from './engine/engine.ts';
import type { Account, Answerer } from './engine/prompts/answerer.ts';
import type { EngineHandlers } from './engine/handlers.ts';
import type { Clock, Log, Timer } from './engine/ports.ts';
import { lockSentences } from './engine/managed/locks.ts';
import { done, refuse } from './engine/result.ts';
import { Backups } from './engine/store/backups.ts';
import type { StoreError, StoreResult } from './engine/store/errors.ts';
import { type KeptStore, openKeptStore, storeFile } from './engine/store/kept.ts';
import { lockStore } from './engine/store/lock.ts';
import type { EngineStates } from './upkeep/states.ts';
import type { Store } from './engine/store/store.ts';

export interface HostParts {
  /** Of the store; private to the user. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly makeEngine: (store: Store) => Engine;
  /** The engine takes up the rules and starts nothing: for changes while Portreeve does not run. */
  readonly storeOnly?: boolean;
}

type MendNames =
  'retryStore' | 'listBackups' | 'makeBackup' | 'restoreBackup' | 'startWithoutRules';

export interface AccountPart extends Pick<EngineStates, 'promptState' | 'managerState'> {
  call(name: AnswererCall, input: unknown): Promise<Result<unknown>>;
}

export type HostHandlers = EngineHandlers & Pick<Handlers, MendNames>;

type AnyHandler = (input: unknown) => Promise<Result<unknown>>;
type Running = { readonly engine: Engine; readonly kept: KeptStore };
type State = Running | StoreError;

const DAY_MS = 86_400_000;
const MAX_SHOWN = 10;
/** Two seconds in all. */
const BUSY_TURNS = 40;
const BUSY_MS = 50;
const notNow = 'The rules can be used; there is nothing to mend.';

export class EngineHost {
  readonly handlers: HostHandlers;
  readonly #parts: HostParts;
  readonly #backups: Backups;
  readonly #listeners = new Set<(event: EventName) => void>();
  #state: State = { code: 'failed', message: '' };
  #shownBackups: readonly BackupView[] = [];
  #timer: Timer | null = null;
  /** Mending is done one thing after the other. */
  #mending: Promise<unknown> = Promise.resolve();

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.#backups = new Backups(storeFile(parts.folder), parts.clock);
    const engineNames = Object.keys(calls) as (CallName & keyof EngineHandlers)[];
    const engineCalls = engineNames.map((name) => [
      name,
      (input: unknown) => this.#call(name, input),
    ]);
    this.handlers = {
      ...(Object.fromEntries(engineCalls) as EngineHandlers),
      retryStore: () => this.#mend(() => ({ ok: true, value: null })),
      startWithoutRules: () => this.#mend(() => this.#locked(() => this.#backups.putAway())),
      listBackups: async () => done(this.#restorable()),
      makeBackup: () => this.#makeBackup(),
      restoreBackup: ({ backupId }) => this.#restore(backupId),
    };
  }

  promptState(): PromptState {
    if ('engine' in this.#state) return this.#state.engine.promptState();
    return noPrompt(this.#lost(this.#state));
  }

  managerState(): ManagerState {
    if ('engine' in this.#state) return this.#state.engine.managerState();
    const problem = this.#state.code as StoreProblem;
    return {
      ...noManager(this.#lost(this.#state)),
      store: { kind: 'failed', problem, backups: this.#shownBackups },
    };
  }

  /** The part of an account; while there is no engine, it says so. */
  answererFor(account: Account): AccountPart {
    const now = (): Answerer | null =>
      'engine' in this.#state ? this.#state.engine.answererFor(account) : null;
    return {
      promptState: () => now()?.promptState() ?? { ...this.promptState(), isAnswerer: true },
      managerState: () =>
        now()?.managerState() ?? { ...this.managerState(), store: { kind: 'ok' } },
      call: (name, input) => {
        const own = now();
        if (own === null) return this.#call(name, input);
        return (own.handlers[name] as AnyHandler)(input);
      },
    };
  }

  onChange(listener: (event: EventName) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Opens the store; the engine runs from then on, or what is wrong is in the states. */
  async start(): Promise<void> {
    const { log, makeEngine, storeOnly = false } = this.#parts;
    const kept = await this.#open();
    if (kept.ok) {
      const engine = makeEngine(kept.value.store);
      engine.onChange((event) => this.#tell(event));
      this.#state = { engine, kept: kept.value };
      if (storeOnly) engine.load('leave-ended');
      else await engine.start();
      this.#backUpLater();
    } else {
      this.#state = kept.error;
      this.#shownBackups = this.#restorable();
      log.warn(kept.error.message);
    }
    this.#tell('promptChanged');
    this.#tell('managerChanged');
  }

  /** A command line that changes something has the store for a moment: that is waited for. */
  async #open(): Promise<StoreResult<KeptStore>> {
    const { folder, clock, log } = this.#parts;
    let kept = await openKeptStore(folder, clock, log);
    for (let turn = 0; turn < BUSY_TURNS && !kept.ok && kept.error.code === 'busy'; turn += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      await setTimeout(BUSY_MS);
      // oxlint-disable-next-line no-await-in-loop -- as above
      kept = await openKeptStore(folder, clock, log);
    }
    return kept;
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    if (!('engine' in this.#state)) return;
    const { engine, kept } = this.#state;
    this.#state = { code: 'failed', message: 'Portreeve is stopping.' };
    await engine.stop();
    kept.close();
  }

  #call(name: CallName & keyof EngineHandlers, input: unknown): Promise<Result<unknown>> {
    if ('engine' in this.#state) return (this.#state.engine.handlers[name] as AnyHandler)(input);
    if (name === 'readPrompt') return Promise.resolve(done(this.promptState()));
    if (name === 'readManager') return Promise.resolve(done(this.managerState()));
    return Promise.resolve(refuse('store-failed', this.#state.message));
  }

  async #makeBackup(): Promise<Result<null>> {
    if (!('engine' in this.#state)) return refuse('store-failed', this.#state.message);
    const made = await this.#backups.make();
    return made.ok ? done(null) : refuse('store-failed', made.error.message);
  }

  /** What is in force is backed up before, so that this can be taken back; without that, nothing is restored. */
  async #restore(backupId: string): Promise<Result<{ undoId: string | null }>> {
    if (this.managerState().managed?.locked.includes('rules') === true) {
      return refuse('managed', lockSentences.rules);
    }
    const looked = this.#backups.look(backupId);
    if (!looked.ok) return refuse('store-failed', looked.error.message);
    const before = 'engine' in this.#state ? await this.#backups.make(backupId) : null;
    if (before?.ok === false) return refuse('store-failed', before.error.message);
    const restored = await this.#mendAnyTime(() =>
      this.#locked(() => this.#backups.restore(backupId)),
    );
    return restored.ok ? done({ undoId: before?.value.backupId ?? null }) : restored;
  }

  #mend(work: () => StoreResult<null>): Promise<Result<null>> {
    if ('engine' in this.#state) return Promise.resolve(refuse('refused', notNow));
    return this.#mendAnyTime(work);
  }

  #mendAnyTime(work: () => StoreResult<null>): Promise<Result<null>> {
    const mended = this.#mending.then(() => this.#mendNow(work));
    this.#mending = mended.catch(() => null);
    return mended;
  }

  async #mendNow(work: () => StoreResult<null>): Promise<Result<null>> {
    await this.stop();
    const worked = work();
    await this.start();
    if (!worked.ok) return refuse('store-failed', worked.error.message);
    return 'engine' in this.#state ? done(null) : refuse('store-failed', this.#state.message);
  }

  /** Nobody else may have the store open meanwhile. */
  #locked(work: () => StoreResult<null>): StoreResult<null> {
    const lock = lockStore(this.#parts.folder);
    if (!lock.ok) return lock;
    const worked = work();
    lock.value.release();
    return worked;
  }

  #restorable(): BackupView[] {
    const shown: BackupView[] = [];
    for (const { backupId, madeAt } of this.#backups.list()) {
      const content = this.#backups.look(backupId);
      if (content.ok) shown.push({ backupId, madeAt, rules: content.value.rules });
      if (shown.length === MAX_SHOWN) break;
    }
    return shown;
  }

  #backUpLater(): void {
    this.#timer = this.#parts.clock.after(DAY_MS, () => void this.#backUp());
  }

  async #backUp(): Promise<void> {
    const made = await this.#backups.make();
    if (!made.ok) this.#parts.log.warn(`No backup was made: ${made.error.message}`);
    if ('engine' in this.#state) this.#backUpLater();
  }

  #lost({ message }: StoreError): DriverState {
    const remedy = 'The manager window says what can be done.';
    return { kind: 'lost', reason: message, remedy, cause: 'store-failed' };
  }

  #tell(event: EventName): void {
    for (const listener of this.#listeners) listener(event);
  }
}
