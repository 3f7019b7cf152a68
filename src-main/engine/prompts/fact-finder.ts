/** Looks up what is known about the heading process of each card that is shown. The card never waits for it. */
import { processText } from '../policy/rule.ts';
import type { IdentityPort } from '../ports.ts';
import type { Card } from './card.ts';

export class FactFinder {
  readonly #identity: IdentityPort;
  readonly #found: () => void;
  /** The process that each card's facts are, or will be, about. */
  readonly #about = new WeakMap<Card, string>();

  constructor(identity: IdentityPort, found: () => void) {
    this.#identity = identity;
    this.#found = found;
  }

  /** Starts what has not been looked up yet. */
  look(cards: readonly Card[]): void {
    for (const card of cards) {
      const process = processText(card.heading.process);
      if (this.#about.get(card) !== process) void this.#find(card, process);
    }
  }

  async #find(card: Card, process: string): Promise<void> {
    this.#about.set(card, process);
    card.facts = null;
    const facts = await this.#identity.processFacts(card.heading.process);
    if (this.#about.get(card) !== process) return;
    card.facts = facts;
    this.#found();
  }
}
