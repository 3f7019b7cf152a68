/** Child processes of the scripts: one way to run a program, to find one, and to end one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, createWriteStream, existsSync, statSync } from 'node:fs';
import path from 'node:path';

export const root = path.dirname(import.meta.dirname);
/** The Node that runs this script; every TypeScript child runs with the same one. */
export const node = process.execPath;
const nodeFlags = ['--disable-warning=ExperimentalWarning'];

export interface Finished {
  /** Exit code; 128 + n after a signal, 127 when the program could not be started. */
  readonly code: number;
  /** stdout and stderr in the order in which they came. */
  readonly output: string;
  /** Whether it was ended because it took too long. */
  readonly timedOut: boolean;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** File that receives the output as it comes. */
  readonly log?: string;
  /** The program and all that it started are ended after this long, with a line in the output that says so. */
  readonly timeoutMs?: number;
}

/** Runs a program to its end and collects its output. Never rejects: a program that can't start has code 127. */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const child = spawn(program, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that it can be ended with everything that it started.
    detached: process.platform !== 'win32',
  });
  groups.add(child);
  const log = options.log === undefined ? null : createWriteStream(options.log);
  let output = '';
  let timedOut = false;
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    log?.write(chunk);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const timer = setTimeout(() => {
    timedOut = true;
    take(Buffer.from(`\nended after ${(options.timeoutMs ?? 0) / 1000} s\n`));
    endGroup(child);
  }, options.timeoutMs ?? longestTimerMs);
  return new Promise((resolve) => {
    const finish = (code: number): void => {
      clearTimeout(timer);
      groups.delete(child);
      log?.end();
      resolve({ code, output, timedOut });
    };
    child.on('error', (error) => {
      output += `${program}: ${error.message}\n`;
      finish(127);
    });
    child.on('close', (code, signal) => finish(code ?? (signal === null ? 1 : 128)));
  });
}

const longestTimerMs = 2 ** 31 - 1;
const groups = new Set<ChildProcess>();

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Ends every program that `run` has started and that still runs, with all that they started. */
export function endRunning(): void {
  for (const child of groups) endGroup(child);
}

/** Arguments that run a TypeScript file of this repository with `node`. */
export function scriptArgs(file: string, args: readonly string[] = []): string[] {
  return [...nodeFlags, path.join(root, file), ...args];
}

/** The JavaScript entry of a package's program, to be run with `node` (no shell, no .cmd on Windows). */
export function packageProgram(file: string): string {
  return path.join(root, 'node_modules', file);
}

/** The full path of a program: a path that can be executed, or a name on the PATH; null when there is none. */
export function findProgram(name: string): string | null {
  const isPath = name.includes('/') || (process.platform === 'win32' && name.includes('\\'));
  const folders = isPath ? [''] : (process.env['PATH'] ?? '').split(path.delimiter);
  const endings = process.platform === 'win32' ? ['', '.exe', '.cmd'] : [''];
  for (const folder of folders) {
    for (const ending of endings) {
      const file = path.resolve(folder, name + ending);
      if (isExecutable(file)) return file;
    }
  }
  return null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return existsSync(file) && statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Resolves with the exit code once the child has ended (128 after a signal). */
export function exitOf(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null) return Promise.resolve(child.exitCode);
  if (child.signalCode !== null) return Promise.resolve(128);
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 128));
  });
}

/** Asks a child to end, and ends it by force when it has not within `graceMs`. */
export async function endChild(child: ChildProcess, graceMs = 3000): Promise<number> {
  const exited = exitOf(child);
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  const code = await exited;
  clearTimeout(timer);
  return code;
}
