/**
 * Where connections and answers meet: what the driver holds is answered by a rule or filed under a card, and what the
 * user answers becomes a rule that is matched against everything that waits.
 */
import type {
  AnswerAck,
  Lifetime,
  PromptAnswer,
  Result,
  Verdict,
} from '../../../src-preload/contract/model.ts';
import type { AwayList } from '../away/away-list.ts';
import { HOLD_MS, MAX_HELD, MAX_HOLD_MS, TOUCH_MS } from '../limits.ts';
import type { RuleBook } from '../policy/rule-book.ts';
import { reaches } from '../policy/covering.ts';
import { driverVerdict, processText, reachOf } from '../policy/rule.ts';
import type { RuleDraft } from '../policy/rule.ts';
import type {
  Caller,
  Clock,
  Connection,
  DriverEvent,
  DriverPort,
  IdentityPort,
  Subject,
} from '../ports.ts';
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
  readonly away: AwayList;
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

export class Desk {
  readonly queue = new PromptQueue();
  readonly #ports: DeskPorts;
  readonly #releases: Releases;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
    this.#releases = new Releases(ports.driver);
  }

  /** Takes a batch of the driver, and answers in the same tick what a rule decides. */
  take(events: readonly DriverEvent[]): void {
    const batch: Batch = { allow: [], block: [] };
    for (const event of events) this.#takeOne(event, batch);
    void this.#send(batch);
  }

  /** The driver's session is over: nothing of it is held any more. */
  forget(): void {
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
  rematch(): Promise<number> {
    const batch: Batch = { allow: [], block: [] };
    const settled: Hold[] = [];
    for (const hold of this.queue.holds()) {
      const rule = this.#ports.rules.match(callerOf(hold.card.subject), hold.connection);
      if (rule === null) continue;
      settled.push(hold);
      batch[driverVerdict(rule.verdict)].push(releasedOf(hold));
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

  #takeHeld(held: Held, batch: Batch): void {
    if (this.queue.hold(held.id) !== undefined) return;
    const { id, connection } = held;
    const subject = this.#subjectOf(connection);
    const rule = this.#ports.rules.match(callerOf(subject), connection);
    if (rule !== null) {
      batch[driverVerdict(rule.verdict)].push({ id, subject, connection });
    } else if (this.queue.held < MAX_HELD) {
      this.queue.add(subject, held, this.#ports.clock.now());
    } else {
      batch.block.push({ id, subject, connection });
      this.#miss(subject, connection, { verdict: 'block', reason: 'full' });
    }
  }

  /** Somebody else ended it: the watchdog, the program, or the driver itself. */
  #takeSettled({ id, verdict, reason, time }: Settled): void {
    const hold = this.queue.settle(id);
    const ended = hold === null ? this.#releases.take(id) : releasedOf(hold);
    if (ended === null || reason === 'answered') return;
    const { subject, connection } = ended;
    this.#ports.away.add({ subject, connection, verdict, reason, at: time });
  }

  #takeDecided({ connection, verdict, reason }: Decided): void {
    this.#miss(this.#subjectOf(connection), connection, { verdict, reason });
  }

  #miss(
    subject: Subject,
    connection: Connection,
    outcome: { readonly verdict: Verdict; readonly reason: Decided['reason'] },
  ): void {
    this.#ports.away.add({ subject, connection, ...outcome, at: connection.time });
  }

  /** A path that was cut could be that of many programs, so each of its processes is a subject of its own. */
  #subjectOf({ path, pathCut, process }: Connection): Subject {
    const subject = this.#ports.identity.subjectOf(path);
    return pathCut ? { ...subject, key: `${subject.key}\0${processText(process)}` } : subject;
  }

  async #answerOnce(card: Card, { scope, verdict }: PromptAnswer): Promise<Result<Answered>> {
    const reach = reachOf(scope, card.heading.target);
    const holds = [...card.holds.values()].filter(({ connection }) =>
      reaches(reach, connection.target),
    );
    this.queue.answer(holds);
    this.#removeEmpty(card);
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

/** Of the path alone. */
function callerOf(subject: Subject): Caller {
  return { subject, subjects: [subject], ancestors: [] };
}

function releasedOf({ id, card, connection }: Hold): Released {
  return { id, subject: card.subject, connection };
}
