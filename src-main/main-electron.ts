/** Main in Electron: the product. Everything that can be tested without Electron is in the files that this one joins. */
import path from 'node:path';
import { app, dialog } from 'electron';
import { startApp } from './app.ts';
import { runInstalled } from './cli/installed.ts';
import { languageOf } from './shell/desktop/words.ts';
import { hardenApp } from './shell/electron/hardening.ts';
import { askInBox } from './shell/electron/notices.ts';
import { ElectronShell, registerScheme } from './shell/electron/shell.ts';
import { admissionOf, commandRefusal } from './shell/start/admission.ts';
import { readLaunch } from './shell/start/launch.ts';
import { turnAway } from './shell/start/refusals.ts';
import {
  type Start,
  elevate,
  factsOf,
  folderOf,
  loadWindows,
  sensorsOf,
  upkeepOf,
} from './shell/start/windows.ts';

const build = path.join(app.getAppPath(), 'build');

async function main(start: Start): Promise<void> {
  hardenApp();
  registerScheme();
  const language = languageOf(app.getPreferredSystemLanguages());
  const admission = admissionOf(factsOf(start));
  if (admission.kind !== 'run') {
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
    ...(await upkeepOf(start, () => app.quit())),
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

/** Nothing of Portreeve is started: no window, no lock, no folder. */
async function command(start: Start, args: readonly string[]): Promise<void> {
  const refusal = (): string | null => commandRefusal(admissionOf(factsOf(start)));
  const settings = { args, version: app.getVersion(), folder: folderOf(start), refusal };
  app.exit(await runInstalled(settings));
}

const packaged = app.isPackaged;
const read = readLaunch(process.argv.slice(packaged ? 1 : 2), packaged);
// Electron is not ready before this wait is over, and its folders must be chosen before that.
const windows = read.ok ? await loadWindows() : null;
if (read.ok) {
  const program = process.execPath;
  const start = { launch: read.launch, program, packaged, windows, archive: app.getAppPath() };
  // Electron is never ready before this wait is over, so a command costs no browser.
  if (read.launch.command !== null) await command(start, read.launch.command);
  else void main(start);
} else app.exit(1);
