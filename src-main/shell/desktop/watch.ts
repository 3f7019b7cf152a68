/**
 * Watches whether a question may come up. Lock, sleep and switched sessions are told by Windows; whether a full screen is
 * there is asked when a card arrives, and again every two seconds only as long as it keeps one from coming up.
 */
import type { Clock, Timer } from '../../engine/ports.ts';
import { type Hindrance, type Presence, type ScreenUse, hindrance, present } from './presence.ts';

export interface Sensors {
  readonly screen: () => ScreenUse;
  readonly sessionActive: () => boolean;
}

const askAgainMs = 2000;

export class Watch {
  readonly #sensors: Sensors;
  readonly #clock: Clock;
  readonly #over: () => void;
  #presence: Presence = present;
  #timer: Timer | null = null;

  /** `over`: what kept questions away may be over. */
  constructor(sensors: Sensors, clock: Clock, over: () => void) {
    this.#sensors = sensors;
    this.#clock = clock;
    this.#over = over;
  }

  /** Windows told of a change. */
  told(change: Partial<Pick<Presence, 'locked' | 'suspended'>>): void {
    this.#presence = { ...this.#presence, ...change };
    this.#over();
  }

  /** Why a question that is there may not come up now; from then on `over` is called until it may. */
  hindrance(): Hindrance {
    const { screen, sessionActive } = this.#sensors;
    this.#presence = { ...this.#presence, screen: screen(), sessionActive: sessionActive() };
    const found = hindrance(this.#presence);
    this.#timer?.cancel();
    const isToldOf = this.#presence.locked || this.#presence.suspended;
    this.#timer =
      found === null || isToldOf ? null : this.#clock.after(askAgainMs, () => this.#over());
    return found;
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
