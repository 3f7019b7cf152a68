/** The real lab, as a child process in a folder of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';

import { buildLab } from '../../../scripts/native.ts';
import type { Variant } from '../../../scripts/native.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface Lab {
  readonly socket: string;
  readonly door: string;
  readonly program: string;
  readonly process: ChildProcess;
  /** Ends it; rejects when it found a broken rule. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

let built: Promise<string> | null = null;

/** Builds the lab if it is not up to date. `PORTREEVE_LAB_VARIANT=asan` or `tsan` gives one with sanitizers. */
export function labProgram(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const variant = (process.env['PORTREEVE_LAB_VARIANT'] ?? 'default') as Variant;
  const lab = await buildLab(() => undefined, variant);
  if (!lab.ok) throw new Error(lab.line);
  return lab.program;
}

export async function startLab(
  folder = temporaryFolder(),
  options: readonly string[] = [],
): Promise<Lab> {
  const program = await labProgram();
  const socket = path.join(folder, 'lab.sock');
  const door = path.join(folder, 'door.sock');
  const child = spawn(
    program,
    ['serve', '--socket', socket, '--door', door, '--exit-with-stdin', ...options],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  let complaints = '';
  child.stderr.on('data', (text) => {
    complaints += String(text);
  });
  const exit = new Promise<number | null>((resolve) => {
    child.on('exit', (code) => resolve(code));
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => resolve());
    void exit.then(() => reject(new Error(`the lab did not start: ${complaints}`)));
  });
  return {
    socket,
    door,
    program,
    process: child,
    async stop() {
      child.stdin.end();
      const code = await exit;
      if (code !== 0) throw new Error(`the lab ended with ${code}: ${complaints}`);
    },
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
