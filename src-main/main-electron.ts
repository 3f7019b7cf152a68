/** Main in Electron: the product. Everything that can be tested without Electron is in the files that this one joins. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { app, dialog } from 'electron';
import { startApp } from './app.ts';
import { stateFolder } from './folders.ts';
import { hardenApp } from './shell/electron/hardening.ts';
import { createElectronShell, registerScheme } from './shell/electron/shell.ts';
import { forbiddenSwitch } from './shell/electron/switches.ts';

const build = path.join(app.getAppPath(), 'build');
const { values } = parseArgs({
  args: process.argv.slice(1),
  options: { state: { type: 'string' }, lab: { type: 'string' } },
  strict: false,
});

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

async function main(): Promise<void> {
  const state = stateFolder(textOf(values['state']));
  app.setPath('userData', path.join(state, 'electron'));
  if (!app.requestSingleInstanceLock()) return app.exit(1);
  hardenApp();
  registerScheme();
  const shell = createElectronShell(build);
  // What a second instance says comes from any program: it only raises the window.
  app.on('second-instance', () => shell.showManager());
  // Portreeve goes on holding connections when its windows are closed.
  app.on('window-all-closed', () => {});
  await app.whenReady();
  const started = await startApp({
    stateFolder: state,
    labSocket: textOf(values['lab']) ?? null,
    version: app.getVersion(),
    windows: shell.windowHandlers,
  });
  if (!started.ok) {
    dialog.showErrorBox('Portreeve', started.message);
    return app.exit(1);
  }
  shell.open(started.app);
  app.once('will-quit', (event) => {
    event.preventDefault();
    void started.app.stop().finally(() => app.exit(0));
  });
  process.once('SIGTERM', () => app.quit());
}

const forbidden = app.isPackaged ? forbiddenSwitch(process.argv) : null;
if (forbidden === null) void main();
else app.exit(1);
