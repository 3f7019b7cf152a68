/** The lab as a driver, and real programs behind its door. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import path from 'node:path';

import { endChild, exitOf, node, scriptArgs } from '../../scripts/process.ts';
import { type LabProcess, startLab } from '../../scripts/start/lab-process.ts';
import { labDevice } from '../../src-main/driver/device-lab.ts';
import { caller } from '../exec/lab.ts';
import type { Connection, Fate, Outcome, System } from './cases.ts';
import { Peer } from './peer.ts';

/** Nobody listens there: a connection that was permitted is refused by the other side. */
const TARGET = { address: '127.0.0.1', port: 9 };
/** Fewer than may be held of one process. */
const AT_ONCE = 200;

const outcomes: Readonly<Record<string, Outcome>> = {
  ECONNREFUSED: 'permitted',
  EACCES: 'blocked',
  EBADF: 'ended',
};

async function textOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await exitOf(child);
  return text;
}

export class LabSystem implements System {
  readonly second = 'busy';
  readonly programKilled = 'process-exited';
  readonly path = /caller-\d+$/;
  readonly target = TARGET;
  readonly explain = labDevice('').explain;
  readonly #program: string;
  readonly #folder: string;
  #lab: LabProcess | null = null;
  readonly #started = new Set<ChildProcess>();

  /** `program`: the lab's own. `folder` is there. */
  constructor(program: string, folder: string) {
    this.#program = program;
    this.#folder = folder;
  }

  get #socket(): string {
    return path.join(this.#folder, 'lab.sock');
  }

  client(name: string): Promise<Peer> {
    return Peer.start(path.join(this.#folder, name), (own, log) => {
      const output = openSync(log, 'w');
      const args = scriptArgs('test/device/guest/main.ts', [own, this.#socket]);
      return this.#keep(spawn(node, args, { stdio: ['ignore', output, output] }));
    });
  }

  /** The socket that closes does so by itself, a moment after the call. */
  connect(fate: Fate): Promise<Connection> {
    const mode = fate === 'closes' ? 'close' : 'connect';
    const child = this.#exec([mode, TARGET.address, String(TARGET.port)]);
    const outcome = textOf(child).then((text) => outcomes[text.split('\n')[0] ?? ''] ?? 'ended');
    const kill = async (): Promise<void> => {
      child.kill('SIGKILL');
      await exitOf(child);
    };
    return Promise.resolve({ outcome, close: () => Promise.resolve(), kill });
  }

  async flood(count: number): Promise<number> {
    let permitted = 0;
    for (let done = 0; done < count; done += AT_ONCE) {
      const child = this.#exec(['threads', String(AT_ONCE), String(TARGET.port)]);
      // oxlint-disable-next-line no-await-in-loop -- one program after the other
      permitted += Number((await textOf(child)).split('\n')[0]);
    }
    return permitted;
  }

  async load(): Promise<void> {
    this.#lab = await startLab({
      program: this.#program,
      socket: this.#socket,
      door: path.join(this.#folder, 'door.sock'),
      restarts: 0,
      say: console.log,
    });
    assert.ok(this.#lab !== null, 'the lab does not start');
  }

  /** Rules, leaks and what the sanitizers found are its exit code. */
  async unload(): Promise<void> {
    assert.ok(await this.#lab?.stop(), 'a rule was broken, or something was left');
    this.#lab = null;
  }

  clean(): Promise<void> {
    return Promise.resolve();
  }

  /** Ends whatever a failed case has left. */
  async stop(): Promise<void> {
    await Promise.all([...this.#started].map((child) => endChild(child)));
    await this.#lab?.stop();
  }

  #keep(child: ChildProcess): ChildProcess {
    this.#started.add(child);
    child.on('exit', () => this.#started.delete(child));
    return child;
  }

  #exec(args: readonly string[]): ChildProcess {
    const door = path.join(this.#folder, 'door.sock');
    const all = ['exec', '--door', door, '--', caller(), ...args];
    return this.#keep(spawn(this.#program, all, { stdio: ['ignore', 'pipe', 'inherit'] }));
  }
}
