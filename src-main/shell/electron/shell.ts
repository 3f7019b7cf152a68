/** The Electron shell: windows, tray and notices over the shared app. What they do is decided in ../desktop. */
import path from 'node:path';
import { type BrowserWindow, app as electron, nativeTheme, protocol } from 'electron';
import { type EventName, type Role, events } from '../../../src-preload/contract/calls.ts';
import type { Result } from '../../../src-preload/contract/model.ts';
import type { App, WindowHandlers } from '../../app.ts';
import { done } from '../../engine/result.ts';
import { systemClock } from '../../platform/clock.ts';
import { Attention } from '../desktop/attention.ts';
import { answerPageRequest, scheme } from '../desktop/page-request.ts';
import type { ShellAction } from '../desktop/tray-actions.ts';
import type { Sensors } from '../desktop/watch.ts';
import type { Shell } from '../start/host.ts';
import { type Language, languageOf, quitQuestion, wordsOf } from '../desktop/words.ts';
import { readPageFiles } from '../page-files.ts';
import { hardenDefaultSession } from './hardening.ts';
import { registerCalls, sendEvent } from './ipc.ts';
import { saveText } from '../desktop/save.ts';
import { askInBox, askWhere, listenToPower, registerWithWindows, showToast } from './notices.ts';
import { openTray } from './tray.ts';
import { createManagerWindow, createPromptWindow, placePrompt } from './windows.ts';

export interface ShellParts {
  /** Folder of the bundle, the preloads and the pages. */
  readonly build: string;
  readonly sensors: Sensors;
}

/** Before `ready`: the scheme of our pages is a standard, secure one. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([{ scheme, privileges: { standard: true, secure: true } }]);
}

export class ElectronShell implements Shell {
  readonly windowHandlers: WindowHandlers;
  readonly #parts: ShellParts;
  readonly #windows: Record<Role, BrowserWindow | null> = { prompt: null, manager: null };
  #attention: Attention | null = null;
  #app: App | null = null;
  #language: Language | null = null;
  #quitting = false;
  #isAgent = false;

  constructor(parts: ShellParts) {
    this.#parts = parts;
    const after = (work: () => void): Promise<Result<null>> => {
      work();
      return Promise.resolve(done(null));
    };
    this.windowHandlers = {
      resizePrompt: ({ height }) => after(() => this.#resize(height)),
      showPrompt: () => after(() => this.#attention?.prompter.show()),
      saveFile: ({ name, text }) => saveText(text, () => askWhere(this.#windows.manager, name)),
    };
    electron.on('before-quit', () => (this.#quitting = true));
  }

  /** After `ready`, once the app runs. `quietly`: at logon no window comes up. */
  open(app: App, quietly: boolean): void {
    this.#askAndTell(app);
    const main = path.join(this.#parts.build, 'main');
    const act = (action: ShellAction): void => this.#act(action);
    electron.once('will-quit', openTray({ app, main, language: this.#speaks, act }));
    if (!quietly) this.showManager();
  }

  /** The manager alone, for somebody who may only look; it ends with its window. */
  openOnlooker(app: App): void {
    this.#app = app;
    this.#look();
    this.#servePages(app);
    app.engine.onChange((event) =>
      sendEvent(app, event, this.#windows.manager?.webContents ?? null),
    );
    electron.once('window-all-closed', () => electron.quit());
    this.showManager();
  }

  /** The prompt alone, of a standard user: nothing else of Portreeve is theirs. */
  openAgent(app: App): void {
    this.#isAgent = true;
    this.#askAndTell(app);
  }

  #askAndTell(app: App): void {
    this.#app = app;
    this.#look();
    this.#servePages(app);
    this.#ask(app);
    app.engine.onChange((event) => this.#changed(app, event));
    // Portreeve goes on when its windows are closed.
    electron.on('window-all-closed', () => {});
  }

  showManager(): void {
    if (this.#app === null || this.#isAgent) return;
    if (this.#windows.manager !== null) return this.#windows.manager.show();
    const window = createManagerWindow(this.#parts.build);
    this.#windows.manager = window;
    window.on('closed', () => (this.#windows.manager = null));
  }

  #servePages({ router }: App): void {
    const files = readPageFiles(path.join(this.#parts.build, 'renderer'));
    hardenDefaultSession();
    protocol.handle(scheme, ({ method, url }) => answerPageRequest(method, url, files));
    const ids = () => ({ prompt: this.#idOf('prompt'), manager: this.#idOf('manager') });
    registerCalls(router, ids, (name) => {
      if (name === 'postponePrompt') this.#attention?.postponed();
    });
  }

  #ask({ engine }: App): void {
    const window = createPromptWindow(this.#parts.build);
    this.#windows.prompt = window;
    const attention = new Attention({
      engine,
      sensors: this.#parts.sensors,
      clock: systemClock,
      promptWindow: () => this.#windows.prompt,
      words: () => wordsOf[this.#speaks()],
      toast: showToast,
      openManager: () => this.showManager(),
    });
    this.#attention = attention;
    listenToPower(attention.watch);
    window.on('close', (event) => {
      if (this.#quitting) return;
      event.preventDefault();
      attention.prompter.setAside();
    });
  }

  #changed(app: App, event: EventName): void {
    sendEvent(app, event, this.#windows[events[event].role]?.webContents ?? null);
    this.#attention?.changed(event);
    this.#look();
  }

  #speaks = (): Language => {
    const chosen = this.#app?.appearance().language;
    return languageOf(electron.getPreferredSystemLanguages(), chosen);
  };

  /** Takes up what was chosen: colours of windows and menus, words of the jump list. */
  #look(): void {
    const theme = this.#app?.appearance().theme ?? 'system';
    if (nativeTheme.themeSource !== theme) nativeTheme.themeSource = theme;
    const language = this.#speaks();
    if (language !== this.#language) registerWithWindows(wordsOf[language], !this.#isAgent);
    this.#language = language;
  }

  #act({ kind }: ShellAction): void {
    switch (kind) {
      case 'open-manager':
        return this.showManager();
      case 'show-prompt':
        return this.#attention?.prompter.show();
      case 'quit':
        return void this.#quit();
    }
  }

  async #quit(): Promise<void> {
    const state = this.#app?.engine.managerState() ?? { held: 0 };
    if ((await askInBox(quitQuestion(wordsOf[this.#speaks()], state))) === 0) electron.quit();
  }

  #resize(height: number): void {
    if (this.#windows.prompt !== null) placePrompt(this.#windows.prompt, height);
  }

  #idOf(role: Role): number | null {
    return this.#windows[role]?.webContents.id ?? null;
  }
}
