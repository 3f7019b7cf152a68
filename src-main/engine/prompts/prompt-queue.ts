/** Everything that is held, and the cards that ask about it: one per subject, in the order in which they were asked. */
import type { Caller } from '../ports.ts';
import { subjectText } from '../policy/rule.ts';
import { Card } from './card.ts';
import type { HeldConnection, Hold } from './card.ts';

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

  /** The cards at the head of the line. */
  first(most: number): Card[] {
    const cards: Card[] = [];
    for (const card of this.#cards.values()) {
      if (cards.length === most) break;
      cards.push(card);
    }
    return cards;
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

  /** Files a held connection under its subject's card. `isNew`: nobody had been asked about this subject. */
  add(
    caller: Caller,
    held: HeldConnection,
    now: number,
  ): { readonly card: Card; readonly isNew: boolean } {
    const key = subjectText(caller.subject);
    const known = this.#bySubject.get(key);
    const card = known ?? new Card(caller.subject, held.connection, now);
    card.add(held, caller);
    const hold = card.holds.get(held.id);
    if (hold !== undefined) this.#holds.set(held.id, hold);
    this.#bySubject.set(key, card);
    this.#cards.set(card.cardId, card);
    return { card, isNew: known === undefined };
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
    this.#bySubject.delete(subjectText(card.subject));
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
