/**
 * The tray at a glance: keeps the picture right with one timer at most, and makes the menu when somebody opens it, so that an
 * idle Portreeve does nothing.
 */
import type { JournalView } from '../../../src-preload/contract/rules.ts';
import type { App } from '../../app.ts';
import type { Clock, Timer } from '../../engine/ports.ts';
import { type Done, type RuleAction, managerCalls, runAction } from './tray-actions.ts';
import { type TrayIcon, trayIcon } from './tray-icon.ts';
import { type MenuLine, trayMenu } from './tray-menu.ts';
import { type Language, wordsOf } from './words.ts';

const shownDecisions = 10;
/** As long as main keeps a change that can be taken back. */
const undoMs = 30_000;

export interface GlanceParts {
  readonly app: Pick<App, 'engine' | 'router'>;
  readonly clock: Clock;
  readonly language: () => Language;
  /** Called at the start and whenever picture or line change. */
  readonly show: (icon: TrayIcon) => void;
}

export class Glance {
  readonly #parts: GlanceParts;
  readonly #unsubscribe: () => void;
  #shown = '';
  #timer: Timer | null = null;
  #undo: { readonly undoId: string; readonly until: number } | null = null;

  constructor(parts: GlanceParts) {
    this.#parts = parts;
    this.#unsubscribe = parts.app.engine.onChange((event) => {
      if (event === 'managerChanged') this.#refresh();
    });
    this.#refresh();
  }

  /** What to show now, when the menu is opened. */
  async menu(): Promise<MenuLine[]> {
    const { app, clock, language } = this.#parts;
    const now = clock.now();
    const undoId = this.#undo !== null && this.#undo.until > now ? this.#undo.undoId : null;
    const decisions = await this.#decisions();
    const state = app.engine.managerState();
    return trayMenu({ state, decisions, undoId, now, language: language() });
  }

  async run(action: RuleAction): Promise<Done> {
    const done = await runAction(action, this.#parts.app.router);
    if (!done.ok) return done;
    const { undoId } = done.value;
    if (action.kind === 'undo') this.#undo = null;
    if (undoId !== null) this.#undo = { undoId, until: this.#parts.clock.now() + undoMs };
    return done;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#unsubscribe();
  }

  async #decisions(): Promise<readonly JournalView[]> {
    const page = await managerCalls(this.#parts.app.router)('readJournal', {
      limit: shownDecisions,
    });
    return page.ok ? page.value.lines : [];
  }

  #refresh(): void {
    const { app, clock, language, show } = this.#parts;
    const icon = trayIcon(app.engine.managerState(), clock.now(), wordsOf[language()]);
    const text = `${icon.name}\n${icon.tooltip}`;
    this.#timer?.cancel();
    this.#timer =
      icon.until === null
        ? null
        : clock.after(Math.max(1, icon.until - clock.now()), () => this.#refresh());
    if (text === this.#shown) return;
    this.#shown = text;
    show(icon);
  }
}
