/** An engine with everything around it in memory but the store: time, driver and identity do what a test says. */
import path from 'node:path';

import { compileList } from '../../../src-main/engine/blocklists/compile.ts';
import type { Verdict } from '../../../src-preload/contract/model.ts';
import { createEngine } from '../../../src-main/engine/engine.ts';
import type { Engine, EnginePorts } from '../../../src-main/engine/engine.ts';
import type {
  AccountsPort,
  Clock,
  Connection,
  DriverEvent,
  DriverListener,
  DriverPort,
  HoldAnswer,
  IdentityPort,
  NamesPort,
  NetworksPort,
  ListPorts,
  ManagedPort,
  ProbePort,
  ProcessKey,
  ProcessMapping,
  Reason,
  RuleHits,
  TableOutcome,
} from '../../../src-main/engine/ports.ts';
import { journalIn } from '../../../src-main/engine/journal/search-desk.ts';
import { openStore } from '../../../src-main/engine/store/store.ts';
import type { Store } from '../../../src-main/engine/store/store.ts';
import { noNames, noNetworks } from '../../../src-main/platform/names.ts';
import { readListSource } from '../../../src-main/platform/list-source.ts';
import { isHostProgram, isVolatileProgram } from '../../../src-main/platform/volatile-programs.ts';
import { temporaryFolder } from './temporary-folder.ts';

export class FakeClock implements Clock {
  time = 1_900_000_000_000;
  readonly #timers = new Set<{ at: number; run: () => void }>();

  now(): number {
    return this.time;
  }

  after(ms: number, run: () => void) {
    const timer = { at: this.time + ms, run };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Lets time pass; timers run in their order. */
  pass(ms: number): void {
    this.time += ms;
    const due = [...this.#timers]
      .filter(({ at }) => at <= this.time)
      .toSorted((a, b) => a.at - b.at);
    for (const timer of due) {
      this.#timers.delete(timer);
      timer.run();
    }
  }
}

/** A driver in memory that keeps the books: what is held, and what each id was answered. */
export class FakePort implements DriverPort {
  readonly held = new Map<bigint, Connection>();
  readonly answered = new Map<bigint, HoldAnswer>();
  readonly faults: string[] = [];
  kept = 0;
  calls = 0;
  noClient: Verdict | null = null;
  /** Answers of these ids come too late. */
  readonly late = new Set<bigint>();
  /** Every table that was set, and every mapping that was made. */
  readonly tables: { readonly bytes: Uint8Array; readonly version: number }[] = [];
  readonly mappings: ProcessMapping[] = [];
  /** What the next call of `ruleHits` says. */
  hits: RuleHits[] = [];
  #listener: DriverListener | null = null;
  #lastId = 0n;

  start(listener: DriverListener): void {
    this.#listener = listener;
  }

  stop(): Promise<void> {
    this.#listener = null;
    return Promise.resolve();
  }

  setNoClient(verdict: Verdict): void {
    this.noClient = verdict;
  }

  answer(ids: readonly bigint[], verdict: HoldAnswer): Promise<number> {
    if (ids.length > 0) this.calls += 1;
    return Promise.resolve(ids.filter((id) => this.#answerOne(id, verdict)).length);
  }

  setTable(bytes: Uint8Array, version: number): Promise<TableOutcome> {
    this.tables.push({ bytes, version });
    return Promise.resolve({ ok: true });
  }

  mapProcesses(mappings: readonly ProcessMapping[]): Promise<number> {
    this.mappings.push(...mappings);
    return Promise.resolve(mappings.length);
  }

  ruleHits(): Promise<readonly RuleHits[]> {
    return Promise.resolve(this.hits.splice(0));
  }

  connect(): void {
    this.held.clear();
    this.#listener?.connected('Fake driver');
  }

  lose(): void {
    this.held.clear();
    this.#listener?.lost({ reason: 'It is gone.', remedy: 'Wait.' });
  }

  /** Holds these, told in one batch. Their ids. */
  hold(...connections: readonly Connection[]): bigint[] {
    const events = connections.map((connection): DriverEvent => {
      this.#lastId += 1n;
      this.held.set(this.#lastId, connection);
      return { kind: 'held', id: this.#lastId, connection, deadline: connection.time + 60_000 };
    });
    this.send(events);
    return events.flatMap((event) => (event.kind === 'held' ? [event.id] : []));
  }

  settle(id: bigint, reason: Reason, time = 1_900_000_000_000): void {
    this.held.delete(id);
    this.send([{ kind: 'settled', id, verdict: 'block', reason, time }]);
  }

  send(events: readonly DriverEvent[], decidedLost = 0): void {
    this.#listener?.events(events, decidedLost);
  }

  #answerOne(id: bigint, verdict: HoldAnswer): boolean {
    if (verdict === 'keep') {
      this.kept += 1;
      return this.held.has(id);
    }
    if (this.answered.has(id)) this.faults.push(`${id} was answered twice`);
    this.answered.set(id, verdict);
    return !this.late.has(id) && this.held.delete(id);
  }
}

export interface FakeIdentity extends IdentityPort {
  boot: string;
  signIn: string;
  readonly gone: Set<string>;
  readonly dead: Set<bigint>;
  factsAsked: number;
}

export function fakeIdentity(): FakeIdentity {
  return {
    boot: 'first',
    dead: new Set(),
    factsAsked: 0,
    subjectOf: (full) => ({
      kind: 'path',
      key: full,
      name: full.slice(full.lastIndexOf('/') + 1),
      path: full,
    }),
    folded: (name) => name,
    callerOf(_process, full) {
      const subject = this.subjectOf(full);
      return { subject, subjects: [subject], ancestors: [], complete: true };
    },
    processFacts() {
      this.factsAsked += 1;
      return Promise.resolve({ commandLine: 'curl -sS', startedBy: 'bash', user: 'ann' });
    },
    isAlive(process: ProcessKey) {
      return Promise.resolve(!this.dead.has(process.id));
    },
    bootId() {
      return this.boot;
    },
    signIn: 'first',
    signInId() {
      return this.signIn;
    },
    gone: new Set(),
    fileExists(full) {
      return !this.gone.has(full);
    },
    isHost: isHostProgram,
    isVolatile: isVolatileProgram,
  };
}

export interface Bench {
  readonly engine: Engine;
  readonly driver: FakePort;
  readonly clock: FakeClock;
  readonly identity: FakeIdentity;
  readonly store: Store;
  readonly file: string;
  readonly warnings: string[];
  /** Ends this engine and starts another on the same file. */
  restart(
    change?: (identity: FakeIdentity) => void,
    kernel?: EnginePorts['kernel'],
  ): Promise<Bench>;
}

/** Real files and servers, compiled at once. */
export function listPorts(folder: string): ListPorts {
  return {
    folder: path.join(folder, 'blocklists'),
    read: readListSource,
    compile: (bytes) => Promise.resolve(compileList(bytes)),
  };
}

export function storeAt(file: string): Store {
  const opened = openStore(file);
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

/** A started engine whose driver is connected. */
export async function startBench(
  file = path.join(temporaryFolder(), 'portreeve.db'),
  given: {
    readonly identity?: FakeIdentity;
    readonly clock?: FakeClock;
    readonly store?: Store;
    readonly names?: NamesPort;
    readonly networks?: NetworksPort;
    readonly factory?: EnginePorts['factory'];
    readonly kernel?: EnginePorts['kernel'];
    readonly managed?: ManagedPort;
    readonly probe?: ProbePort;
    readonly accounts?: AccountsPort;
  } = {},
): Promise<Bench> {
  const {
    identity = fakeIdentity(),
    clock = new FakeClock(),
    store = storeAt(file),
    names = noNames,
    networks = noNetworks,
    factory = () => [],
    kernel = null,
    managed,
    probe,
    accounts,
  } = given;
  const driver = new FakePort();
  const warnings: string[] = [];
  const log = { warn: (message: string) => void warnings.push(message) };
  const lists = listPorts(path.dirname(file));
  const journal = journalIn(path.dirname(file));
  const ports = {
    driver,
    store,
    journal,
    clock,
    identity,
    names,
    networks,
    kernel,
    factory,
    lists,
    probe,
    accounts,
  };
  const engine = createEngine({ ...ports, log, ...(managed === undefined ? {} : { managed }) });
  await engine.start();
  driver.connect();
  const restart = async (
    change: (identity: FakeIdentity) => void = () => undefined,
    next: EnginePorts['kernel'] = kernel,
  ) => {
    await engine.stop();
    store.close();
    change(identity);
    const same = {
      ...{ identity, clock, names, networks, factory, kernel: next },
      ...(accounts === undefined ? {} : { accounts }),
    };
    return startBench(file, managed === undefined ? same : { ...same, managed });
  };
  return { engine, driver, clock, identity, store, file, warnings, restart };
}
