/** The Electron shell: windows, tray and notices over the shared app. What they do is decided in ../desktop. */
import path from 'node:path';
import { type BrowserWindow, app as electron, protocol } from 'electron';
import type { Role } from '../../../src-preload/contract/calls.ts';
import type { Result } from '../../../src-preload/contract/model.ts';
import type { App, WindowHandlers } from '../../app.ts';
import { done } from '../../engine/result.ts';
import { systemClock } from '../../platform/clock.ts';
import { MissedQuestions } from '../desktop/missed.ts';
import { answerPageRequest, scheme } from '../desktop/page-request.ts';
import { Prompter } from '../desktop/prompter.ts';
import type { ShellAction } from '../desktop/tray-actions.ts';
import { type Sensors, Watch } from '../desktop/watch.ts';
import { type Language, wordsOf } from '../desktop/words.ts';
import { readPageFiles } from '../page-files.ts';
import { hardenDefaultSession } from './hardening.ts';
import { audienceOf, registerCalls, sendEvent } from './ipc.ts';
import { saveText } from '../desktop/save.ts';
import {
  askWhere,
  confirmQuit,
  listenToPower,
  registerWithWindows,
  showToast,
  tellMissed,
} from './notices.ts';
import { openTray } from './tray.ts';
import { createManagerWindow, createPromptWindow, placePrompt } from './windows.ts';

export interface ShellParts {
  /** Folder of the bundle, the preloads and the pages. */
  readonly build: string;
  readonly sensors: Sensors;
  readonly language: Language;
}

/** Before `ready`: the scheme of our pages is a standard, secure one. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme, privileges: { standard: true, secure: true } }]);
}

export class ElectronShell {
  readonly windowHandlers: WindowHandlers;
  readonly #parts: ShellParts;
  readonly #windows: Record<Role, BrowserWindow | null> = { prompt: null, manager: null };
  readonly #watch: Watch;
  #prompter: Prompter | null = null;
  #app: App | null = null;
  #quitting = false;

  constructor(parts: ShellParts) {
    this.#parts = parts;
    this.#watch = new Watch(parts.sensors, systemClock, () => this.#prompter?.look());
    const after = (work: () => void): Promise<Result<null>> => {
      work();
      return Promise.resolve(done(null));
    };
    this.windowHandlers = {
      resizePrompt: ({ height }) => after(() => this.#resize(height)),
      showPrompt: () => after(() => this.#prompter?.show()),
      saveFile: ({ name, text }) => saveText(text, () => askWhere(this.#windows.manager, name)),
    };
    electron.on('before-quit', () => (this.#quitting = true));
  }

  /** After `ready`, once the app runs. `quietly`: at logon no window comes up. */
  open(app: App, quietly: boolean): void {
    this.#app = app;
    this.#servePages(app);
    this.#openPrompt(app);
    this.#listen(app);
    const main = path.join(this.#parts.build, 'main');
    const { language } = this.#parts;
    const act = (action: ShellAction): void => this.#act(action);
    const closeTray = openTray({ app, main, language, act });
    electron.once('will-quit', closeTray);
    registerWithWindows(wordsOf[language]);
    if (!quietly) this.showManager();
  }

  showManager(): void {
    if (this.#app === null) return;
    if (this.#windows.manager !== null) return this.#windows.manager.show();
    const window = createManagerWindow(this.#parts.build);
    this.#windows.manager = window;
    window.on('closed', () => (this.#windows.manager = null));
  }

  #servePages({ router, engine }: App): void {
    const files = readPageFiles(path.join(this.#parts.build, 'renderer'));
    hardenDefaultSession();
    protocol.handle(scheme, ({ method, url }) => answerPageRequest(method, url, files));
    const ids = () => ({ prompt: this.#idOf('prompt'), manager: this.#idOf('manager') });
    registerCalls(router, ids, (name) => {
      if (name === 'postponePrompt' && engine.promptState().cards.length <= 1) {
        this.#prompter?.setAside();
      }
    });
  }

  #openPrompt(app: App): void {
    const window = createPromptWindow(this.#parts.build);
    this.#windows.prompt = window;
    const words = wordsOf[this.#parts.language];
    this.#prompter = new Prompter({
      engine: app.engine,
      watch: this.#watch,
      window: () => this.#windows.prompt,
      keptBack: (count) =>
        showToast({ title: words.laterTitle, text: words.laterText(count) }, () =>
          this.#prompter?.show(),
        ),
    });
    window.on('close', (event) => {
      if (this.#quitting) return;
      event.preventDefault();
      this.#prompter?.setAside();
    });
  }

  #listen(app: App): void {
    const { engine } = app;
    listenToPower(this.#watch);
    const words = wordsOf[this.#parts.language];
    const missed = new MissedQuestions(words, engine.managerState().away);
    engine.onChange((event) => {
      sendEvent(app, event, this.#windows[audienceOf(event)]?.webContents ?? null);
      if (event === 'promptChanged') this.#prompter?.changed();
      else tellMissed(missed, engine.managerState().away, () => this.showManager());
    });
  }

  #act({ kind }: ShellAction): void {
    switch (kind) {
      case 'open-manager':
        return this.showManager();
      case 'show-prompt':
        return this.#prompter?.show();
      case 'quit':
        return void this.#quit();
    }
  }

  async #quit(): Promise<void> {
    const held = this.#app?.engine.managerState().held ?? 0;
    if (await confirmQuit(wordsOf[this.#parts.language], held)) electron.quit();
  }

  #resize(height: number): void {
    if (this.#windows.prompt !== null) placePrompt(this.#windows.prompt, height);
  }

  #idOf(role: Role): number | null {
    return this.#windows[role]?.webContents.id ?? null;
  }
}
