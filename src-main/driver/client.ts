/** The driver as the engine's port: connects, and again with growing pauses after every loss, until it is stopped. */
import type {
  Clock,
  DriverListener,
  DriverPort,
  HoldAnswer,
  ProcessMapping,
  RuleHits,
  TableOutcome,
  Timer,
} from '../engine/ports.ts';
import type { Verdict } from '../../src-preload/contract/model.ts';
import type { Device, DeviceFailure, DeviceKind } from './device.ts';
import type { Policy } from './messages.ts';
import { RuleSync } from './rule-sync.ts';
import { Session, greet } from './session.ts';
import type { SessionListener, Welcome } from './session.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5000;

export interface ClientOptions {
  readonly kind: DeviceKind;
  /** That each session starts with, but for what `setNoClient` says. */
  readonly policy: Policy;
  readonly clock: Clock;
  /** major << 16 | minor << 8 | patch, for the driver's log. */
  readonly version: number;
  /** How people call the driver, such as "Lab driver". */
  readonly name: string;
}

/** The port over a device of this kind. */
export function createDriverClient(options: ClientOptions): DriverPort {
  return new DriverClient(options);
}

class DriverClient implements DriverPort {
  readonly #options: ClientOptions;
  readonly #rules = new RuleSync();
  #listener: DriverListener | null = null;
  #session: Session | null = null;
  #device: Device | null = null;
  #retry: Timer | null = null;
  #wake: (() => void) | null = null;
  #pause = FIRST_PAUSE_MS;
  #told: string | null = null;
  #noClient: Verdict;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#noClient = options.policy.noClient;
  }

  start(listener: DriverListener): void {
    if (this.#listener !== null) return;
    this.#listener = listener;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#listener = null;
    this.#retry?.cancel();
    this.#wake?.();
    await this.#device?.close();
    await this.#running;
  }

  /** A session that ends meanwhile is followed by one that is told. */
  setNoClient(verdict: Verdict): void {
    if (verdict === this.#noClient) return;
    this.#noClient = verdict;
    void this.#session?.setPolicy(this.#policy());
  }

  #policy(): Policy {
    return { ...this.#options.policy, noClient: this.#noClient };
  }

  answer(ids: readonly bigint[], verdict: HoldAnswer): Promise<number> {
    return this.#session?.answer(ids, verdict) ?? Promise.resolve(0);
  }

  setTable(bytes: Uint8Array, version: number): Promise<TableOutcome> {
    return this.#rules.setTable(bytes, version);
  }

  mapProcesses(mappings: readonly ProcessMapping[]): Promise<number> {
    return this.#rules.mapProcesses(mappings);
  }

  ruleHits(): Promise<readonly RuleHits[]> {
    return this.#rules.ruleHits();
  }

  /** A separate question, since `stop` may come during any wait. */
  #stopped(): boolean {
    return this.#listener === null;
  }

  async #run(): Promise<void> {
    while (!this.#stopped()) {
      // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
      const failure = await this.#attempt();
      if (this.#stopped()) return;
      this.#tellLoss(failure);
      // oxlint-disable-next-line no-await-in-loop
      await this.#wait();
    }
  }

  /** Ends when there is no session any more. */
  async #attempt(): Promise<DeviceFailure> {
    const opened = await this.#options.kind.open();
    if (!opened.ok) return opened.failure;
    const { device } = opened;
    this.#device = device;
    if (this.#stopped()) await device.close();
    const { kind, version } = this.#options;
    const greeted = await greet(device, version, this.#policy(), kind.patience);
    const failure = greeted.ok ? await this.#serve(device, greeted.welcome) : greeted.failure;
    await device.close();
    this.#device = null;
    return failure;
  }

  async #serve(device: Device, welcome: Welcome): Promise<DeviceFailure> {
    const events: SessionListener['events'] = (...batch) => this.#listener?.events(...batch);
    const session = new Session(device, welcome.session, { events }, this.#options.kind.patience);
    this.#session = session;
    this.#rules.attach(session);
    this.#pause = FIRST_PAUSE_MS;
    this.#told = null;
    this.#listener?.connected(`${this.#options.name} ${versionText(welcome.driverVersion)}`);
    const failure = await session.run();
    this.#session = null;
    this.#rules.attach(null);
    return failure;
  }

  /** The same news is told once, however often it is found out. */
  #tellLoss(failure: DeviceFailure): void {
    const text = this.#options.kind.explain(failure);
    if (this.#told === text.reason) return;
    this.#told = text.reason;
    this.#listener?.lost(text);
  }

  #wait(): Promise<void> {
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#retry = this.#options.clock.after(pause, resolve);
    });
  }
}

function versionText(version: number): string {
  return `${version >>> 16}.${(version >>> 8) & 255}.${version & 255}`;
}
