/** Tells that something changed: the first time at once, then no more often than the interval. */
import type { Clock } from './ports.ts';

export class Announcer {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #tell: () => void;
  #last = Number.NEGATIVE_INFINITY;
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
    const wait = this.#last + this.#intervalMs - this.#clock.now();
    if (wait <= 0 || wait > this.#intervalMs) queueMicrotask(() => this.#fire());
    else this.#clock.after(wait, () => this.#fire());
  }

  #fire(): void {
    this.#scheduled = false;
    this.#last = this.#clock.now();
    this.#tell();
  }
}
