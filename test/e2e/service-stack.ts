/** The lab, Portreeve as a service with agents of two accounts, and an administrator's windows; each a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { buildLab } from '../../scripts/native.ts';
import { endChild, node, root, scriptArgs } from '../../scripts/process.ts';
import { type BrowserMain, startBrowserMain } from '../../scripts/start/browser-shell.ts';
import { type LabProcess, startLab } from '../../scripts/start/lab-process.ts';
import { ensurePages } from '../../scripts/start/pages.ts';
import { type HeldProgram, holdProgram } from './stack.ts';

/** Nobody of this computer has these numbers. */
export const accounts = { anna: 61_001, ben: 61_002 } as const;
export type Name = keyof typeof accounts;

export interface ServiceStack {
  readonly folder: string;
  readonly lab: LabProcess;
  service: ChildProcess;
  /** The address of the newest agent's prompt, which works once. */
  promptOf(name: Name): Promise<string>;
  startService(): Promise<void>;
  join(): Promise<BrowserMain>;
  /** Runs a program of this account whose connections are held. */
  holdAs(name: Name, program: string, args: readonly string[]): HeldProgram;
  stop(): Promise<void>;
}

export async function startServiceStack(): Promise<ServiceStack> {
  const pages = await ensurePages(() => {});
  if (pages !== null) throw new Error(pages);
  const built = await buildLab(() => {});
  if (!built.ok) throw new Error(built.line);
  const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-e2e-'));
  // The agents' sockets are below it.
  chmodSync(folder, 0o711);
  const [door, socket] = [path.join(folder, 'door.sock'), path.join(folder, 'lab.sock')];
  const settings = { program: built.program, socket, door, say: () => {}, restarts: 0 };
  const lab = await startLab(settings);
  if (lab === null) throw new Error('the lab did not start');
  const state = path.join(folder, 'state');
  const env = { PORTREEVE_RUN: path.join(folder, 'run') };
  const ends: (() => Promise<unknown>)[] = [];
  const prompts = new Map<string, string>();
  const promptOf = async (name: Name): Promise<string> => {
    for (;;) {
      const address = prompts.get(name);
      prompts.delete(name);
      if (address !== undefined) return address;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const startService = async (): Promise<ChildProcess> => {
    const named = Object.entries(accounts).flatMap(([name, uid]) => [
      '--account',
      `${uid}:${name}`,
    ]);
    const args = ['--state', state, '--lab', socket, ...named];
    const service = spawn(node, scriptArgs('src-main/main-service.ts', args), {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    ends.push(() => endChild(service));
    const lines = createInterface(service.stdout);
    lines.on('line', (line) => {
      const [, name = '', address = ''] = /^(\w+): prompt\s+(\S+)$/.exec(line) ?? [];
      if (address !== '') prompts.set(name, address);
    });
    while ((await once(lines, 'line'))[0] !== 'the service runs');
    return service;
  };
  const stack: ServiceStack = {
    folder,
    lab,
    service: await startService(),
    promptOf,
    async startService() {
      stack.service = await startService();
    },
    async join() {
      const main = await startBrowserMain(['--port', '0', '--join', '--state', state], env);
      if (main === null) throw new Error('nothing was joined');
      ends.push(() => endChild(main.child));
      return main;
    },
    holdAs(name, program, args) {
      const uid = String(accounts[name]);
      const as = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', program];
      const held = holdProgram(built.program, ['exec', '--door', door, '--', ...as, ...args]);
      ends.push(() => endChild(held.child));
      return held;
    },
    async stop() {
      for (const end of ends.toReversed()) await end();
      await lab.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return stack;
}
