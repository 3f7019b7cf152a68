/** What happens to a connection that no rule is about, and for how long. Modes never touch a rule. */
import { randomUUID } from 'node:crypto';

import type { ModeName } from '../../../src-preload/contract/rules.ts';
import { MAX_TIMER_MS } from '../limits.ts';
import type { Clock, Log, Subject, Timer } from '../ports.ts';
import type { Store, StoreResult } from '../store/store.ts';
import { isOver } from './mode-state.ts';
import type { ModeState } from './mode-state.ts';
import { subjectText } from './rule.ts';

/** What an administrator says about modes. */
export interface ModePolicy {
  /** Null: the user's own. */
  readonly mode: ModeName | null;
  /** Nothing is paused. */
  readonly noPauses: boolean;
}

const free: ModePolicy = { mode: null, noPauses: false };

export interface ModesPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

const asking: ModeState = { mode: 'ask', startedAt: 0, until: null, pauses: [] };

export class Modes {
  readonly #ports: ModesPorts;
  readonly #ended: () => void;
  readonly #policy: () => ModePolicy;
  #state: ModeState = asking;
  #timer: Timer | null = null;

  /** `ended`: something ended by itself. */
  constructor(ports: ModesPorts, ended: () => void, policy: () => ModePolicy = () => free) {
    this.#ports = ports;
    this.#ended = ended;
    this.#policy = policy;
  }

  /** Takes up what was in force when Portreeve ended. `isFirst`: nothing was ever in force. */
  load(): StoreResult<{ readonly isFirst: boolean }> {
    const loaded = this.#ports.store.loadMode();
    if (!loaded.ok) return loaded;
    this.#state = loaded.value ?? asking;
    this.#wait();
    return { ok: true, value: { isFirst: loaded.value === null } };
  }

  /** What is in force now. The user's own mode comes back when no policy sets one any more. */
  now(): ModeState {
    const { mode, noPauses } = this.#policy();
    const own = this.#own();
    if (mode === null && !noPauses) return own;
    const pauses = noPauses ? [] : own.pauses;
    return mode === null ? { ...own, pauses } : { mode, startedAt: 0, until: null, pauses };
  }

  #own(): ModeState {
    const now = this.#ports.clock.now();
    const { mode, startedAt, until, pauses } = this.#state;
    const left = pauses.filter((pause) => !isOver(pause, now));
    if (until !== null && isOver({ startedAt, until }, now)) return { ...asking, pauses: left };
    return left.length === pauses.length ? this.#state : { mode, startedAt, until, pauses: left };
  }

  /** Whether this subject, or everything, is paused. */
  isPaused(subject: Subject): boolean {
    return this.now().pauses.some(({ subject: of }) => of === null || isSame(of, subject));
  }

  /** `until` null: until it is changed. */
  set(mode: ModeName, until: number | null): StoreResult<null> {
    const startedAt = this.#ports.clock.now();
    return this.#save({ mode, startedAt, until, pauses: this.#own().pauses });
  }

  /** In place of an earlier pause of the same subject. */
  pause(subject: Subject | null, ms: number): StoreResult<null> {
    const startedAt = this.#ports.clock.now();
    const others = this.#own().pauses.filter((pause) => !isSame(pause.subject, subject));
    const pauses = [
      ...others,
      { pauseId: randomUUID(), subject, startedAt, until: startedAt + ms },
    ];
    return this.#save({ ...this.#own(), pauses });
  }

  /** Null: it has ended already. */
  resume(pauseId: string): StoreResult<null> | null {
    const state = this.#own();
    const pauses = state.pauses.filter((pause) => pause.pauseId !== pauseId);
    return pauses.length === state.pauses.length ? null : this.#save({ ...state, pauses });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #save(state: ModeState): StoreResult<null> {
    const saved = this.#ports.store.saveMode(state);
    if (!saved.ok) return saved;
    this.#state = state;
    this.#wait();
    return saved;
  }

  /** Until the next thing ends. Its end counts by the clock as well, so a timer that is late opens nothing. */
  #wait(): void {
    this.#timer?.cancel();
    const { until, pauses } = this.#own();
    const ends = [...pauses.map((pause) => pause.until), ...(until === null ? [] : [until])];
    if (ends.length === 0) return;
    const now = this.#ports.clock.now();
    const wait = Math.max(0, Math.min(Math.min(...ends) - now, MAX_TIMER_MS));
    this.#timer = this.#ports.clock.after(wait, () => this.#end());
  }

  #end(): void {
    const saved = this.#save(this.#own());
    if (!saved.ok) this.#ports.log.warn(saved.error.message);
    this.#ended();
  }
}

function isSame(one: Subject | null, other: Subject | null): boolean {
  if (one === null || other === null) return one === other;
  return subjectText(one) === subjectText(other);
}
