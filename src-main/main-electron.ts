/** Main in Electron: the product. Everything that can be tested without Electron is in the files that this one joins. */
import path from 'node:path';
import { app, dialog } from 'electron';
import { startApp } from './app.ts';
import { installedStateFolder, stateFolder } from './folders.ts';
import type { DesktopCalls } from './platform/desktop-windows.ts';
import { screenUse } from './shell/desktop/presence.ts';
import type { Sensors } from './shell/desktop/watch.ts';
import { languageOf } from './shell/desktop/words.ts';
import { hardenApp } from './shell/electron/hardening.ts';
import { ElectronShell, registerScheme } from './shell/electron/shell.ts';
import { type Launch, readLaunch } from './shell/start/launch.ts';

const build = path.join(app.getAppPath(), 'build');

/** The calls bring FFI with them, so they are loaded only where they are used. */
async function loadDesktop(): Promise<DesktopCalls | null> {
  if (process.platform !== 'win32') return null;
  const { loadDesktopCalls } = await import('./platform/desktop-windows.ts');
  return loadDesktopCalls();
}

function sensorsOf(desktop: DesktopCalls | null): Sensors {
  return {
    screen: () => screenUse(desktop?.notificationState() ?? null),
    sessionActive: () => desktop?.isSessionActive() ?? true,
  };
}

function folderOf(launch: Launch, desktop: DesktopCalls | null): string {
  if (!app.isPackaged || desktop === null) return stateFolder(launch.state);
  return installedStateFolder(desktop.programData() ?? 'C:\\ProgramData');
}

async function main(launch: Launch, desktop: DesktopCalls | null): Promise<void> {
  hardenApp();
  registerScheme();
  const state = folderOf(launch, desktop);
  app.setPath('userData', path.join(state, 'electron'));
  if (!app.requestSingleInstanceLock()) return app.exit(1);
  const language = languageOf(app.getPreferredSystemLanguages());
  const shell = new ElectronShell({ build, sensors: sensorsOf(desktop), language });
  // What a second instance says comes from any program: it only raises the window.
  app.on('second-instance', () => shell.showManager());
  // Portreeve goes on holding connections when its windows are closed.
  app.on('window-all-closed', () => {});
  await app.whenReady();
  const started = await startApp({
    stateFolder: state,
    labSocket: launch.lab ?? null,
    version: app.getVersion(),
    windows: shell.windowHandlers,
  });
  if (!started.ok) {
    dialog.showErrorBox('Portreeve', started.message);
    return app.exit(1);
  }
  shell.open(started.app, launch.atLogon);
  app.once('will-quit', (event) => {
    event.preventDefault();
    void started.app.stop().finally(() => app.exit(0));
  });
  process.once('SIGTERM', () => app.quit());
}

const read = readLaunch(process.argv.slice(app.isPackaged ? 1 : 2), app.isPackaged);
// Electron is not ready before this wait is over, and its folders must be chosen before that.
if (read.ok) void main(read.launch, await loadDesktop());
else app.exit(1);
