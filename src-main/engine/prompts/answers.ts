/** What a person's answer to a card does: verdicts for what waits and, unless it is for once, a rule. */
import type {
  AnswerAck,
  Lifetime,
  PromptAnswer,
  Result,
} from '../../../src-preload/contract/model.ts';
import type { Journal } from '../journal/journal.ts';
import { reaches } from '../policy/covering.ts';
import { reachOf } from '../policy/rule.ts';
import type { RuleDraft } from '../policy/rule.ts';
import type { RuleBook } from '../policy/rule-book.ts';
import type { Clock, IdentityPort } from '../ports.ts';
import { done, refuse } from '../result.ts';
import { lifetimesOf, scopesOf } from './card-view.ts';
import type { Card, Hold } from './card.ts';
import type { PromptQueue } from './prompt-queue.ts';
import type { Released, Releases } from './releases.ts';

export interface AnswersPorts {
  readonly clock: Clock;
  readonly identity: IdentityPort;
  readonly rules: RuleBook;
  readonly journal: Journal;
  readonly queue: PromptQueue;
  readonly releases: Releases;
  /** Asks the rules again about everything that waits. How many connections that settled. */
  readonly rematch: () => Promise<number>;
}

export interface Answered {
  readonly ack: AnswerAck;
  /** Takes the rule back that the answer made. */
  readonly undo: { readonly undoId: string; readonly card: Card } | null;
}

type RememberedAnswer = PromptAnswer & { readonly lifetime: Exclude<Lifetime, 'once'> };

/** For the journal; each rule of theirs goes with its processes. */
const MAX_MAKERS = 1024;

export class Answers {
  readonly #ports: AnswersPorts;
  /** The standard users whose answers made these rules. */
  readonly #makers = new Map<number, string>();

  constructor(ports: AnswersPorts) {
    this.#ports = ports;
  }

  /**
   * Turns an answer into verdicts and, unless it is for once, a rule. An error means that nothing has happened. `by`: the
   * standard user who gave it.
   */
  async give(input: PromptAnswer, by?: string): Promise<Result<Answered>> {
    const card = this.#ports.queue.card(input.cardId);
    if (card === undefined) return refuse('not-found', 'This question has been settled already.');
    if (card.revision !== input.revision) {
      return refuse('stale', 'The question changed while you answered. Look at it again.');
    }
    if (!lifetimesOf(card).includes(input.lifetime) || !scopesOf(card).includes(input.scope)) {
      return refuse('refused', 'This question cannot be answered in that way.');
    }
    return input.lifetime === 'once'
      ? this.#answerOnce(card, input, by)
      : this.#answerByRule(card, { ...input, lifetime: input.lifetime }, by);
  }

  /** The standard user whose answer made this rule; nothing where none did. */
  makerOf(ruleId: number | null): { readonly answeredBy?: string } {
    return answeredBy(ruleId === null ? undefined : this.#makers.get(ruleId));
  }

  async #answerOnce(
    card: Card,
    { scope, verdict }: PromptAnswer,
    by?: string,
  ): Promise<Result<Answered>> {
    const reach = { ...reachOf(scope, card.heading.target), verdict };
    const holds = [...card.holds.values()].filter(({ connection }) =>
      reaches(reach, connection.target),
    );
    this.#ports.queue.answer(holds);
    this.#removeEmpty(card);
    const outcome = { verdict, by: 'answer', ruleId: null, ...answeredBy(by) } as const;
    for (const { connection } of holds) {
      this.#ports.journal.add(card.subject, connection, outcome);
    }
    const settled = await this.#ports.releases.send(holds.map(releasedOf), verdict);
    return done({ ack: { settled, ruleId: null }, undo: null });
  }

  async #answerByRule(card: Card, input: RememberedAnswer, by?: string): Promise<Result<Answered>> {
    const added = this.#ports.rules.add(this.#draft(card, input, by));
    if (!added.ok) return refuse('store-failed', added.error.message);
    if (by !== undefined) this.#remember(added.value.rule.ruleId, by);
    const settling = this.#ports.rematch();
    this.#removeEmpty(card);
    const { rule, undoId } = added.value;
    const ack = { settled: await settling, ruleId: String(rule.ruleId) };
    return done({ ack, undo: { undoId, card } });
  }

  #remember(ruleId: number, by: string): void {
    const [oldest] = this.#makers.keys();
    if (this.#makers.size === MAX_MAKERS && oldest !== undefined) this.#makers.delete(oldest);
    this.#makers.set(ruleId, by);
  }

  #draft(card: Card, { scope, verdict, lifetime }: RememberedAnswer, by?: string): RuleDraft {
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
      note: by === undefined ? '' : `Answered by ${by}.`,
      origin: 'prompt',
      asked,
      factoryId: null,
      needsReview: false,
      createdAt: this.#ports.clock.now(),
    };
  }

  /** An answered card goes when nothing waits under it any more. */
  #removeEmpty(card: Card): void {
    if (card.state === 'given-up') this.#ports.queue.remove(card);
  }
}

function answeredBy(by: string | undefined): { readonly answeredBy?: string } {
  return by === undefined ? {} : { answeredBy: by };
}

export function releasedOf({ id, card, connection }: Hold): Released {
  return { id, subject: card.subject, connection };
}
