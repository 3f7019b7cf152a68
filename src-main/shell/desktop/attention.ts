/** When a question comes up, and when a toast tells of one that nobody has seen. */
import type { EventName } from '../../../src-preload/contract/calls.ts';
import type { App } from '../../app.ts';
import type { Clock } from '../../engine/ports.ts';
import { MissedQuestions, type Toast } from './missed.ts';
import { type PromptWindow, Prompter } from './prompter.ts';
import { type Sensors, Watch } from './watch.ts';
import type { Words } from './words.ts';

export interface AttentionParts {
  readonly engine: App['engine'];
  readonly sensors: Sensors;
  readonly clock: Clock;
  /** Null while there is none. */
  readonly promptWindow: () => PromptWindow | null;
  readonly words: () => Words;
  /** A click on the toast does `open`. */
  readonly toast: (toast: Toast, open: () => void) => void;
  readonly openManager: () => void;
}

export class Attention {
  /** Is told of lock, sleep and wake. */
  readonly watch: Watch;
  readonly prompter: Prompter;
  readonly #parts: AttentionParts;
  readonly #missed: MissedQuestions;

  constructor(parts: AttentionParts) {
    const { engine, sensors, clock, promptWindow, words, toast, openManager } = parts;
    this.#parts = parts;
    this.watch = new Watch(sensors, clock, () => this.prompter.look());
    this.prompter = new Prompter({
      engine,
      watch: this.watch,
      window: promptWindow,
      keptBack: (count) =>
        toast({ title: words().laterTitle, text: words().laterText(count) }, () =>
          this.prompter.show(),
        ),
    });
    const tell = (one: Toast): void => toast(one, openManager);
    this.#missed = new MissedQuestions(words, engine.managerState().away, tell);
  }

  /** A state has changed. */
  changed(event: EventName): void {
    const { engine, clock } = this.#parts;
    if (event === 'promptChanged') this.prompter.changed();
    else this.#missed.look(engine.managerState().away, clock.now());
  }

  /** "Later" on the only card takes the window away; its hold goes on. */
  postponed(): void {
    if (this.#parts.engine.promptState().cards.length <= 1) this.prompter.setAside();
  }
}
