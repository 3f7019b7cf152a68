/** Main in Electron: the product. Everything that can be tested without Electron is in the files that this one joins. */
import path from 'node:path';
import { app, dialog } from 'electron';
import { hardenApp } from './shell/electron/hardening.ts';
import { askInBox } from './shell/electron/notices.ts';
import { ElectronShell, registerScheme } from './shell/electron/shell.ts';
import { runCommand } from './shell/start/command.ts';
import type { Host } from './shell/start/host.ts';
import { readLaunch } from './shell/start/launch.ts';
import { runStart } from './shell/start/run.ts';
import { loadWindows } from './shell/start/windows.ts';

const build = path.join(app.getAppPath(), 'build');

const host: Host = {
  version: app.getVersion(),
  languages: app.getPreferredSystemLanguages(),
  ready: () => app.whenReady(),
  exit: (code) => app.exit(code),
  quit: () => app.quit(),
  startAnew() {
    app.relaunch();
    app.quit();
  },
  setProfile: (folder) => app.setPath('userData', folder),
  withoutGraphics: () => app.disableHardwareAcceleration(),
  isFirst(again) {
    app.on('second-instance', again);
    return app.requestSingleInstanceLock();
  },
  beforeExit(stop) {
    app.once('will-quit', (event) => {
      event.preventDefault();
      void stop().finally(() => app.exit(0));
    });
    process.once('SIGTERM', () => app.quit());
  },
  ask: askInBox,
  complain: (message) => dialog.showErrorBox('Portreeve', message),
  makeShell: (sensors) => new ElectronShell({ build, sensors }),
};

const packaged = app.isPackaged;
const read = readLaunch(process.argv.slice(packaged ? 1 : 2), packaged);
// Electron is not ready before this wait is over, and its folders must be chosen before that.
const windows = read.ok ? await loadWindows() : null;
if (read.ok) {
  const program = process.execPath;
  const start = { launch: read.launch, program, packaged, windows, archive: app.getAppPath() };
  // Electron is never ready before this wait is over, so a command costs no browser.
  const { command } = read.launch;
  if (command !== null) app.exit(await runCommand(start, command, app.getVersion()));
  else {
    hardenApp(!(read.launch.agent && packaged));
    registerScheme();
    void runStart(start, host);
  }
} else app.exit(1);
