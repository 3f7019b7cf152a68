/** The lab, its client and real programs behind its door, for the tests of this folder. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { type Variant, buildLab } from '../../scripts/native.ts';
import { exitOf, findProgram, root } from '../../scripts/process.ts';
import { createDriverClient } from '../../src-main/driver/client.ts';
import { labDevice } from '../../src-main/driver/device-lab.ts';
import { defaultPolicy } from '../../src-main/driver/policy.ts';
import type { DriverEvent, DriverPort, Reason } from '../../src-main/engine/ports.ts';
import { systemClock } from '../../src-main/platform/clock.ts';
import type { Verdict } from '../../src-preload/contract/model.ts';

export type Held = Extract<DriverEvent, { kind: 'held' }>;
export type Decided = Extract<DriverEvent, { kind: 'decided' }>;

export interface Finished {
  /** Exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
  /** performance.now() when it ended. */
  readonly at: number;
}

export interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Finished>;
}

/** `default`, or the lab with sanitizers: `asan`, `tsan`. */
const variant = (process.env['PORTREEVE_LAB_VARIANT'] ?? 'default') as Variant;
/** What "at once" is in milliseconds; a program with sanitizers takes its time to end. */
export const atOnceMs = variant === 'default' ? 50 : 1000;
const waitMs = 10_000;
const stepMs = 5;

/** Resolves when `ready` does; rejects with what it waited for. */
export async function until(what: string, ready: () => boolean): Promise<void> {
  const end = performance.now() + waitMs;
  while (!ready()) {
    if (performance.now() > end) throw new Error(`waited ${waitMs / 1000} s for ${what}`);
    // oxlint-disable-next-line no-await-in-loop -- one look after the other
    await delay(stepMs);
  }
}

/** The one client of the lab: what Portreeve's main process is otherwise. */
export class Client {
  readonly decided: Decided[] = [];
  readonly settled = new Map<bigint, { verdict: Verdict; reason: Reason }>();
  readonly #held = new Map<bigint, Held>();
  readonly #port: DriverPort;
  #every: Verdict | null = null;
  #connections = 0;

  constructor(socket: string, noClient: Verdict) {
    this.#port = createDriverClient({
      kind: labDevice(socket),
      policy: defaultPolicy({ loopback: 'ask', noClient }),
      clock: systemClock,
      version: 1,
      name: 'Lab',
    });
  }

  async start(): Promise<void> {
    const before = this.#connections;
    this.#port.start({
      connected: () => {
        this.#connections += 1;
      },
      lost: () => this.#held.clear(),
      events: (events) => events.forEach((event) => this.#take(event)),
    });
    await until('the client to connect', () => this.#connections > before);
  }

  stop(): Promise<void> {
    return this.#port.stop();
  }

  /** What is held now and has not been answered. */
  held(): Held[] {
    return [...this.#held.values()];
  }

  /** Waits until exactly so many are held, and returns them. */
  async expectHeld(count: number): Promise<Held[]> {
    await until(`${count} holds (there are ${this.#held.size})`, () => this.#held.size === count);
    return this.held();
  }

  /** Resolves with how many the driver took. */
  answer(held: readonly Held[], verdict: Verdict): Promise<number> {
    const ids = held.map(({ id }) => id);
    for (const id of ids) this.#held.delete(id);
    return this.#port.answer(ids, verdict);
  }

  /** Waits for one hold and answers it; returns it. */
  async answerNext(verdict: Verdict): Promise<Held> {
    const [held] = await this.expectHeld(1);
    if (held === undefined) throw new Error('unreachable');
    const taken = await this.answer([held], verdict);
    if (taken !== 1) throw new Error('the hold was settled before its answer came');
    return held;
  }

  /** From now on everything is answered at once; null: nothing is. */
  answerEvery(verdict: Verdict | null): void {
    this.#every = verdict;
    if (verdict !== null) void this.answer(this.held(), verdict);
  }

  #take(event: DriverEvent): void {
    if (event.kind === 'decided') {
      this.decided.push(event);
    } else if (event.kind === 'settled') {
      this.#held.delete(event.id);
      this.settled.set(event.id, event);
    } else {
      this.#held.set(event.id, event);
      if (this.#every !== null) void this.answer([event], this.#every);
    }
  }
}

export class Lab {
  readonly folder: string;
  readonly program: string;
  readonly client: Client;
  readonly #running = new Set<Program>();
  readonly #more: readonly string[];
  #child: ChildProcess | null = null;
  #complaints = '';

  /** `more`: further arguments for `serve`. */
  static async start(noClient: Verdict = 'block', more: readonly string[] = []): Promise<Lab> {
    const built = await buildLab(() => {}, variant);
    if (!built.ok) throw new Error(built.line);
    const lab = new Lab(built.program, noClient, more);
    await lab.serve();
    await lab.client.start();
    return lab;
  }

  private constructor(program: string, noClient: Verdict, more: readonly string[]) {
    this.#more = more;
    this.folder = mkdtempSync(path.join(tmpdir(), 'portreeve-exec-'));
    this.program = program;
    this.client = new Client(path.join(this.folder, 'lab.sock'), noClient);
  }

  get door(): string {
    return path.join(this.folder, 'door.sock');
  }

  /** Starts the lab's process, also again. */
  async serve(): Promise<void> {
    const socket = path.join(this.folder, 'lab.sock');
    const args = [
      'serve',
      '--socket',
      socket,
      '--door',
      this.door,
      '--exit-with-stdin',
      ...this.#more,
    ];
    const child = spawn(this.program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child = child;
    child.stderr.on('data', (text: Buffer) => {
      this.#complaints += text.toString();
    });
    const lines = createInterface({ input: child.stdout });
    await new Promise<void>((resolve, reject) => {
      lines.once('line', () => resolve());
      child.once('exit', () => reject(new Error(`the lab did not start: ${this.#complaints}`)));
    });
  }

  /** The lab dies as if by a crash. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    if (this.#child !== null) await exitOf(this.#child);
  }

  /** Asks it to unload the driver and end; resolves with its exit code: 1 when a rule was broken. */
  async unload(): Promise<number> {
    this.#child?.kill('SIGTERM');
    return this.#child === null ? 0 : exitOf(this.#child);
  }

  /** Runs a program behind the door. */
  run(program: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Program {
    return this.launch(['exec', '--door', this.door, '--', program, ...args], env);
  }

  caller(...args: readonly (string | number)[]): Program {
    return this.run(caller(), args.map(String));
  }

  /** Runs the lab's program itself. */
  launch(args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    return this.start(this.program, args, env);
  }

  /** Runs a program as it is; it is ended with the lab. */
  start(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    const child = spawn(file, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const program = { child, ended: endOf(child) };
    this.#running.add(program);
    void program.ended.then(() => this.#running.delete(program));
    return program;
  }

  /** Ends everything. Rejects when the lab found a broken rule or didn't end well. */
  async stop(): Promise<void> {
    for (const { child } of this.#running) child.kill('SIGKILL');
    await Promise.all([...this.#running].map(({ ended }) => ended));
    await this.client.stop();
    const code = await this.unload();
    rmSync(this.folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the lab ended with ${code}: ${this.#complaints}`);
  }
}

function endOf(child: ChildProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code: code ?? signal ?? -1, stdout, stderr, at: performance.now() });
    });
  });
}

/** The small C program of this folder that makes every kind of call; see its head. */
export function caller(): string {
  return compile('caller');
}

const compiled = new Map<string, string>();

/** Compiles test/exec/programs/NAME.c, once. */
export function compile(name: string): string {
  const before = compiled.get(name);
  if (before !== undefined) return before;
  const folder = path.join(root, 'build', 'test-exec');
  mkdirSync(folder, { recursive: true });
  const source = path.join(import.meta.dirname, 'programs', `${name}.c`);
  const program = path.join(folder, `${name}-${process.pid}`);
  execFileSync(process.env['CC'] ?? 'cc', ['-O1', '-o', program, source, '-pthread']);
  process.once('exit', () => rmSync(program, { force: true }));
  compiled.set(name, program);
  return program;
}

/** The words that a caller printed. */
export function words({ stdout }: Finished): string[] {
  return stdout.split('\n').filter((word) => word !== '');
}

export function need(name: string): string {
  const found = findProgram(name);
  if (found === null) throw new Error(`this test needs ${name}`);
  return found;
}
