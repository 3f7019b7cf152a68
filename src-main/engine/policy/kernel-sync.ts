/**
 * Keeps the kernel's rules in step with the engine's: a change is told a little later, the latest state only. Processes
 * whose class changes are taken out before the new rules come and put back after, so that none is ever decided by rules
 * that are not its own; meanwhile the engine is asked.
 */
import type { KernelView } from '../../../src-preload/contract/model.ts';
import { HITS_MS, MAX_KNOWN, TABLE_MS } from '../limits.ts';
import type { Clock, Connection, IdentityPort, KernelPort, Log, Timer } from '../ports.ts';
import type { Callers } from '../subjects/callers.ts';
import type { PlainPolicy } from './compile/plain.ts';
import { KernelPolicies } from './kernel-policy.ts';
import type { KernelPolicy, Known } from './kernel-policy.ts';
import type { Modes } from './modes.ts';
import type { RuleBook } from './rule-book.ts';
import { processText } from './rule.ts';

export interface KernelSyncPorts {
  readonly kernel: KernelPort;
  readonly clock: Clock;
  readonly identity: IdentityPort;
  readonly log: Log;
  readonly rules: RuleBook;
  readonly modes: Modes;
  readonly callers: Callers;
  /** `state` has changed. */
  readonly told: () => void;
}

type Mapping = KernelPolicy['mappings'][number];

export class KernelSync {
  readonly #ports: KernelSyncPorts;
  readonly #policies = new KernelPolicies();
  /** The processes that were judged last, the least recent first. */
  readonly #known = new Map<string, Connection>();
  /** Where the kernel has them. */
  readonly #mapped = new Map<string, Mapping>();
  /** What the kernel has taken. */
  #taken: PlainPolicy | null = null;
  #problem: string | null = null;
  #timer: Timer | null = null;
  #hits: Timer | null = null;
  #pushing: Promise<void> = Promise.resolve();
  #isConnected = false;

  constructor(ports: KernelSyncPorts) {
    this.#ports = ports;
  }

  /** The version that the kernel decides by, and what went wrong last. */
  get state(): KernelView {
    return { version: this.#taken?.version ?? null, problem: this.#problem };
  }

  /** A new session: everything is told again. */
  connected(): void {
    this.#isConnected = true;
    this.#taken = null;
    this.#mapped.clear();
    this.mark();
    this.#countLater();
  }

  /** Nothing is told until the next session. */
  lost(): void {
    this.#isConnected = false;
    this.#hits?.cancel();
    this.#hits = null;
  }

  /** Something changed by which the kernel decides. */
  mark(): void {
    if (!this.#isConnected) return;
    this.#timer ??= this.#ports.clock.after(TABLE_MS, () => {
      this.#timer = null;
      this.#pushing = this.#pushing.then(() => this.#push());
    });
  }

  /** A connection of this process was judged. */
  know(connection: Connection): void {
    if (connection.pathCut) return;
    const key = processText(connection.process);
    const isNew = !this.#known.has(key);
    this.#known.delete(key);
    this.#known.set(key, connection);
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    // Learning makes rules without anybody's doing.
    if (isNew || this.#ports.rules.table.hasChanges) this.mark();
  }

  /** Adds what the kernel has counted to the rules. */
  async count(): Promise<void> {
    this.#hits?.cancel();
    this.#hits = null;
    for (const { ruleId, hits } of await this.#ports.kernel.ruleHits()) {
      this.#ports.rules.addHits(ruleId, hits);
    }
    this.#countLater();
  }

  async stop(): Promise<void> {
    if (this.#isConnected) await this.count();
    this.lost();
    this.#timer?.cancel();
    await this.#pushing;
  }

  #countLater(): void {
    if (!this.#isConnected) return;
    this.#hits ??= this.#ports.clock.after(HITS_MS, () => {
      this.#hits = null;
      void this.count();
    });
  }

  async #push(): Promise<void> {
    if (!this.#isConnected) return;
    const { kernel, log, told } = this.#ports;
    const { policy, mappings } = await this.#build();
    const wanted = new Map(mappings.map((one) => [processText(one.process), one]));
    await this.#map(this.#outdated(wanted));
    if (!isSame(this.#taken, policy)) {
      const outcome = await kernel.setTable(policy);
      if (!this.#isConnected || (!outcome.ok && outcome.problem === null)) return;
      this.#problem = outcome.ok ? null : outcome.problem;
      if (outcome.ok) this.#taken = policy;
      told();
      if (!outcome.ok) return log.warn(`The driver keeps its older rules: ${outcome.problem}.`);
    }
    await this.#map(mappings.filter(({ process }) => !this.#mapped.has(processText(process))));
  }

  async #build(): Promise<KernelPolicy> {
    const { rules, modes, identity, callers } = this.#ports;
    const known = await Promise.all(
      [...this.#known.values()].map(async (connection): Promise<Known> => {
        const caller = await callers.of(connection);
        return { process: connection.process, caller };
      }),
    );
    return this.#policies.build({ table: rules.table, state: modes.now(), identity, known });
  }

  /** Processes that are somewhere else now, or not known any more. */
  #outdated(wanted: ReadonlyMap<string, Mapping>): Mapping[] {
    return [...this.#mapped]
      .filter(([key, { subjectId }]) => wanted.get(key)?.subjectId !== subjectId)
      .map(([, { process }]) => ({ process, subjectId: null }));
  }

  /** Null takes a process out. */
  async #map(mappings: readonly Mapping[]): Promise<void> {
    const some = mappings.filter(({ process, subjectId }) => {
      return subjectId !== null || this.#mapped.has(processText(process));
    });
    for (const one of some) {
      if (one.subjectId === null) this.#mapped.delete(processText(one.process));
      else this.#mapped.set(processText(one.process), one);
    }
    if (some.length > 0) await this.#ports.kernel.mapProcesses(some);
  }
}

/** Whether both are the same rules: what does not change is not made anew. */
function isSame(taken: PlainPolicy | null, policy: PlainPolicy): boolean {
  if (taken === null || taken.everybody !== policy.everybody) return false;
  const before = new Set(taken.subjects);
  return (
    before.size === policy.subjects.length &&
    policy.subjects.every((subject) => before.has(subject))
  );
}
