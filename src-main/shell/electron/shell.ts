/** The Electron shell: windows, their calls and their visibility over the shared app. */
import path from 'node:path';
import { type BrowserWindow, app as electron, protocol, session } from 'electron';
import type { Role } from '../../../src-preload/contract/calls.ts';
import type { Result } from '../../../src-preload/contract/model.ts';
import type { App, WindowHandlers } from '../../app.ts';
import { readPageFiles } from '../page-files.ts';
import { hardenSession } from './hardening.ts';
import { audienceOf, registerCalls, sendEvent } from './ipc.ts';
import { answerPageRequest, scheme } from './page-request.ts';
import {
  type Visibility,
  afterChange,
  afterSetAside,
  afterShow,
  hidden,
} from './prompt-visibility.ts';
import { createManagerWindow, createPromptWindow, placePrompt } from './windows.ts';

const done: Result<null> = { ok: true, value: null };

/** The part of a shell that the app needs before the shell can exist. */
export interface ElectronShell {
  readonly windowHandlers: WindowHandlers;
  /** After `ready`, once the app runs. */
  open(app: App): void;
  showManager(): void;
}

/** Before `ready`: the scheme of our pages is a standard, secure one. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme, privileges: { standard: true, secure: true } }]);
}

/** A shell over the files in `build`. */
export function createElectronShell(build: string): ElectronShell {
  const windows: Record<Role, BrowserWindow | null> = { prompt: null, manager: null };
  let running: App | null = null;
  let visibility = hidden;

  const see = (next: Visibility): void => {
    const window = windows.prompt;
    if (window !== null && next.visible && !window.isVisible()) window.showInactive();
    if (window !== null && !next.visible && window.isVisible()) window.hide();
    visibility = next;
  };

  const setAside = (app: App): void => see(afterSetAside(app.engine.promptState()));

  const openPrompt = (app: App): void => {
    const window = createPromptWindow(build);
    windows.prompt = window;
    window.on('close', (event) => {
      if (quitting) return;
      event.preventDefault();
      setAside(app);
    });
  };

  const showManager = (): void => {
    if (windows.manager !== null) return windows.manager.show();
    windows.manager = createManagerWindow(build);
    windows.manager.on('closed', () => (windows.manager = null));
  };

  let quitting = false;
  electron.on('before-quit', () => (quitting = true));

  return {
    windowHandlers: {
      resizePrompt({ height }) {
        if (windows.prompt !== null) placePrompt(windows.prompt, height);
        return Promise.resolve(done);
      },
      showPrompt() {
        if (running !== null) see(afterShow(running.engine.promptState()));
        return Promise.resolve(done);
      },
    },
    open(app) {
      running = app;
      const files = readPageFiles(path.join(build, 'renderer'));
      hardenSession(session.defaultSession);
      protocol.handle(scheme, ({ method, url }) => answerPageRequest(method, url, files));
      const ids = () => ({ prompt: idOf(windows.prompt), manager: idOf(windows.manager) });
      registerCalls(app, ids, (name) => {
        const { cards } = app.engine.promptState();
        if (name === 'postponePrompt' && cards.length <= 1) setAside(app);
      });
      app.engine.onChange((event) => {
        sendEvent(app, event, windows[audienceOf(event)]?.webContents ?? null);
        if (event === 'promptChanged') see(afterChange(visibility, app.engine.promptState()));
      });
      openPrompt(app);
      showManager();
    },
    showManager,
  };
}

function idOf(window: BrowserWindow | null): number | null {
  return window === null ? null : window.webContents.id;
}
