/**
 * Everything that is held, and the cards that ask about it: one per subject (and account, where these are asked apart), in the
 * order in which they were asked.
 */
import type { Caller } from '../ports.ts';
import { subjectText } from '../policy/rule.ts';
import { Card } from './card.ts';
import type { CardStart, HeldConnection, Hold } from './card.ts';

/** Cards that nothing waits for any more are kept for an answer, the newest of them. */
const MAX_GIVEN_UP = 256;

export class PromptQueue {
  readonly #holds = new Map<bigint, Hold>();
  readonly #bySubject = new Map<string, Card>();
  /** The order of the cards. */
  readonly #cards = new Map<string, Card>();

  get held(): number {
    return this.#holds.size;
  }

  get size(): number {
    return this.#cards.size;
  }

  /** The cards at the head of the line; those of `account` alone where one is given. */
  first(most: number, account?: string): Card[] {
    const cards: Card[] = [];
    for (const card of this.of(account)) {
      if (cards.length === most) break;
      cards.push(card);
    }
    return cards;
  }

  *of(account?: string): Generator<Card> {
    for (const card of this.#cards.values()) {
      if (account === undefined || card.account === account) yield card;
    }
  }

  holds(): IterableIterator<Hold> {
    return this.#holds.values();
  }

  card(cardId: string): Card | undefined {
    return this.#cards.get(cardId);
  }

  hold(id: bigint): Hold | undefined {
    return this.#holds.get(id);
  }

  /** Files a held connection under its subject's card. `isLooking`: no more than its path is known yet. */
  add(caller: Caller, held: HeldConnection, start: CardStart): Card {
    const key = keyOf({ ...start, subject: caller.subject });
    const card = this.#bySubject.get(key) ?? new Card(caller.subject, held.connection, start);
    card.add(held, caller);
    const hold = card.holds.get(held.id);
    if (hold !== undefined) this.#holds.set(held.id, hold);
    this.#bySubject.set(key, card);
    this.#cards.set(card.cardId, card);
    return card;
  }

  /** It is known now who a hold is from: its card becomes theirs, or it moves to the card of that subject. */
  refile(hold: Hold, caller: Caller, now: number): void {
    const { card } = hold;
    const { account } = card;
    const isTaken = this.#bySubject.has(
      keyOf({ subject: caller.subject, isLooking: false, account }),
    );
    if (!isTaken && card.processes.length === 1) return this.#become(card, caller);
    this.#take(hold);
    this.add(caller, hold, { askedAt: now, isLooking: false, account });
    if (card.state === 'given-up') this.remove(card);
  }

  #become(card: Card, caller: Caller): void {
    this.#bySubject.delete(keyOf(card));
    card.become(caller.subject);
    for (const hold of card.holds.values()) hold.caller = caller;
    this.#bySubject.set(keyOf(card), card);
  }

  /** Takes a hold that ended without us. Its card stays, for the next time. */
  settle(id: bigint): Hold | null {
    const hold = this.#holds.get(id);
    if (hold === undefined) return null;
    this.#take(hold);
    if (hold.card.state === 'given-up') this.#trim();
    return hold;
  }

  /** Takes holds that have been answered, and the cards that this leaves empty. */
  answer(holds: readonly Hold[]): void {
    for (const hold of holds) this.#take(hold);
    for (const card of new Set(holds.map((hold) => hold.card))) {
      if (card.state === 'given-up') this.remove(card);
    }
  }

  remove(card: Card): void {
    for (const hold of card.holds.values()) this.#holds.delete(hold.id);
    this.#cards.delete(card.cardId);
    this.#bySubject.delete(keyOf(card));
  }

  /** To the end of the line. */
  postpone(card: Card): void {
    this.#cards.delete(card.cardId);
    this.#cards.set(card.cardId, card);
  }

  /** The driver is gone and every hold with it; the questions stay. */
  clear(): void {
    this.#holds.clear();
    for (const card of this.#cards.values()) card.clear();
    this.#trim();
  }

  #take(hold: Hold): void {
    this.#holds.delete(hold.id);
    hold.card.remove(hold);
  }

  #trim(): void {
    const givenUp = [...this.#cards.values()].filter((card) => card.state === 'given-up');
    for (const card of givenUp.slice(0, Math.max(0, givenUp.length - MAX_GIVEN_UP))) {
      this.remove(card);
    }
  }
}

/** A card whose subject is not known yet is another one than that of a program which is known by its path. */
function keyOf({ subject, isLooking, account }: Pick<Card, 'subject' | 'isLooking' | 'account'>) {
  return `${isLooking ? 'looking ' : ''}${account ?? ''} ${subjectText(subject)}`;
}
