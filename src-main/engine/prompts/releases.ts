/** Answers on their way: whom they were for, until the driver has confirmed how each connection ended. */
import type { Verdict } from '../../../src-preload/contract/model.ts';
import { MAX_HELD } from '../limits.ts';
import type { Connection, DriverPort, Subject } from '../ports.ts';

export interface Released {
  readonly id: bigint;
  readonly subject: Subject;
  readonly connection: Connection;
}

export class Releases {
  readonly #driver: DriverPort;
  readonly #open = new Map<bigint, Released>();

  constructor(driver: DriverPort) {
    this.#driver = driver;
  }

  /** Sends one verdict for all of these. Resolves with how many of them it reached in time. */
  async send(released: readonly Released[], verdict: Verdict): Promise<number> {
    for (const each of released) this.#open.set(each.id, each);
    this.#bound();
    const accepted = await this.#driver.answer(
      released.map(({ id }) => id),
      verdict,
    );
    if (accepted === released.length) for (const { id } of released) this.#open.delete(id);
    return accepted;
  }

  /** Takes the one with this id: when the driver says that something else ended it, our answer came too late. */
  take(id: bigint): Released | null {
    const released = this.#open.get(id);
    if (released === undefined) return null;
    this.#open.delete(id);
    return released;
  }

  clear(): void {
    this.#open.clear();
  }

  /** A driver that never confirms must not fill the memory. */
  #bound(): void {
    for (const id of this.#open.keys()) {
      if (this.#open.size <= MAX_HELD * 2) return;
      this.#open.delete(id);
    }
  }
}
