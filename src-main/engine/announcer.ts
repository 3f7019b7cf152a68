/**
 * Tells that something changed: at once as long as little has been told lately, then no more often than the interval.
 * Two may follow each other at once, so that what comes right after a change, as the next question does after an
 * answer, isn't late; on average there is one per interval, and never more than two within one.
 */
import type { Clock } from './ports.ts';

export class Announcer {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #tell: () => void;
  /** When everything told so far has been paid for with one interval each. */
  #paidAt = Number.NEGATIVE_INFINITY;
  #scheduled = false;

  constructor(clock: Clock, intervalMs: number, tell: () => void) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#tell = tell;
  }

  /** Something changed; whoever listens hears of it after the present tick or later. */
  mark(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const wait = this.#paidAt - this.#intervalMs - this.#clock.now();
    // More than an interval is a clock that was set back.
    if (wait <= 0 || wait > this.#intervalMs) queueMicrotask(() => this.#fire());
    else this.#clock.after(wait, () => this.#fire());
  }

  #fire(): void {
    this.#scheduled = false;
    const now = this.#clock.now();
    const isSetBack = this.#paidAt > now + 2 * this.#intervalMs;
    this.#paidAt = (isSetBack ? now : Math.max(now, this.#paidAt)) + this.#intervalMs;
    this.#tell();
  }
}
