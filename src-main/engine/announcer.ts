/**
 * Tells that something changed: at once as long as little has been told lately, then no more often than the interval.
 * A few may follow each other at once: an answer is told, then that the driver has carried it out, then perhaps the next
 * question, and that one must not be late. On average there is one per interval.
 */
import type { Clock } from './ports.ts';

/** So many may follow each other at once. */
const AT_ONCE = 4;

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
    const wait = this.#paidAt - (AT_ONCE - 1) * this.#intervalMs - this.#clock.now();
    // More than an interval is a clock that was set back.
    if (wait <= 0 || wait > this.#intervalMs) queueMicrotask(() => this.#fire());
    else this.#clock.after(wait, () => this.#fire());
  }

  #fire(): void {
    this.#scheduled = false;
    const now = this.#clock.now();
    const isSetBack = this.#paidAt > now + AT_ONCE * this.#intervalMs;
    this.#paidAt = (isSetBack ? now : Math.max(now, this.#paidAt)) + this.#intervalMs;
    this.#tell();
  }
}
