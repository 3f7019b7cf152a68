/**
 * Where connections and answers meet: what the driver holds is answered by a rule or filed under a card, and what the
 * user answers becomes a rule that is matched against everything that waits.
 */
import type {
  AnswerAck,
  Lifetime,
  PromptAnswer,
  Result,
} from '../../../src-preload/contract/model.ts';
import type { AwayList, Missed } from '../away/away-list.ts';
import { HOLD_MS, MAX_HELD, MAX_HOLD_MS, TOUCH_MS } from '../limits.ts';
import type { Journal } from '../journal/journal.ts';
import { reaches } from '../policy/covering.ts';
import type { Decision, Judge } from '../policy/judge.ts';
import { reachOf } from '../policy/rule.ts';
import type { RuleDraft } from '../policy/rule.ts';
import type { RuleBook } from '../policy/rule-book.ts';
import type {
  Caller,
  Clock,
  Connection,
  DriverEvent,
  DriverPort,
  IdentityPort,
  NamesPort,
  Subject,
} from '../ports.ts';
import type { Callers } from '../subjects/callers.ts';
import { done, refuse } from '../result.ts';
import type { Card, Hold } from './card.ts';
import { lifetimesOf, scopesOf } from './card-view.ts';
import { PromptQueue } from './prompt-queue.ts';
import { Releases } from './releases.ts';
import type { Released } from './releases.ts';

export interface DeskPorts {
  readonly driver: DriverPort;
  readonly clock: Clock;
  readonly identity: IdentityPort;
  readonly rules: RuleBook;
  readonly judge: Judge;
  readonly callers: Callers;
  readonly names: NamesPort;
  readonly away: AwayList;
  readonly journal: Journal;
  /** Who connects is known. */
  readonly judged: (connection: Connection) => void;
  /** Something was filed that had to be looked into first. */
  readonly filed: () => void;
}

export interface Answered {
  readonly ack: AnswerAck;
  /** Takes the rule back that the answer made. */
  readonly undo: { readonly undoId: string; readonly card: Card } | null;
}

type Remembered = Exclude<Lifetime, 'once'>;
type Held = Extract<DriverEvent, { kind: 'held' }>;
type Settled = Extract<DriverEvent, { kind: 'settled' }>;
type Decided = Extract<DriverEvent, { kind: 'decided' }>;

interface Batch {
  readonly allow: Released[];
  readonly block: Released[];
}

const silently = { verdict: 'block', reason: 'mode' } as const;

export class Desk {
  readonly queue = new PromptQueue();
  readonly #ports: DeskPorts;
  readonly #releases: Releases;
  /** Held, and not judged before it is known who asks. */
  readonly #unknown = new Map<bigint, Held>();

  constructor(ports: DeskPorts) {
    this.#ports = ports;
    this.#releases = new Releases(ports.driver);
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
    this.queue.clear();
    this.#releases.clear();
  }

  /** Turns an answer into verdicts and, unless it is for once, a rule. An error means that nothing has happened. */
  async answer(input: PromptAnswer): Promise<Result<Answered>> {
    const card = this.queue.card(input.cardId);
    if (card === undefined) return refuse('not-found', 'This question has been settled already.');
    if (card.revision !== input.revision) {
      return refuse('stale', 'The question changed while you answered. Look at it again.');
    }
    if (!lifetimesOf(card).includes(input.lifetime) || !scopesOf(card).includes(input.scope)) {
      return refuse('refused', 'This question cannot be answered in that way.');
    }
    return input.lifetime === 'once'
      ? this.#answerOnce(card, input)
      : this.#answerByRule(card, input, input.lifetime);
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
    const { id } = event;
    if (this.queue.hold(id) !== undefined || this.#unknown.has(id)) return;
    const held = { ...event, connection: this.#named(event.connection) };
    const caller = this.#ports.callers.of(held.connection);
    if (!(caller instanceof Promise)) return this.#judge(held, caller, batch);
    this.#unknown.set(id, held);
    void caller.then((found) => this.#takeFound(held, found));
  }

  /** Unless it has ended meanwhile. */
  #takeFound(held: Held, caller: Caller): void {
    if (this.#unknown.get(held.id) !== held) return;
    this.#unknown.delete(held.id);
    const batch: Batch = { allow: [], block: [] };
    this.#judge(held, caller, batch);
    void this.#send(batch);
    this.#ports.filed();
  }

  #judge(held: Held, caller: Caller, batch: Batch): void {
    const { id, connection } = held;
    const { subject } = caller;
    const decision = this.#ports.judge.decide(caller, connection);
    this.#ports.judged(connection);
    if (decision !== null) {
      this.#release({ id, subject, connection }, decision, batch);
    } else if (this.queue.held + this.#unknown.size < MAX_HELD) {
      this.queue.add(caller, held, this.#ports.clock.now());
    } else {
      batch.block.push({ id, subject, connection });
      this.#miss(subject, connection, { verdict: 'block', reason: 'full' });
    }
  }

  #release(released: Released, decision: Decision, batch: Batch): void {
    const { verdict, by, rule } = decision;
    const { subject, connection } = released;
    batch[verdict].push(released);
    this.#ports.journal.add(subject, connection, { verdict, by, ruleId: rule?.ruleId ?? null });
    if (by === 'mode' && verdict === 'block') this.#miss(subject, connection, silently);
  }

  /** Callers of whom more is wanted than was known. */
  #lookAgain(): Promise<void>[] {
    return [...this.queue.holds()].flatMap((hold) => {
      const caller = this.#ports.callers.of(hold.connection);
      if (caller instanceof Promise) return [learnOf(hold, caller)];
      hold.caller = caller;
      return [];
    });
  }

  #named(connection: Connection): Connection {
    const { process, target } = connection;
    const hostName = this.#ports.names.nameOf(process, target.address);
    return hostName === null ? connection : { ...connection, target: { ...target, hostName } };
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

  async #answerOnce(card: Card, { scope, verdict }: PromptAnswer): Promise<Result<Answered>> {
    const reach = reachOf(scope, card.heading.target);
    const holds = [...card.holds.values()].filter(({ connection }) =>
      reaches(reach, connection.target),
    );
    this.queue.answer(holds);
    this.#removeEmpty(card);
    for (const { connection } of holds) {
      this.#ports.journal.add(card.subject, connection, { verdict, by: 'answer', ruleId: null });
    }
    const settled = await this.#releases.send(holds.map(releasedOf), verdict);
    return done({ ack: { settled, ruleId: null }, undo: null });
  }

  async #answerByRule(
    card: Card,
    input: PromptAnswer,
    lifetime: Remembered,
  ): Promise<Result<Answered>> {
    const added = this.#ports.rules.add(this.#draft(card, input, lifetime));
    if (!added.ok) return refuse('store-failed', added.error.message);
    const settling = this.rematch();
    this.#removeEmpty(card);
    const { rule, undoId } = added.value;
    const ack = { settled: await settling, ruleId: String(rule.ruleId) };
    return done({ ack, undo: { undoId, card } });
  }

  #draft(card: Card, { scope, verdict }: PromptAnswer, lifetime: Remembered): RuleDraft {
    const asked = card.heading.target;
    return {
      subject: card.subject,
      withChildren: false,
      verdict,
      ...reachOf(scope, asked),
      network: null,
      lifetime,
      processes: lifetime === 'while-it-runs' ? card.processes : [],
      bootId: lifetime === 'always' ? null : this.#ports.identity.bootId(),
      signInId: null,
      until: null,
      note: '',
      origin: 'prompt',
      asked,
      factoryId: null,
      needsReview: false,
      createdAt: this.#ports.clock.now(),
    };
  }

  /** An answered card goes when nothing waits under it any more. */
  #removeEmpty(card: Card): void {
    if (card.state === 'given-up') this.queue.remove(card);
  }

  async #send({ allow, block }: Batch): Promise<number> {
    const sent = [this.#releases.send(allow, 'allow'), this.#releases.send(block, 'block')];
    const [allowed = 0, blocked = 0] = await Promise.all(sent);
    return allowed + blocked;
  }
}

async function learnOf(hold: Hold, caller: Promise<Caller>): Promise<void> {
  hold.caller = await caller;
}

function releasedOf({ id, card, connection }: Hold): Released {
  return { id, subject: card.subject, connection };
}
