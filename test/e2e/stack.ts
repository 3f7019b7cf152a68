/** The real thing, without a person: the lab, Portreeve's main in the browser shell, and programs whose connections are held. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildLab } from '../../scripts/native.ts';
import { endChild, exitOf, root } from '../../scripts/process.ts';
import { type BrowserMain, startBrowserMain } from '../../scripts/start/browser-shell.ts';
import { type LabProcess, startLab } from '../../scripts/start/lab-process.ts';
import { electronProgram, startElectronMain } from './electron.ts';
import { probeArgs } from '../../scripts/start/probe.ts';
import { ensurePages } from '../../scripts/start/pages.ts';

export interface Stack {
  readonly labProgram: string;
  readonly door: string;
  main: BrowserMain;
  lab: LabProcess;
  /** Runs a program whose connections are held. */
  hold(program: string, args: readonly string[]): HeldProgram;
  startMain(): Promise<BrowserMain>;
  startLab(): Promise<LabProcess>;
  stop(): Promise<void>;
}

export interface HeldProgram {
  readonly child: ChildProcess;
  /** Everything it has written so far. */
  output(): string;
  /** When it has ended. */
  readonly ended: Promise<Ended>;
}

export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Lab and main over folders of their own, ready to be asked. */
export async function startStack(): Promise<Stack> {
  const pages = await ensurePages(() => {});
  if (pages !== null) throw new Error(pages);
  const built = await buildLab(() => {});
  if (!built.ok) throw new Error(built.line);
  const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-e2e-'));
  const door = path.join(folder, 'door.sock');
  const socket = path.join(folder, 'lab.sock');
  const held: ChildProcess[] = [];

  const startTheLab = async (): Promise<LabProcess> => {
    const settings = { program: built.program, socket, door, say: () => {}, restarts: 0 };
    const lab = await startLab(settings);
    if (lab === null) throw new Error('the lab did not start');
    return lab;
  };
  const startTheMain = async (): Promise<BrowserMain> => {
    const probe = probeArgs(built.program, door);
    const args = ['--state', path.join(folder, 'state'), '--lab', socket, ...probe];
    const env = { PORTREEVE_RUN: folder };
    if (electronProgram !== null) return startElectronMain(electronProgram, args, env);
    const main = await startBrowserMain(['--port', '0', ...args], env);
    if (main === null) throw new Error('main did not start');
    return main;
  };

  const stack: Stack = {
    labProgram: built.program,
    door,
    lab: await startTheLab(),
    main: await startTheMain(),
    hold(program, args) {
      const one = holdProgram(built.program, ['exec', '--door', door, '--', program, ...args]);
      held.push(one.child);
      return one;
    },
    async startLab() {
      stack.lab = await startTheLab();
      return stack.lab;
    },
    async startMain() {
      stack.main = await startTheMain();
      return stack.main;
    },
    async stop() {
      for (const child of held) await endChild(child);
      await endChild(stack.main.child);
      await stack.lab.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return stack;
}

/** `program` is the lab's, with its arguments. */
export function holdProgram(program: string, args: readonly string[]): HeldProgram {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ended = Promise.all([exitOf(child), closed]).then(([code]) => ({ code, output }));
  return { child, output: () => output, ended };
}

/** Compiles a test program once per run; `name` lets one source be several programs to Portreeve. */
export function compileProgram(source: string, name: string): string {
  const folder = path.join(root, 'build', 'test');
  mkdirSync(folder, { recursive: true });
  const program = path.join(folder, name);
  const file = path.join(import.meta.dirname, 'programs', source);
  execFileSync('cc', [
    '-std=gnu17',
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-pthread',
    file,
    '-o',
    program,
  ]);
  return program;
}

export interface Servers {
  readonly port: number;
  /** Connections that have come in. */
  accepted(): number;
  close(): Promise<void>;
}

/** One HTTP-like server on the same port of `count` loopback addresses, 127.1.0.1 and so on. */
export async function serveMany(count: number): Promise<Servers> {
  let accepted = 0;
  const servers: net.Server[] = [];
  let port = 0;
  for (let i = 1; i <= count; i++) {
    const server = net.createServer((socket) => {
      accepted++;
      socket.on('error', () => {});
      socket.end('HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nopened');
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, `127.1.${i >> 8}.${i & 255}`, 1024, resolve);
    });
    port = (server.address() as net.AddressInfo).port;
    servers.push(server);
  }
  return {
    port,
    accepted: () => accepted,
    async close() {
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    },
  };
}
