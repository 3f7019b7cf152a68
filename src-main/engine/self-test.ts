/**
 * "Ask me now": has a program make a connection that no rule knows, and notes when it is held, told, painted, answered and
 * released. It is known by its address and a port that is drawn for each test. A program that guesses both gets an answer for
 * once, for an address where nobody is.
 */
import { randomInt } from 'node:crypto';

import type { Verdict } from '../../src-preload/contract/model.ts';
import type {
  SelfTestProblem,
  SelfTestStep,
  SelfTestView,
} from '../../src-preload/contract/upkeep.ts';
import type { Clock, DriverEvent, ProbePort, Timer } from './ports.ts';

export interface SelfTestPorts {
  readonly clock: Clock;
  /** Absent where no program can be had. */
  readonly probe?: ProbePort | undefined;
  /** Why nobody would be asked now; null where somebody would. */
  readonly obstacle: () => SelfTestProblem | null;
  readonly changed: () => void;
}

type Held = Extract<DriverEvent, { kind: 'held' }>;
type Settled = Extract<DriverEvent, { kind: 'settled' }>;

/** Ports that are given to nobody (RFC 6335, section 6). */
const FIRST_PORT = 49_152;
const LAST_PORT = 65_535;
/** Longer than any program takes to start. */
const PATIENCE_MS = 10_000;
/** What the driver tells may come after the end of the program that it is about. */
const GRACE_MS = 500;

const nothing: SelfTestView = {
  state: 'failed',
  program: '',
  steps: {},
  verdict: null,
  problem: null,
};

export class SelfTest {
  readonly #ports: SelfTestPorts;
  #view: SelfTestView | null = null;
  #startedAt = 0;
  #port = 0;
  #holdId: bigint | null = null;
  #timer: Timer | null = null;
  #program: { stop(): void } | null = null;

  constructor(ports: SelfTestPorts) {
    this.#ports = ports;
  }

  /** Null before the first one. */
  get view(): SelfTestView | null {
    return this.#view;
  }

  /** The hold that the test is about; null where nothing of it is held. */
  get holdId(): bigint | null {
    return this.#holdId;
  }

  /** Ends the one before. */
  start(): void {
    this.stop();
    const { probe, clock, obstacle, changed } = this.#ports;
    const problem = probe === undefined ? 'no-program' : obstacle();
    if (probe === undefined || problem !== null) {
      this.#view = { ...nothing, problem };
      return changed();
    }
    this.#view = { ...nothing, state: 'running', program: probe.program };
    this.#startedAt = clock.now();
    this.#port = randomInt(FIRST_PORT, LAST_PORT + 1);
    this.#wait(PATIENCE_MS, 'not-held');
    const mine = this.#port;
    this.#program = probe.start(mine, (wasThere) => this.#programEnded(mine, wasThere));
    changed();
  }

  stop(): void {
    if (this.#view?.state === 'running') this.#fail('stopped');
  }

  /** Looks for the connection of the test in what the driver tells. */
  saw(events: readonly DriverEvent[]): void {
    if (this.#view?.state !== 'running') return;
    for (const event of events) {
      if (event.kind === 'held') this.#sawHeld(event);
      if (event.kind === 'settled' && event.id === this.#holdId) this.#sawSettled(event);
    }
  }

  painted(): void {
    if (this.#holdId !== null && this.#view?.steps.painted === undefined) this.#reach('painted');
  }

  /** The session of the driver is over. */
  lost(): void {
    if (this.#view?.state === 'running') this.#fail('driver-lost');
  }

  answered(verdict: Verdict): void {
    if (this.#view === null || this.#holdId === null) return;
    this.#view = { ...this.#view, verdict };
    this.#reach('answered');
  }

  #sawHeld({ id, connection: { target, time } }: Held): void {
    const isOther = target.port !== this.#port || target.address !== this.#ports.probe?.address;
    if (this.#holdId !== null || isOther) return;
    this.#holdId = id;
    this.#timer?.cancel();
    this.#reach('held', time);
    this.#reach('told');
  }

  #sawSettled({ reason }: Settled): void {
    if (reason !== 'answered') return this.#fail('not-answered');
    this.#reach('released');
    this.#end({ state: 'done' });
  }

  #reach(step: SelfTestStep, at = this.#ports.clock.now()): void {
    if (this.#view?.state !== 'running') return;
    const steps = { ...this.#view.steps, [step]: Math.max(0, at - this.#startedAt) };
    this.#view = { ...this.#view, steps };
    this.#ports.changed();
  }

  #programEnded(port: number, wasThere: boolean): void {
    if (this.#port !== port || this.#view?.state !== 'running' || this.#holdId !== null) return;
    this.#wait(GRACE_MS, wasThere ? 'not-held' : 'no-program');
  }

  #wait(ms: number, problem: SelfTestProblem): void {
    this.#timer?.cancel();
    this.#timer = this.#ports.clock.after(ms, () => this.#fail(problem));
  }

  #fail(problem: SelfTestProblem): void {
    this.#end({ state: 'failed', problem });
  }

  #end(end: Pick<SelfTestView, 'state'> & Partial<SelfTestView>): void {
    this.#timer?.cancel();
    if (this.#view !== null) this.#view = { ...this.#view, ...end };
    this.#holdId = null;
    this.#program?.stop();
    this.#program = null;
    this.#ports.changed();
  }
}
