/**
 * The engine: the desk, the rules and the away list behind the calls of the pages, and the news of what changed. It
 * knows neither Electron nor Windows; its ports are in ports.ts.
 */
import type { EventName } from '../../src-preload/contract/calls.ts';
import type {
  DriverState,
  ManagerState,
  NoClientView,
  PromptState,
  UndoView,
  Verdict,
} from '../../src-preload/contract/model.ts';
import type { SelfTestProblem } from '../../src-preload/contract/upkeep.ts';
import { Announcer } from './announcer.ts';
import { AwayList } from './away/away-list.ts';
import { Blocklists } from './blocklists/blocklists.ts';
import { Choices, noClientOf } from './choices.ts';
import { createHandlers } from './handlers.ts';
import type { EngineHandlers, HandlerContext } from './handlers.ts';
import { HOLD_MS, MAX_CARDS_SHOWN } from './limits.ts';
import { Journal, type JournalPorts } from './journal/journal.ts';
import { lockedHandlers } from './managed/locks.ts';
import { Managed } from './managed/managed.ts';
import { remoteSessionRule } from './managed/remote-sessions.ts';
import { readInstalledSettings } from './managed/settings.ts';
import { Judge } from './policy/judge.ts';
import { KernelSync } from './policy/kernel-sync.ts';
import { Modes } from './policy/modes.ts';
import { type EndedRules, RuleBook } from './policy/rule-book.ts';
import { viewOfMode } from './policy/rule-view.ts';
import type {
  AccountsPort,
  Clock,
  Connection,
  DriverEvent,
  DriverFailure,
  DriverPort,
  IdentityPort,
  KernelPort,
  ListPorts,
  Log,
  ManagedPort,
  NamesPort,
  NetworksPort,
  ProbePort,
} from './ports.ts';
import { type Account, type Answerer, Answerers } from './prompts/answerer.ts';
import { viewOfCard } from './prompts/card-view.ts';
import type { Card } from './prompts/card.ts';
import { Desk } from './prompts/desk.ts';
import { FactFinder } from './prompts/fact-finder.ts';
import type { RuleDraft } from './policy/rule.ts';
import { SelfTest } from './self-test.ts';
import type { Store, StoreResult } from './store/store.ts';
import { Callers } from './subjects/callers.ts';
import { Surroundings } from './subjects/surroundings.ts';

export interface EnginePorts {
  readonly driver: DriverPort;
  readonly store: Store;
  readonly journal: JournalPorts['journal'];
  readonly clock: Clock;
  readonly identity: IdentityPort;
  /** Absent where all accounts are asked as one. */
  readonly accounts?: AccountsPort | undefined;
  readonly names: NamesPort;
  readonly networks: NetworksPort;
  /** Null where nobody takes rules down: then the engine is asked about everything. */
  readonly kernel: KernelPort | null;
  /** The rules that this system cannot do without. */
  readonly factory: (now: number) => readonly RuleDraft[];
  readonly lists: ListPorts;
  /** Absent where no program can make a connection to be asked about. */
  readonly probe?: ProbePort | undefined;
  /** Absent where nobody manages this computer. */
  readonly managed?: ManagedPort;
  readonly log: Log;
}

export interface Engine {
  readonly handlers: EngineHandlers;
  promptState(): PromptState;
  managerState(): ManagerState;
  /** The part of an account, where accounts are asked apart. */
  answererFor(account: Account): Answerer;
  /** Returns the function that ends the subscription. */
  onChange(listener: (event: EventName) => void): () => void;
  /** Takes rules, mode and away list from the disk, and goes no further. */
  load(ended: EndedRules): void;
  /** The same, then connects to the driver in the background. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** About one frame; the manager's page may lag a little. */
const PROMPT_MS = 16;
const MANAGER_MS = 100;

export function createEngine(ports: EnginePorts): Engine {
  return new PortreeveEngine(ports);
}

class PortreeveEngine implements Engine {
  readonly handlers: EngineHandlers;
  readonly #ports: EnginePorts;
  readonly #rules: RuleBook;
  readonly #modes: Modes;
  readonly #managed: Managed;
  readonly #choices: Choices;
  readonly #selfTest: SelfTest;
  readonly #callers: Callers;
  readonly #kernel: KernelSync | null;
  readonly #journal: Journal;
  readonly #away: AwayList;
  readonly #blocklists: Blocklists;
  readonly #desk: Desk;
  readonly #facts: FactFinder;
  readonly #prompt: Announcer;
  readonly #manager: Announcer;
  readonly #listeners = new Set<(event: EventName) => void>();
  readonly #answerers: Answerers;
  #driver: DriverState = { kind: 'connecting' };
  #undo: UndoView | null = null;

  constructor(ports: EnginePorts) {
    const { clock, identity, store } = ports;
    this.#ports = ports;
    this.#rules = new RuleBook(ports, () => this.#rematch());
    this.#managed = this.#createManaged();
    this.#choices = new Choices(store);
    this.#selfTest = this.#createSelfTest();
    this.#modes = new Modes(
      ports,
      () => this.#rematch(),
      () => {
        const { mode, locked } = this.#managed.settings;
        return { mode, noPauses: locked.has('pauses') };
      },
    );
    this.#callers = new Callers(identity, () => this.#rules.wanted());
    this.#kernel = this.#createKernel();
    this.#journal = new Journal(ports);
    this.#away = new AwayList(store, clock.now());
    this.#desk = this.#createDesk();
    this.#blocklists = new Blocklists({ ...ports, changed: () => this.#changed() });
    this.#prompt = new Announcer(clock, PROMPT_MS, () => this.#tell('promptChanged'));
    this.#manager = new Announcer(clock, MANAGER_MS, () => this.#tell('managerChanged'));
    this.#facts = new FactFinder(identity, () => this.#prompt.mark());
    const context: HandlerContext = {
      desk: this.#desk,
      rules: this.#rules,
      away: this.#away,
      modes: this.#modes,
      journal: this.#journal,
      identity,
      factory: ports.factory,
      blocklists: this.#blocklists,
      selfTest: this.#selfTest,
      setNoClient: (noClient) => this.#setNoClient(noClient),
      clock,
      promptState: () => this.promptState(),
      managerState: () => this.managerState(),
      setUndo: (undo) => this.#setUndo(undo),
      rulesChanged: () => this.#kernel?.mark(),
      changed: () => this.#changed(),
    };
    const changed = (again?: number): void => this.#markPrompt(again);
    this.#answerers = new Answerers({ context, show: (cards) => this.#promptOf(cards), changed });
    this.handlers = lockedHandlers(createHandlers(context), () => this.#managed.settings.locked);
  }

  #createManaged(): Managed {
    const rules = this.#rules;
    const changed = (): void => {
      this.#tellNoClient();
      this.#rematch();
    };
    return new Managed({ ...this.#ports, rules, changed });
  }

  #createSelfTest(): SelfTest {
    const obstacle = (): SelfTestProblem | null => {
      if (this.#driver.kind !== 'connected') return 'driver-lost';
      const { mode, pauses } = this.#modes.now();
      const isAsked = mode === 'ask' && pauses.every(({ subject }) => subject !== null);
      return isAsked ? null : 'nobody-asked';
    };
    return new SelfTest({ ...this.#ports, obstacle, changed: () => this.#changed() });
  }

  #createKernel(): KernelSync | null {
    const { kernel } = this.#ports;
    if (kernel === null) return null;
    const [rules, modes, callers] = [this.#rules, this.#modes, this.#callers];
    const told = () => this.#changed();
    return new KernelSync({ ...this.#ports, kernel, rules, modes, callers, told });
  }

  #createDesk(): Desk {
    const rules = this.#rules;
    const judge = new Judge({ ...this.#ports, rules, modes: this.#modes });
    const callers = this.#callers;
    const judged = (connection: Connection) => this.#kernel?.know(connection);
    const [away, journal] = [this.#away, this.#journal];
    const filed = () => this.#changed();
    const surroundings = new Surroundings(this.#ports, () => rules.table.wantedPlaces());
    const around = { callers, surroundings, away, journal, judged, filed };
    return new Desk({ ...this.#ports, ...around, rules, judge });
  }

  promptState(): PromptState {
    return this.#promptOf(this.#desk.queue.first(MAX_CARDS_SHOWN));
  }

  #promptOf(cards: readonly Card[]): PromptState {
    const { isVolatile } = this.#ports.identity;
    const listHit = this.#blocklists.hitOf;
    const mayLast = !this.#managed.settings.locked.has('rules');
    const { holdId: testId } = this.#selfTest;
    const advice = { holdMs: HOLD_MS, mayLast, isVolatile, listHit, testId };
    this.#facts.look(cards);
    return {
      driver: this.#driver,
      cards: cards.map((card) => viewOfCard(card, advice)),
      undo: this.#undoNow(),
    };
  }

  managerState(): ManagerState {
    const managed = this.#managed.view;
    const selfTest = this.#selfTest.view;
    return {
      driver: this.#driver,
      store: { kind: 'ok' },
      held: this.#desk.queue.held + this.#desk.looking,
      cards: this.#desk.queue.size,
      mode: viewOfMode(this.#modes.now()),
      kernel: this.#kernel?.state ?? null,
      ruleVersion: this.#rules.version,
      journalVersion: this.#journal.version,
      away: this.#away.views(),
      awayLost: this.#away.lost,
      blocklists: this.#blocklists.views(),
      noClient: this.#noClient(),
      ...(selfTest === null ? {} : { selfTest }),
      ...(managed === null ? {} : { managed }),
    };
  }

  answererFor(account: Account): Answerer {
    return this.#answerers.of(account);
  }

  onChange(listener: (event: EventName) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  load(ended: EndedRules): void {
    const rules = this.#rules.load(ended);
    if (!rules.ok) this.#ports.log.warn(rules.error.message);
    this.#managed.load();
    const choices = this.#choices.load();
    if (!choices.ok) this.#ports.log.warn(choices.error.message);
    this.#startModes();
    if (choices.ok) this.#keepRemoteSessions();
    this.#warn(this.#away.load());
    this.#journal.load();
  }

  async start(): Promise<void> {
    this.load('remove-ended');
    // An administrator's rules come before the first connection is decided.
    await this.#managed.start();
    this.#tellNoClient();
    void this.#blocklists.load();
    this.#ports.driver.start({
      connected: (description) => this.#connected({ kind: 'connected', description }),
      lost: (failure) => this.#lost(failure),
      events: (events, decidedLost) => this.#take(events, decidedLost),
    });
    if (await this.#rules.sweep()) this.#changed();
  }

  #noClient(): NoClientView {
    const installed = readInstalledSettings(this.#ports.managed?.installed() ?? {});
    return noClientOf(this.#managed.settings, this.#choices, installed);
  }

  #tellNoClient(): void {
    this.#ports.driver.setNoClient(this.#noClient().verdict);
  }

  #setNoClient(noClient: Verdict): StoreResult<null> {
    const saved = this.#choices.set({ noClient });
    if (saved.ok) this.#tellNoClient();
    return saved;
  }

  /** At the very first start, the factory's rules are made. */
  #startModes(): void {
    const loaded = this.#modes.load();
    if (!loaded.ok) this.#ports.log.warn(loaded.error.message);
    if (!loaded.ok || !loaded.value.isFirst) return;
    const made = this.#rules.resetFactory(this.#ports.factory(this.#ports.clock.now()));
    const { mode } = readInstalledSettings(this.#ports.managed?.installed() ?? {});
    const saved = made.ok ? this.#modes.set(mode ?? 'ask', null) : made;
    if (!saved.ok) this.#ports.log.warn(saved.error.message);
  }

  /** Before the first connection is decided, so that a session that comes again is never asked about. */
  #keepRemoteSessions(): void {
    const { remotePeers } = readInstalledSettings(this.#ports.managed?.installed() ?? {});
    const done = this.#choices.remoteSessions;
    const left = remotePeers.filter((address) => !done.includes(address));
    if (left.length === 0) return;
    for (const address of left) {
      const draft = remoteSessionRule(address, this.#ports.clock.now());
      // Who has a rule about it already has said what is to happen.
      if (this.#rules.replacedBy(draft).length > 0) continue;
      const made = this.#rules.make(draft);
      if (!made.ok) return this.#ports.log.warn(made.error.message);
    }
    const saved = this.#choices.set({ remoteSessions: [...remotePeers] });
    if (!saved.ok) this.#ports.log.warn(saved.error.message);
  }

  async stop(): Promise<void> {
    this.#managed.stop();
    this.#selfTest.stop();
    await this.#kernel?.stop();
    await this.#ports.driver.stop();
    this.#rules.stop();
    this.#modes.stop();
    this.#journal.stop();
    this.#blocklists.stop();
    this.#warn(this.#away.save());
    this.#listeners.clear();
  }

  #connected(state: DriverState): void {
    this.#driver = state;
    this.#desk.forget();
    this.#selfTest.lost();
    if (state.kind === 'connected') this.#kernel?.connected();
    else this.#kernel?.lost();
    this.#changed();
  }

  #lost(failure: DriverFailure): void {
    this.#connected({ kind: 'lost', ...failure });
  }

  #take(events: readonly DriverEvent[], decidedLost: number): void {
    this.#selfTest.saw(events);
    this.#desk.take(events);
    this.#away.addLost(decidedLost);
    this.#warn(this.#away.save());
    this.#changed();
  }

  /** Something ended by itself, so that others may have to be asked about, and some no more. */
  #rematch(): void {
    this.#kernel?.mark();
    void this.#desk.rematch().then(() => this.#changed());
  }

  #setUndo(undo: UndoView | null): void {
    this.#undo = undo;
    this.#markPrompt(undo?.until);
  }

  #markPrompt(again?: number): void {
    const { clock } = this.#ports;
    this.#prompt.mark();
    if (again !== undefined) clock.after(again - clock.now(), () => this.#prompt.mark());
  }

  #undoNow(): UndoView | null {
    return this.#undo !== null && this.#undo.until > this.#ports.clock.now() ? this.#undo : null;
  }

  #changed(): void {
    this.#prompt.mark();
    this.#manager.mark();
  }

  #tell(event: EventName): void {
    for (const listener of this.#listeners) listener(event);
  }

  #warn(message: string | null): void {
    if (message !== null) this.#ports.log.warn(message);
  }
}
