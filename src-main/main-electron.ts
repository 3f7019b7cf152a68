/** Main in Electron: the product. Everything that can be tested without Electron is in the files that this one joins. */
import path from 'node:path';
import { app, dialog } from 'electron';
import { startApp } from './app.ts';
import { languageOf } from './shell/desktop/words.ts';
import { hardenApp } from './shell/electron/hardening.ts';
import { askInBox } from './shell/electron/notices.ts';
import { ElectronShell, registerScheme } from './shell/electron/shell.ts';
import { admissionOf } from './shell/start/admission.ts';
import { runCommand } from './shell/start/command.ts';
import { readLaunch } from './shell/start/launch.ts';
import { turnAway } from './shell/start/refusals.ts';
import {
  type Start,
  elevate,
  factsOf,
  folderOf,
  loadWindows,
  onlookerOf,
  sensorsOf,
  upkeepOf,
} from './shell/start/windows.ts';

const build = path.join(app.getAppPath(), 'build');

/** The window of somebody who may only look: nothing else is started. False where there is nothing to look at. */
async function lookOn(start: Start): Promise<boolean> {
  const onlooker = onlookerOf(start, app.getVersion());
  if (onlooker === null) return false;
  await app.whenReady();
  new ElectronShell({ build, sensors: sensorsOf(null) }).openOnlooker(onlooker);
  return true;
}

function startAnew(): void {
  app.relaunch();
  app.quit();
}

async function main(start: Start): Promise<void> {
  const language = languageOf(app.getPreferredSystemLanguages());
  const admission = admissionOf(factsOf(start));
  if (admission.kind !== 'run') {
    if (admission.kind === 'standard' && (await lookOn(start))) return;
    await app.whenReady();
    await turnAway(admission, { language, ask: askInBox, startElevated: () => elevate(start) });
    return app.exit(1);
  }
  const state = folderOf(start);
  app.setPath('userData', path.join(state, 'electron'));
  if (!app.requestSingleInstanceLock()) return app.exit(1);
  const shell = new ElectronShell({ build, sensors: sensorsOf(start.windows) });
  // What a second instance says comes from any program: it only raises the window.
  app.on('second-instance', () => shell.showManager());
  // Portreeve goes on holding connections when its windows are closed.
  app.on('window-all-closed', () => {});
  await app.whenReady();
  const started = await startApp({
    stateFolder: state,
    labSocket: start.launch.lab ?? null,
    version: app.getVersion(),
    windows: shell.windowHandlers,
    ...(await upkeepOf(start, { quit: () => app.quit(), startAnew })),
  });
  if (!started.ok) {
    dialog.showErrorBox('Portreeve', started.message);
    return app.exit(1);
  }
  shell.open(started.app, start.launch.atLogon);
  app.once('will-quit', (event) => {
    event.preventDefault();
    void started.app.stop().finally(() => app.exit(0));
  });
  process.once('SIGTERM', () => app.quit());
}

const packaged = app.isPackaged;
const read = readLaunch(process.argv.slice(packaged ? 1 : 2), packaged);
// Electron is not ready before this wait is over, and its folders must be chosen before that.
const windows = read.ok ? await loadWindows() : null;
if (read.ok) {
  const program = process.execPath;
  const start = { launch: read.launch, program, packaged, windows, archive: app.getAppPath() };
  // Electron is never ready before this wait is over, so a command costs no browser.
  const { command, look } = read.launch;
  if (command !== null) app.exit(await runCommand(start, command, app.getVersion()));
  else {
    hardenApp();
    registerScheme();
    void (look === undefined ? main(start) : lookOn(start));
  }
} else app.exit(1);
