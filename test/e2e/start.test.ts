import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exitOf, root } from '../../scripts/process.ts';
import {
  type Mirror,
  copyElectronPackage,
  electronZip,
  serveMirror,
  stall,
} from '../shell/electron-archive.ts';
import {
  asUser,
  copyProduct,
  giveToUser,
  processesOf,
  userCanRead,
} from '../shell/product-copy.ts';
import { ManagerWindow, PromptWindow, launchBrowser } from './windows.ts';

let folder: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'portreeve-start-'));
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    child.kill('SIGTERM');
    await exitOf(child);
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<number>;
}

/** What `npm start -- ARGS` runs, with folders of its own. */
function start(
  args: readonly string[],
  env: Record<string, string | undefined> = {},
  from = root,
  who: { uid?: number; gid?: number } = {},
): Started {
  const child = spawn(process.execPath, [path.join(from, 'scripts/run.mjs'), 'start', ...args], {
    env: {
      ...process.env,
      PORTREEVE_RUN: path.join(folder, 'run'),
      PORTREEVE_STATE: path.join(folder, 'state'),
      DISPLAY: undefined,
      WAYLAND_DISPLAY: undefined,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...who,
  });
  started.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended: Promise.all([exitOf(child), closed]).then(([code]) => code),
  };
}

async function addressIn(run: Started, word: 'questions' | 'rules'): Promise<string> {
  const pattern = new RegExp(`${word}\\s+(http:\\S+)`);
  await expect.poll(() => pattern.exec(run.stderr())?.[1], { timeout: 60_000 }).toBeDefined();
  return pattern.exec(run.stderr())?.[1] ?? '';
}

describe('npm start with bad input', () => {
  it.each([
    [['--nonsense'], /^portreeve: Unknown option '--nonsense'/],
    [['--exec', 'no-such-program'], /^portreeve: --exec: there is no program "no-such-program"/],
    [['--port', 'abc'], /^portreeve: --port is a number/],
    [['--shell', 'gtk'], /^portreeve: --shell is "browser" or "electron"/],
  ])('%j: one line, and a code that is not zero', async (args, line) => {
    const run = start(args);
    expect(await run.ended).not.toBe(0);
    expect(run.stderr()).toMatch(line);
    expect(run.stderr().trimEnd().split('\n')).toHaveLength(1);
  });

  it('says that a port is in use', async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const run = start(['--shell', 'browser', '--port', String(port)]);
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toMatch(new RegExp(`^portreeve: port ${port} can not be used`));
    server.close();
  });

  it('says that there is no compiler', async () => {
    const clone = path.join(folder, 'clone');
    copyProduct(clone);
    const run = start(['--shell', 'browser'], { PATH: path.join(folder, 'empty') }, clone);
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toMatch(/^portreeve: no C compiler was found: install .+$/m);
  });

  it('says that a folder for rules can not be used', async () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    const run = start(['--state', file]);
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toMatch(/^portreeve: the folder for rules must be yours alone/);
  });

  it('prints its help', async () => {
    const run = start(['--help']);
    expect(await run.ended).toBe(0);
    expect(run.stdout()).toContain('--exec');
  });
});

describe('npm start', { timeout: 180_000 }, () => {
  it('--exec holds the program until the answer, passes its output and code on, and ends', async () => {
    const server = http.createServer((_request, response) =>
      response.end('hello from the server\n'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const run = start(['--port', '0', '--exec', `curl -sS http://127.0.0.1:${port}/`]);
    const address = await addressIn(run, 'questions');
    expect(run.stderr()).toMatch(/Electron isn't used: .+\./);

    const second = start(['--port', '0']);
    expect(await second.ended).toBe(1);
    expect(second.stderr()).toMatch(/portreeve: Portreeve already runs/);

    const browser = await launchBrowser();
    const prompt = await PromptWindow.open(browser, address);
    await prompt.cardOf('curl');
    expect(run.stdout()).toBe('');
    await prompt.answer('allow', { lifetime: 'always', scope: 'anything' });
    expect(await run.ended).toBe(0);
    expect(run.stdout()).toBe('hello from the server\n');
    await browser.close();

    const again = start(['--port', '0', '--exec', `curl -sS http://127.0.0.1:${port}/`]);
    expect(await again.ended).toBe(0);
    expect(again.stdout()).toBe('hello from the server\n');
    server.close();
  });

  it("passes the program's exit code on", async () => {
    const run = start(['--port', '0', '--exec', 'sh -c "exit 42"']);
    expect(await run.ended).toBe(42);
  });

  it('without --exec shows a first question by itself, and Ctrl+C ends everything', async () => {
    const run = start(['--port', '0']);
    const browser = await launchBrowser();
    const prompt = await PromptWindow.open(browser, await addressIn(run, 'questions'));
    const manager = await ManagerWindow.open(browser, await addressIn(run, 'rules'));
    await prompt.card.waitFor();
    await prompt.screenshot('demo-card');
    await manager.screenshot('demo-manager');
    expect([...prompt.problems, ...manager.problems]).toEqual([]);
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(130);
    await browser.close();
  });
});

describe.skipIf(!userCanRead || process.platform !== 'linux')('npm start with a display', () => {
  let clone: string;
  let mirror: Mirror;
  // It tells how it was started, and ends with a code of its own.
  const zip = electronZip(
    'echo "electron $*"; echo "run $PORTREEVE_RUN node ${ELECTRON_RUN_AS_NODE-unset}"; exit 7',
  );

  beforeEach(() => {
    clone = path.join(folder, 'clone');
    copyProduct(clone, true);
    copyElectronPackage(path.join(clone, 'node_modules'), zip);
    giveToUser(folder);
  });
  afterEach(() => mirror.close());

  /** As a user with a display, which nothing here opens: the stand-in has no window, and --no-open is given. */
  function startAsUser(args: readonly string[]): Started {
    const env = {
      DISPLAY: ':77',
      HOME: folder,
      ELECTRON_MIRROR: mirror.address,
      ELECTRON_RUN_AS_NODE: '1',
      npm_config_electron_mirror: undefined,
      electron_config_cache: path.join(folder, 'cache'),
      PORTREEVE_STATE: undefined,
    };
    const all = ['--no-open', '--port', '0', '--state', path.join(folder, 'state'), ...args];
    return start(all, env, clone, asUser);
  }

  it('downloads Electron, tells it the folder, the state and the lab, and passes its code on', async () => {
    mirror = await serveMirror(zip);
    const run = startAsUser([]);
    expect(await run.ended).toBe(7);
    const state = `--state ${folder}/state --lab ${folder}/run/lab.sock`;
    const [told = '', ...rest] = run.stdout().split('\n');
    // The command of the self-test comes last.
    expect(told.split(' --probe [')[0]).toBe(`electron ${clone} ${state}`);
    expect(rest).toEqual([`run ${folder}/run node unset`, '']);
    expect(run.stderr().split('\n')).toEqual(
      expect.arrayContaining([
        'Downloading Electron (about 110 MB, for at most 20 s) ...',
        'Electron is downloaded.',
        'Electron has ended with code 7. "npm start -- --shell browser" goes without it.',
      ]),
    );
    expect(run.stderr()).not.toContain("Electron isn't used");

    const again = startAsUser(['--shell', 'electron']);
    expect(await again.ended).toBe(7);
    expect(again.stderr()).not.toContain('Downloading');
    expect(mirror.requests()).toBe(1);
    expect(processesOf(folder)).toEqual([]);
  });

  it('without Electron says why in one line and opens the browser shell, or ends if Electron was asked for', async () => {
    mirror = await serveMirror(zip);
    mirror.close();
    const why = `Electron isn't used: it could not be downloaded (is ${mirror.host} reachable?).`;
    const run = startAsUser([]);
    await addressIn(run, 'questions');
    expect(run.stderr().split('\n')).toContain(`${why} Portreeve opens in the browser.`);
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(130);
    const asked = startAsUser(['--shell', 'electron']);
    expect(await asked.ended).toBe(1);
    expect(asked.stderr().trimEnd().split('\n').at(-1)).toBe(
      `portreeve: ${why} Leave out --shell electron to use the browser.`,
    );
    expect(processesOf(folder)).toEqual([]);
  });

  it('ended with Ctrl+C during the download leaves no process and no program, and the next start gets it', async () => {
    mirror = await serveMirror(zip, stall);
    const run = startAsUser([]);
    await expect.poll(() => mirror.requests(), { timeout: 60_000 }).toBe(1);
    expect(processesOf(folder).some((command) => command.includes('install.js'))).toBe(true);
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(130);
    expect(run.stderr()).not.toContain("Electron isn't used");
    await expect.poll(() => processesOf(folder), { timeout: 20_000 }).toEqual([]);
    expect(existsSync(path.join(clone, 'node_modules/electron/path.txt'))).toBe(false);
    mirror.close();
    mirror = await serveMirror(zip);
    expect(await startAsUser([]).ended).toBe(7);
  });
});
