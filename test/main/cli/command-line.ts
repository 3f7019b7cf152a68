/** The command line as a user has it: a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { endChild, node, root, scriptArgs } from '../../../scripts/process.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

/** Half of a command is Node's start. */
const compiled = temporaryFolder();

export interface Said {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

export interface Place {
  readonly state: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs one command. */
  portreeve(...args: string[]): Promise<Said>;
  /** The same with this on standard input. */
  portreeveWith(input: string, ...args: string[]): Promise<Said>;
  /** Its JSON. Throws when the command failed. */
  json(...args: string[]): Promise<unknown>;
  spawnCommand(args: readonly string[], env?: NodeJS.ProcessEnv): ChildProcess;
  /** A running Portreeve. */
  startApp(): Promise<ChildProcess>;
  end(): Promise<void>;
}

/** Folders of their own. */
export function makePlace(): Place {
  const folder = temporaryFolder();
  const state = path.join(folder, 'state');
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: compiled,
    PORTREEVE_STATE: state,
    PORTREEVE_RUN: path.join(folder, 'run'),
    TZ: 'UTC',
  };
  const apps: ChildProcess[] = [];

  const spawnCommand: Place['spawnCommand'] = (args, more = {}) =>
    spawn(node, scriptArgs('src-main/main-cli.ts', args), {
      cwd: root,
      env: { ...env, ...more },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  const portreeveWith: Place['portreeveWith'] = (input, ...args) => {
    const child = spawnCommand(args);
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
    return saidBy(child);
  };
  const portreeve: Place['portreeve'] = (...args) => portreeveWith('', ...args);
  return {
    state,
    env,
    portreeve,
    portreeveWith,
    spawnCommand,
    async json(...args) {
      const { code, out, err } = await portreeve('--json', ...args);
      if (code !== 0) throw new Error(`${code}: ${err}`);
      return JSON.parse(out) as unknown;
    },
    async startApp() {
      const file = scriptArgs('test/main/cli/programs/app.ts', [state]);
      const app = spawn(node, file, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
      apps.push(app);
      await once(app.stdout, 'data');
      return app;
    },
    async end() {
      await Promise.all(apps.map((app) => endChild(app)));
    },
  };
}

/** What a process has said, to its end. */
export async function saidBy(child: ChildProcess): Promise<Said> {
  let [out, err] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, out, err };
}
