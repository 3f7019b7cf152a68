/**
 * Main in the browser shell: `node src-main/main-browser.ts --port N --state DIR [--lab SOCKET] [--browser PROGRAM]`, or
 * `--join --state DIR` for windows of a service that runs already (main-service.ts), which starts agents in the same way.
 * Normally started by scripts/start.ts, which is told over the IPC channel when it is ready; alone it prints addresses.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Result } from '../src-preload/contract/model.ts';
import { type App, type WindowHandlers, startApp } from './app.ts';
import { ownVersion } from './own-version.ts';
import { systemClock } from './platform/clock.ts';
import { probeOfText } from './platform/probe.ts';
import { takeAgentTold } from './service/agent-told.ts';
import { joinAsAdministrator, joinAsAgent } from './service/join.ts';
import { makePrivate, runFolder, stateFolder } from './folders.ts';
import { openAppWindow } from './shell/browser/app-window.ts';
import { type BrowserShell, isFailure, startBrowserShell } from './shell/browser/shell.ts';
import { noUpkeep } from './upkeep/handlers.ts';
import { type Instance, claimInstance } from './single-instance.ts';

const root = path.dirname(import.meta.dirname);
const done: Result<null> = { ok: true, value: null };

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    state: { type: 'string' },
    lab: { type: 'string' },
    browser: { type: 'string' },
    // Windows of a service, instead of an engine of its own.
    join: { type: 'boolean', default: false },
    // The command that makes the connection of the self-test, as JSON.
    probe: { type: 'string' },
  },
});

/** What a service has told this process, if it is its agent. */
const agent = values.join ? takeAgentTold(process.env) : null;

function fail(line: string): never {
  process.stderr.write(`portreeve: ${line}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const instance = values.join ? null : await claim();
  const state = stateFolder(values.state);
  // The shell's windows need the shell, which needs the router, which needs the handlers.
  let shell: BrowserShell | null = null;
  const showPrompt = async (): Promise<void> => {
    if (shell === null || shell.isOpen('prompt') || values.browser === undefined) return;
    const settings = { program: values.browser, profiles: path.join(state, 'browser') };
    const browser = await openAppWindow(settings, 'prompt', shell.addressOf('prompt'));
    if (browser !== null) process.once('exit', () => browser.kill());
  };
  const windows = windowHandlers(showPrompt);
  const app = values.join ? await join(state, windows) : await start(state, windows);
  const { router, readState } = app;
  const listening = await startBrowserShell(Number(values.port), {
    build: path.join(root, 'build'),
    router,
    readState,
  });
  if (isFailure(listening)) fail(portLine(listening));
  shell = listening;
  raisePromptWhenAsked(app, showPrompt);
  app.engine.onChange((event) => listening.changed(event));
  announce(listening);
  endWithParent(async () => {
    await listening.close();
    await app.stop();
    instance?.release();
  });
}

async function claim(): Promise<Instance> {
  const run = runFolder();
  if (!makePrivate(run))
    fail('the folder for sockets is not yours alone; set PORTREEVE_RUN to another one.');
  const instance = await claimInstance(run);
  return instance ?? fail('Portreeve already runs. Use its window, or end it first.');
}

async function start(stateFolder: string, windows: WindowHandlers): Promise<App> {
  const started = await startApp({
    stateFolder,
    labSocket: values.lab ?? null,
    version: ownVersion(),
    windows,
    upkeep: noUpkeep,
    probe: probeOfText(values.probe),
  });
  return started.ok ? started.app : fail(started.message);
}

async function join(stateFolder: string, windows: WindowHandlers): Promise<App> {
  const around = { version: ownVersion(), windows, clock: systemClock };
  const joined =
    agent === null
      ? await joinAsAdministrator({ ...around, stateFolder })
      : await joinAsAgent({ ...around, agent, end: () => process.exit(0) });
  return joined.ok ? joined.app : fail(joined.message);
}

/** A card that comes while no prompt window is open opens one, once until all cards are gone. */
function raisePromptWhenAsked(app: App, showPrompt: () => Promise<void>): void {
  let raised = false;
  app.engine.onChange((event) => {
    if (event !== 'promptChanged') return;
    const asking = app.engine.promptState().cards.length > 0;
    if (asking && !raised) void showPrompt();
    raised = asking;
  });
}

function windowHandlers(showPrompt: () => Promise<void>): WindowHandlers {
  return {
    // A browser window is sized by its user.
    resizePrompt: () => Promise.resolve(done),
    saveFile: () => Promise.resolve({ ok: true, value: { saved: 'by-page' } }),
    async showPrompt() {
      await showPrompt();
      return done;
    },
  };
}

function portLine(failure: 'in-use' | 'not-allowed'): string {
  const port = values.port;
  return failure === 'in-use'
    ? `port ${port} is in use. Choose another with --port, or --port 0 for any.`
    : `port ${port} may not be used by this user. Choose one above 1023 with --port.`;
}

/** Message to the starter: where the pages are. Each address works once. */
export interface ReadyMessage {
  readonly kind: 'ready';
  readonly port: number;
  readonly prompt: string;
  readonly manager: string;
}

function announce(shell: BrowserShell): void {
  const ready: ReadyMessage = {
    kind: 'ready',
    port: shell.port,
    prompt: shell.addressOf('prompt'),
    manager: shell.addressOf('manager'),
  };
  if (process.send) {
    process.send(ready);
    process.on('message', () => {
      process.send?.({
        ...ready,
        prompt: shell.addressOf('prompt'),
        manager: shell.addressOf('manager'),
      });
    });
  } else {
    const manager = agent === null ? `manager ${ready.manager}\n` : '';
    process.stdout.write(`prompt  ${ready.prompt}\n${manager}`);
  }
}

/** Ends on a signal, and when the starter is gone. With a starter, Ctrl+C is its business: it ends us in order. */
function endWithParent(stop: () => Promise<void>): void {
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    void stop().finally(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('disconnect', end);
  process.on('SIGINT', () => {
    if (!process.connected) end();
  });
}

await main();
