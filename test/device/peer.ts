/**
 * Another process with Portreeve's driver client, from the host's side: commands, their replies, and what it tells by itself.
 * Both go through files, since Node has no pipes under Wine. The other side is guest/serve.ts.
 */
import type { ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { endChild, exitOf } from '../../scripts/process.ts';

const POLL_MS = 10;
/** None of these is measured: they end a run that hangs, on however busy a machine. */
const START_MS = 180_000;
const CALL_MS = 120_000;

export interface PeerEvent {
  readonly event: string;
  readonly description?: string;
  readonly reason?: string;
  readonly remedy?: string;
  readonly count?: number;
  readonly detail?: {
    readonly id: string;
    readonly verdict?: string;
    readonly reason?: string;
    readonly connection?: {
      readonly path: string;
      readonly process: { readonly id: string; readonly created: string };
      readonly target: { readonly address: string; readonly port: number };
    };
  };
}

interface Reply {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** Starts the program with this folder as its argument; its output goes to `log`. */
export type Launch = (own: string, log: string) => ChildProcess | Promise<ChildProcess>;

export class Peer {
  readonly #name: string;
  readonly #folder: string;
  readonly #child: ChildProcess;
  #lastId = 0;
  #taken = 0;
  /** As its own system counts: in Wine, Windows' process id. */
  readonly processId: number;

  private constructor(own: string, child: ChildProcess, processId: number) {
    this.#name = path.basename(own);
    this.#folder = own;
    this.#child = child;
    this.processId = processId;
  }

  /** Resolves once it listens; `own` is a folder of its own, made anew. */
  static async start(own: string, launch: Launch): Promise<Peer> {
    const name = path.basename(own);
    rmSync(own, { recursive: true, force: true });
    mkdirSync(own, { recursive: true });
    writeFileSync(path.join(own, 'in'), '');
    writeFileSync(path.join(own, 'out'), '');
    const child = await launch(own, path.join(own, 'log'));
    const ready = path.join(own, 'ready');
    await until(`${name} starts`, START_MS, () => existsSync(ready) || child.exitCode !== null);
    if (!existsSync(ready)) throw new Error(readFileSync(path.join(own, 'log'), 'utf8'));
    await until(`${name} is ready`, START_MS, () => readFileSync(ready, 'utf8') !== '');
    return new Peer(own, child, Number(readFileSync(ready, 'utf8')));
  }

  /** Sends a command; the reply may be waited for later. */
  async call(name: string, input: unknown = null, ms = CALL_MS): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    appendFileSync(path.join(this.#folder, 'in'), `${JSON.stringify({ id, name, input })}\n`);
    let reply: Reply | undefined;
    await until(`${this.#name}: ${name}`, ms, () => {
      reply = this.#lines().find((line) => 'id' in line && line.id === id);
      return reply !== undefined;
    });
    if (reply?.error !== undefined) throw new Error(`${this.#name}: ${name}: ${reply.error}`);
    return reply?.result;
  }

  /** The next event that was not taken yet; waits for it. */
  async next(ms = CALL_MS): Promise<PeerEvent> {
    await until(`${this.#name}: an event`, ms, () => this.events().length > this.#taken);
    const event = this.events()[this.#taken];
    this.#taken += 1;
    if (event === undefined) throw new Error('no event');
    return event;
  }

  /** Whether there is an event that was not taken yet. */
  hasNews(): boolean {
    return this.events().length > this.#taken;
  }

  /** All events, taken or not. */
  events(): readonly PeerEvent[] {
    return this.#lines().filter((line) => 'event' in line);
  }

  /** As a crash would: nothing is said to it. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await exitOf(this.#child);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    await this.call('exit').catch(() => undefined);
    await Promise.race([exitOf(this.#child), pause(5000)]);
    await endChild(this.#child);
  }

  #lines(): (Reply & PeerEvent)[] {
    const lines = readFileSync(path.join(this.#folder, 'out'), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Reply & PeerEvent);
  }
}

/** Throws, and says what it waited for, when the time is over. */
export async function until(what: string, ms: number, done: () => boolean): Promise<void> {
  const end = performance.now() + ms;
  while (!done()) {
    if (performance.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    // oxlint-disable-next-line no-await-in-loop
    await pause(POLL_MS);
  }
}
