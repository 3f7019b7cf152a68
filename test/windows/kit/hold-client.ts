/** Portreeve's driver client for checks: answers what a check waits for, and lets everything else of the computer pass. */
import { setTimeout as pause } from 'node:timers/promises';

import { createDriverClient } from '../../../src-main/driver/client.ts';
import type { DeviceKind } from '../../../src-main/driver/device.ts';
import { defaultPolicy } from '../../../src-main/driver/policy.ts';
import type { Connection, DriverEvent, DriverPort } from '../../../src-main/engine/ports.ts';
import { systemClock } from '../../../src-main/platform/clock.ts';
import type { Verdict } from '../../../src-preload/contract/model.ts';

export type Held = Extract<DriverEvent, { kind: 'held' }>;
export type Settled = Extract<DriverEvent, { kind: 'settled' }>;
export type Decided = Extract<DriverEvent, { kind: 'decided' }>;
export type Match = (target: Connection['target']) => boolean;

const STEP_MS = 5;
const WAIT_MS = 10_000;
const HOLD_MS = 60_000;

/** Resolves with what `look` finds; rejects with what it waited for. */
export async function until<T>(
  what: string,
  look: () => T | undefined,
  ms = WAIT_MS,
): Promise<NonNullable<T>> {
  const end = performance.now() + ms;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== null) return found;
    if (performance.now() > end) throw new Error(`not within ${ms / 1000} s: ${what}`);
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    await pause(STEP_MS);
  }
}

export class HoldClient {
  readonly #kind: DeviceKind;
  readonly #watched: Match[] = [];
  readonly #held: Held[] = [];
  readonly #settled = new Map<bigint, Settled>();
  readonly decided: Decided[] = [];
  #port: DriverPort | null = null;
  #every: Verdict | null = null;
  #lost = '';

  constructor(kind: DeviceKind) {
    this.#kind = kind;
  }

  /** Resolves with how the driver calls itself. `holdMs`: when it decides by itself. */
  async start(holdMs = HOLD_MS): Promise<string> {
    const policy = { ...defaultPolicy({ loopback: 'ask' }), holdMs };
    const options = { kind: this.#kind, policy, clock: systemClock, version: 1, name: 'Driver' };
    const port = createDriverClient(options);
    let description: string | undefined;
    this.#port = port;
    port.start({
      connected: (name) => (description = name),
      lost: ({ reason }) => (this.#lost = reason),
      events: (events) => events.forEach((event) => this.#take(event)),
    });
    return until(`the driver (${this.#lost})`, () => description);
  }

  async stop(): Promise<void> {
    await this.#port?.stop();
    this.#port = null;
    this.#held.length = 0;
  }

  /** From now on such connections wait for the check. */
  watch(match: Match): void {
    this.#watched.push(match);
  }

  /** What is watched is answered at once; null: it waits. */
  answerEvery(verdict: Verdict | null): void {
    this.#every = verdict;
  }

  /** Ends every watch: nothing of an earlier check is taken for one of the next. */
  forget(): void {
    this.#watched.length = 0;
    this.#held.length = 0;
    this.#every = null;
  }

  /** The next watched connection that is held. */
  next(): Promise<Held> {
    return until('a connection to be held', () => this.#held.shift());
  }

  /** Throws when the driver had settled it already. */
  async answer({ id }: Held, verdict: Verdict): Promise<void> {
    const taken = await this.#port?.answer([id], verdict);
    if (taken !== 1) throw new Error('the hold was settled before its answer came');
  }

  settled({ id }: Held, ms?: number): Promise<Settled> {
    return until('the hold to be settled', () => this.#settled.get(id), ms);
  }

  #take(event: DriverEvent): void {
    if (event.kind === 'settled') this.#settled.set(event.id, event);
    else if (event.kind === 'decided') this.decided.push(event);
    else this.#takeHeld(event);
  }

  #takeHeld(held: Held): void {
    const ours = this.#watched.some((match) => match(held.connection.target));
    if (ours && this.#every === null) this.#held.push(held);
    else void this.#port?.answer([held.id], ours ? (this.#every ?? 'allow') : 'allow');
  }
}
