/** Brings the prompt window up and takes it away: visible while there is something to answer and nothing that forbids it. */
import type { App } from '../../app.ts';
import {
  type Visibility,
  afterChange,
  afterSetAside,
  afterShow,
  hidden,
} from './prompt-visibility.ts';
import type { Watch } from './watch.ts';

export interface PromptWindow {
  isVisible(): boolean;
  /** Without taking the focus. */
  showInactive(): void;
  hide(): void;
}

export interface PrompterParts {
  readonly engine: Pick<App['engine'], 'promptState'>;
  readonly watch: Pick<Watch, 'hindrance'>;
  /** Null while there is none. */
  readonly window: () => PromptWindow | null;
  /** A full screen keeps this many questions back; once for each full screen. */
  readonly keptBack: (count: number) => void;
}

export class Prompter {
  readonly #parts: PrompterParts;
  #visibility: Visibility = hidden;
  #toldOfFullScreen = false;

  constructor(parts: PrompterParts) {
    this.#parts = parts;
  }

  /** The state of the prompt has changed. */
  changed(): void {
    this.#see(afterChange(this.#visibility, this.#parts.engine.promptState()));
  }

  /** The user closed the window, or postponed its only card. */
  setAside(): void {
    this.#see(afterSetAside(this.#parts.engine.promptState()));
  }

  /** The user asked for it: then nothing is in the way. */
  show(): void {
    this.#visibility = afterShow(this.#parts.engine.promptState());
    this.#put(this.#visibility.visible);
  }

  /** What kept it away may be over, or the window is a new one. */
  look(): void {
    this.#see(this.#visibility);
  }

  #see(next: Visibility): void {
    this.#visibility = next;
    const window = this.#parts.window();
    if (window === null) return;
    if (!next.visible || window.isVisible()) return this.#put(next.visible);
    const hindrance = this.#parts.watch.hindrance();
    if (hindrance === 'full-screen' && !this.#toldOfFullScreen) {
      this.#parts.keptBack(this.#parts.engine.promptState().cards.length);
    }
    this.#toldOfFullScreen = hindrance === 'full-screen';
    this.#put(hindrance === null);
  }

  #put(visible: boolean): void {
    const window = this.#parts.window();
    if (window === null || window.isVisible() === visible) return;
    if (visible) window.showInactive();
    else window.hide();
  }
}
