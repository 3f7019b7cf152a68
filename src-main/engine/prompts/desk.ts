/**
 * Where connections and answers meet: what the driver holds is answered by a rule or filed under a card; answers.ts turns what
 * the user answers into a rule, which is matched against everything that waits.
 */
import type { AwayList, Missed } from '../away/away-list.ts';
import { HOLD_MS, MAX_HELD, MAX_HOLD_MS, PATIENCE_MS, TOUCH_MS } from '../limits.ts';
import type { Journal } from '../journal/journal.ts';
import type { Decision, Judge } from '../policy/judge.ts';
import type { RuleBook } from '../policy/rule-book.ts';
import type {
  AccountsPort,
  Caller,
  Clock,
  Connection,
  DriverEvent,
  DriverPort,
  IdentityPort,
  Subject,
} from '../ports.ts';
import { callerOf } from '../subjects/callers.ts';
import type { Callers } from '../subjects/callers.ts';
import type { Surroundings } from '../subjects/surroundings.ts';
import type { Card, Hold } from './card.ts';
import { PromptQueue } from './prompt-queue.ts';
import { Answers, releasedOf } from './answers.ts';
import { Releases } from './releases.ts';
import type { Released } from './releases.ts';

export interface DeskPorts {
  readonly driver: DriverPort;
  readonly clock: Clock;
  readonly identity: IdentityPort;
  /** Absent where all accounts are asked as one. */
  readonly accounts?: AccountsPort | undefined;
  readonly rules: RuleBook;
  readonly judge: Judge;
  readonly callers: Callers;
  readonly surroundings: Surroundings;
  readonly away: AwayList;
  readonly journal: Journal;
  /** Who connects is known. */
  readonly judged: (connection: Connection) => void;
  /** Something was filed that had to be looked into first. */
  readonly filed: () => void;
}

type Held = Extract<DriverEvent, { kind: 'held' }>;
type Settled = Extract<DriverEvent, { kind: 'settled' }>;
type Decided = Extract<DriverEvent, { kind: 'decided' }>;

interface Batch {
  readonly allow: Released[];
  readonly block: Released[];
}

/** Who asks and where to. */
interface Found {
  readonly caller: Caller;
  readonly connection: Connection;
}

/** What is found out sooner is not worth another card. */
const AT_ONCE_MS = 10;

const silently = { verdict: 'block', reason: 'mode' } as const;

export class Desk {
  readonly queue = new PromptQueue();
  readonly answers: Answers;
  readonly #ports: DeskPorts;
  readonly #releases: Releases;
  /** Held, and not judged before it is known who asks and where to. */
  readonly #unknown = new Map<bigint, Held>();
  /** The same, under a card that says no more than what is known. */
  readonly #shown = new Map<bigint, Held>();

  constructor(ports: DeskPorts) {
    this.#ports = ports;
    const { queue } = this;
    const releases = new Releases(ports.driver);
    this.#releases = releases;
    this.answers = new Answers({ ...ports, queue, releases, rematch: () => this.rematch() });
  }

  /** Holds that are not under a card yet. */
  get looking(): number {
    return this.#unknown.size;
  }

  /** Takes a batch of the driver, and answers in the same tick what a rule decides. */
  take(events: readonly DriverEvent[]): void {
    const batch: Batch = { allow: [], block: [] };
    for (const event of events) this.#takeOne(event, batch);
    void this.#send(batch);
  }

  /** The driver's session is over: nothing of it is held any more. */
  forget(): void {
    this.#unknown.clear();
    this.#shown.clear();
    this.queue.clear();
    this.#releases.clear();
  }

  /** Asks the rules again about everything that waits. How many connections that settled. */
  async rematch(): Promise<number> {
    const looking = this.#lookAgain();
    if (looking.length > 0) await Promise.all(looking);
    const batch: Batch = { allow: [], block: [] };
    const settled: Hold[] = [];
    for (const hold of this.queue.holds()) {
      const decision = this.#ports.judge.decide(hold.caller, hold.connection);
      if (decision === null) continue;
      settled.push(hold);
      this.#release(releasedOf(hold), decision, batch);
    }
    this.queue.answer(settled);
    return this.#send(batch);
  }

  /** The user is at the card: its connections are held for another whole time. */
  async touch(card: Card): Promise<void> {
    const now = this.#ports.clock.now();
    if (now - card.touchedAt < TOUCH_MS) return;
    card.touchedAt = now;
    const holds = [...card.holds.values()];
    const ids = holds.map(({ id }) => id);
    const kept = await this.#ports.driver.answer(ids, 'keep');
    if (kept === 0) return;
    for (const hold of holds) {
      hold.deadline = Math.min(now + HOLD_MS, hold.connection.time + MAX_HOLD_MS);
    }
  }

  #takeOne(event: DriverEvent, batch: Batch): void {
    if (event.kind === 'held') this.#takeHeld(event, batch);
    else if (event.kind === 'settled') this.#takeSettled(event);
    else this.#takeDecided(event);
  }

  #takeHeld(event: Held, batch: Batch): void {
    const { id, connection } = event;
    if (this.queue.hold(id) !== undefined || this.#unknown.has(id)) return;
    const found = this.#look(connection);
    if (!(found instanceof Promise)) return this.#judge(event, found, batch);
    this.#unknown.set(id, event);
    this.#ports.clock.after(this.#patience(connection), () => this.#show(event));
    void found.then((known) => this.#takeFound(event, known));
  }

  /** Who asks and where to; at once where that is known. */
  #look(connection: Connection): Found | Promise<Found> {
    const caller = this.#ports.callers.of(connection);
    const place = this.#ports.surroundings.of(connection);
    if (!(caller instanceof Promise) && !(place instanceof Promise)) {
      return { caller, connection: place };
    }
    return Promise.all([caller, place]).then(([who, where]) => ({
      caller: who,
      connection: where,
    }));
  }

  /** A card that a rule would take away again at once is worse than one that comes a moment later. */
  #patience(connection: Connection): number {
    const { rules, callers, identity, clock } = this.#ports;
    const subject = callers.subjectOf(connection);
    const asking = { caller: callerOf(subject), connection, now: clock.now(), network: null };
    const mayBeRuled =
      rules.table.hasSlow || identity.isHost(subject) || rules.table.match(asking) !== null;
    return mayBeRuled ? PATIENCE_MS : AT_ONCE_MS;
  }

  /** What takes longer is asked about as far as it is known. */
  #show(held: Held): void {
    if (this.#unknown.get(held.id) !== held || !this.#ports.judge.asks) return;
    this.#unknown.delete(held.id);
    const { callers, surroundings, clock } = this.#ports;
    const caller = { ...callerOf(callers.subjectOf(held.connection)), complete: false };
    const connection = surroundings.named(held.connection);
    this.#shown.set(held.id, held);
    const start = { askedAt: clock.now(), isLooking: true, account: this.#accountOf(held) };
    this.queue.add(caller, { ...held, connection }, start);
    this.#ports.filed();
  }

  /** Unless it has ended meanwhile. */
  #takeFound(held: Held, found: Found): void {
    const isShown = this.#shown.get(held.id) === held;
    if (!isShown && this.#unknown.get(held.id) !== held) return;
    this.#unknown.delete(held.id);
    this.#shown.delete(held.id);
    const batch: Batch = { allow: [], block: [] };
    if (isShown) this.#judgeShown(held.id, found, batch);
    else this.#judge(held, found, batch);
    void this.#send(batch);
    this.#ports.filed();
  }

  #judgeShown(id: bigint, { caller, connection }: Found, batch: Batch): void {
    const hold = this.queue.hold(id);
    if (hold === undefined) return;
    hold.card.place(hold, connection);
    const decision = this.#ports.judge.decide(caller, connection);
    this.#ports.judged(connection);
    if (decision === null) return this.#refile(hold, caller);
    this.queue.answer([hold]);
    this.#release({ id, subject: caller.subject, connection }, decision, batch);
  }

  #refile(hold: Hold, caller: Caller): void {
    hold.caller = caller;
    if (hold.card.isLooking) this.queue.refile(hold, caller, this.#ports.clock.now());
    void this.#nameLater(hold.id);
  }

  /** The names of what is asked about are looked up while the card is shown. */
  async #nameLater(id: bigint): Promise<void> {
    const connection = this.queue.hold(id)?.connection;
    if (connection === undefined || connection.target.loopback) return;
    const named = await this.#ports.surroundings.lookAgain(connection);
    const hold = this.queue.hold(id);
    if (hold?.connection !== connection || isNamedSo(connection, named)) return;
    hold.card.place(hold, named);
    this.#ports.filed();
  }

  #judge(held: Held, { caller, connection }: Found, batch: Batch): void {
    const { id } = held;
    const { subject } = caller;
    const decision = this.#ports.judge.decide(caller, connection);
    this.#ports.judged(connection);
    if (decision !== null) {
      this.#release({ id, subject, connection }, decision, batch);
    } else if (this.queue.held + this.#unknown.size < MAX_HELD) {
      const account = this.#accountOf(held);
      const start = { askedAt: this.#ports.clock.now(), isLooking: false, account };
      this.queue.add(caller, { ...held, connection }, start);
      void this.#nameLater(id);
    } else {
      batch.block.push({ id, subject, connection });
      this.#miss(subject, connection, { verdict: 'block', reason: 'full' });
    }
  }

  #accountOf({ connection }: Held): string | null {
    return this.#ports.accounts?.accountOf(connection.process) ?? null;
  }

  #release(released: Released, decision: Decision, batch: Batch): void {
    const { verdict, by, rule } = decision;
    const { subject, connection } = released;
    batch[verdict].push(released);
    const ruleId = rule?.ruleId ?? null;
    const maker = this.answers.makerOf(ruleId);
    this.#ports.journal.add(subject, connection, { verdict, by, ruleId, ...maker });
    if (by === 'mode' && verdict === 'block') this.#miss(subject, connection, silently);
  }

  /** What more is wanted of than was known. What is being looked at has its own turn. */
  #lookAgain(): Promise<void>[] {
    return [...this.queue.holds()].flatMap((hold) => {
      if (hold.card.isLooking) return [];
      const found = this.#look(hold.connection);
      if (found instanceof Promise) return [found.then((known) => learnOf(hold, known))];
      learnOf(hold, found);
      return [];
    });
  }

  /** Somebody else ended it: the watchdog, the program, or the driver itself. */
  #takeSettled({ id, verdict, reason, time }: Settled): void {
    const ended = this.#ended(id);
    if (ended === null || reason === 'answered') return;
    const { subject, connection } = ended;
    this.#ports.away.add({ subject, connection, verdict, reason, at: time });
    this.#ports.journal.add(subject, connection, { verdict, by: 'driver', ruleId: null });
  }

  #ended(id: bigint): Released | null {
    this.#shown.delete(id);
    const hold = this.queue.settle(id);
    if (hold !== null) return releasedOf(hold);
    const unknown = this.#unknown.get(id);
    if (unknown === undefined) return this.#releases.take(id);
    this.#unknown.delete(id);
    return { ...unknown, subject: this.#ports.callers.subjectOf(unknown.connection) };
  }

  #takeDecided({ connection, verdict, reason }: Decided): void {
    const subject = this.#ports.callers.subjectOf(connection);
    this.#miss(subject, connection, { verdict, reason });
    this.#ports.journal.add(subject, connection, { verdict, by: 'driver', ruleId: null });
  }

  #miss(
    subject: Subject,
    connection: Connection,
    outcome: Pick<Missed, 'verdict' | 'reason'>,
  ): void {
    this.#ports.away.add({ subject, connection, ...outcome, at: connection.time });
  }

  async #send({ allow, block }: Batch): Promise<number> {
    const sent = [this.#releases.send(allow, 'allow'), this.#releases.send(block, 'block')];
    const [allowed = 0, blocked = 0] = await Promise.all(sent);
    return allowed + blocked;
  }
}

function learnOf(hold: Hold, { caller, connection }: Found): void {
  hold.caller = caller;
  hold.card.place(hold, connection);
}

/** Whether another look has found nothing new. */
function isNamedSo(
  { target: { names: one } }: Connection,
  { target: { names: other } }: Connection,
) {
  return one === other || JSON.stringify(one?.chains) === JSON.stringify(other?.chains);
}
