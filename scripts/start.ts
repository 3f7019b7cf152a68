/**
 * `npm start`: builds what is missing, starts the driver (outside Windows: the lab), Portreeve itself in Electron or in the
 * browser shell, and then a program whose connections are held. Everything is ended together.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { makePrivate, runFolder, stateFolder } from '../src-main/folders.ts';
import { openAppWindow } from '../src-main/shell/browser/app-window.ts';
import { isClaimed } from '../src-main/single-instance.ts';
import { buildLab } from './native.ts';
import { endChild, endRunning, exitOf, node, root, scriptArgs } from './process.ts';
import { findBrowser } from './start/browser-program.ts';
import { type BrowserMain, isPortFree, startBrowserMain } from './start/browser-shell.ts';
import { chooseElectron, hasDisplay } from './start/electron-binary.ts';
import { type LabProcess, startLab } from './start/lab-process.ts';
import { type StartOptions, help, parseStartOptions } from './start/options.ts';
import { probeArgs } from './start/probe.ts';
import { ensureElectronMain, ensurePages } from './start/pages.ts';

const onWindows = process.platform === 'win32';
const anyPort = 0;

/** How to end everything that was started; the last one ends first. */
const running: (() => Promise<unknown>)[] = [];
let exitCode: number | null = null;

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Ends everything, then this process. The first code counts. */
async function finish(code: number): Promise<never> {
  if (exitCode !== null) return new Promise(() => {});
  exitCode = code;
  endRunning();
  for (const end of running.splice(0).toReversed()) await end();
  process.exit(code);
}

/** What `step` gives; never, once everything is being ended: then nothing new may start, nor complain of its end. */
async function going<T>(step: Promise<T>): Promise<T> {
  const result = await step;
  return exitCode === null ? result : new Promise(() => {});
}

function fail(line: string): Promise<never> {
  say(`portreeve: ${line}`);
  return finish(1);
}

async function main(): Promise<void> {
  const parsed = parseStartOptions(process.argv.slice(2));
  if (parsed.kind === 'help') {
    process.stdout.write(help);
    return;
  }
  if (parsed.kind === 'wrong') return fail(parsed.line);
  const { options } = parsed;
  if (onWindows && options.exec !== null) {
    return fail(
      '--exec needs the lab, which runs on Linux. On Windows the driver holds every program.',
    );
  }
  endOnSignals();
  await checkFolders(options);
  const port = await choosePort(options);
  const lab = onWindows ? null : await prepareLab();
  const problem = await going(ensurePages(say));
  if (problem !== null) return fail(`the pages could not be built:\n${problem}`);
  const shell = await openShell({ ...options, port }, lab);
  if (lab === null) return finish(await shell.closed);
  const program = startProgram(options, lab);
  const ends = options.exec !== null && !options.keep ? [shell.closed, program] : [shell.closed];
  return finish(await Promise.race(ends));
}

function endOnSignals(): void {
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  for (const [signal, code] of Object.entries(codes)) process.on(signal, () => void finish(code));
}

async function checkFolders(options: StartOptions): Promise<void> {
  const run = runFolder();
  if (!makePrivate(run)) {
    return fail(`${run} is not a folder of yours alone. Set PORTREEVE_RUN to one that is.`);
  }
  if (await isClaimed(run)) {
    return fail(
      'Portreeve already runs. Use its window, or end it with Ctrl+C where it was started.',
    );
  }
  if (!makePrivate(stateFolder(options.state ?? undefined))) {
    return fail('the folder for rules must be yours alone. Choose another one with --state DIR.');
  }
}

/** The port that was asked for; without a wish, the usual one or any other. */
async function choosePort(options: StartOptions): Promise<number> {
  if (options.port === anyPort || (await isPortFree(options.port))) return options.port;
  if (!options.portGiven) return anyPort;
  return fail(
    `port ${options.port} can not be used: another program has it, or it is below 1024. ` +
      'Choose another with --port N, or any that is free with --port 0.',
  );
}

async function prepareLab(): Promise<LabProcess> {
  const built = await going(buildLab(say));
  if (!built.ok) return fail(built.line);
  const run = runFolder();
  const sockets = { socket: path.join(run, 'lab.sock'), door: path.join(run, 'door.sock') };
  const lab = await startLab({ program: built.program, ...sockets, say });
  if (lab === null) return fail('the lab (the driver) did not start; its own words are above.');
  running.push(() => lab.stop());
  return lab;
}

/** A running shell. An object, because a promise of a promise would wait for the end. */
interface OpenShell {
  readonly closed: Promise<number>;
}

async function openShell(options: StartOptions, lab: LabProcess | null): Promise<OpenShell> {
  if (options.shell === 'browser') return openBrowserShell(options, lab);
  const electron = await going(chooseElectron({ say }));
  if (electron.ok) return openElectron(electron.program, options, lab);
  const why = `Electron isn't used: ${electron.why}.`;
  if (options.shell === 'electron')
    return fail(`${why} Leave out --shell electron to use the browser.`);
  say(`${why} Portreeve opens in the browser.`);
  return openBrowserShell(options, lab);
}

function mainArgs(options: StartOptions, lab: LabProcess | null): string[] {
  return [
    ...(options.state === null ? [] : ['--state', options.state]),
    ...(lab === null ? [] : ['--lab', lab.socket, ...probeArgs(lab.program, lab.door)]),
  ];
}

async function openElectron(
  program: string,
  options: StartOptions,
  lab: LabProcess | null,
): Promise<OpenShell> {
  const problem = await going(ensureElectronMain());
  if (problem !== null) return fail(`Electron's main could not be built:\n${problem}`);
  const child = spawn(program, [root, ...mainArgs(options, lab)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    // Terminals inside of Electron programs can have it set; Electron would be a mere Node then.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: undefined },
  });
  return { closed: track(child).then(tellBadEnd) };
}

function tellBadEnd(code: number): number {
  if (code !== 0 && exitCode === null) {
    say(`Electron has ended with code ${code}. "npm start -- --shell browser" goes without it.`);
  }
  return code;
}

async function openBrowserShell(options: StartOptions, lab: LabProcess | null): Promise<OpenShell> {
  const browser = options.open && hasDisplay() ? findBrowser() : null;
  const more = browser === null ? [] : ['--browser', browser];
  const main = await startBrowserMain([
    ...['--port', String(options.port)],
    ...more,
    ...mainArgs(options, lab),
  ]);
  // It has said why itself.
  if (main === null) return finish(1);
  const closed = track(main.child);
  if (browser !== null) await openWindows(browser, main, options);
  await printAddresses(main, browser !== null);
  return { closed };
}

async function openWindows(
  program: string,
  main: BrowserMain,
  options: StartOptions,
): Promise<void> {
  const profiles = path.join(stateFolder(options.state ?? undefined), 'browser');
  // The prompt last: it is what a newcomer should see.
  for (const role of ['manager', 'prompt'] as const) {
    const browser = await openAppWindow({ program, profiles }, role, main.ready[role]);
    if (browser !== null) running.push(() => endChild(browser));
  }
}

async function printAddresses(main: BrowserMain, opened: boolean): Promise<void> {
  const { prompt, manager } = opened ? await main.addresses() : main.ready;
  say(
    opened
      ? 'Portreeve is open. Its addresses for another browser:'
      : 'Open Portreeve in a browser:',
  );
  say(
    `  questions  ${prompt}\n  rules      ${manager}\n  (each address works once; Ctrl+C ends everything)`,
  );
}

/** The program of --exec or the demo; resolves to its exit code. */
function startProgram(options: StartOptions, lab: LabProcess): Promise<number> {
  const door = ['--door', lab.door];
  const child =
    options.exec === null
      ? spawn(node, scriptArgs('scripts/demo/demo.ts', ['--lab', lab.program, ...door]), {
          stdio: 'inherit',
        })
      : spawn(lab.program, ['exec', ...door, '--', ...options.exec], { stdio: 'inherit' });
  return track(child);
}

function track(child: ChildProcess): Promise<number> {
  running.push(() => endChild(child));
  return exitOf(child);
}

await main();
