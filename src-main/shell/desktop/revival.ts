/**
 * What to do about a page whose process is gone. Questions live in main, so a page that is loaded again shows them all. A page
 * that dies again and again is given growing pauses, and never given up: without it nobody could answer.
 */
const firstPauseMs = 0;
const nextPauseMs = 500;
const longestPauseMs = 30_000;
/** A page that lived this long is well again. */
const healthyMs = 60_000;

export class Revival {
  #pause = firstPauseMs;
  #lastDeath = Number.NEGATIVE_INFINITY;

  /** How long to wait before the page is loaded again, ms. */
  afterDeath(now: number): number {
    const since = now - this.#lastDeath;
    if (since > healthyMs || since < 0) this.#pause = firstPauseMs;
    this.#lastDeath = now;
    const pause = this.#pause;
    this.#pause = Math.min(Math.max(nextPauseMs, pause * 2), longestPauseMs);
    return pause;
  }
}
