/** The states of the service, as they were told last. Without a line there are no questions, and nobody to ask. */
import type { EventName } from '../../src-preload/contract/calls.ts';
import type { DriverState, ManagerState, PromptState } from '../../src-preload/contract/model.ts';
import { noManager, noPrompt } from '../../src-preload/contract/nothing.ts';
import type { EngineStates } from '../upkeep/states.ts';

export const appGone: DriverState = {
  kind: 'lost',
  reason: 'The service of Portreeve cannot be reached, so nobody is asked.',
  remedy: 'This window joins it again by itself when it is back.',
  cause: 'app-gone',
};

/** A whole sentence each, for there is no cause that pages have words for. */
export function otherVersion(theirs: string, ours: string): DriverState {
  return {
    kind: 'lost',
    reason: `Portreeve's service has version ${theirs}, this window ${ours}.`,
    remedy: 'Quit Portreeve in the tray and start it again.',
  };
}

export class Mirror implements EngineStates {
  readonly #listeners = new Set<(event: EventName) => void>();
  #prompt: PromptState = noPrompt(appGone);
  #manager: ManagerState = noManager(appGone);

  promptState(): PromptState {
    return this.#prompt;
  }

  managerState(): ManagerState {
    return this.#manager;
  }

  read(event: EventName): PromptState | ManagerState {
    return event === 'promptChanged' ? this.#prompt : this.#manager;
  }

  onChange(listener: (event: EventName) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  told(event: EventName, state: PromptState | ManagerState): void {
    // Each event carries its own state (contract/calls.ts).
    if (event === 'promptChanged') this.#prompt = state as PromptState;
    else this.#manager = state as ManagerState;
    this.#tell(event);
  }

  /** What is known of rules and modes stays to be seen; questions do not. */
  lost(driver: DriverState): void {
    this.#prompt = { ...this.#prompt, driver, cards: [], undo: null };
    this.#manager = { ...this.#manager, driver, held: 0, cards: 0 };
    this.#tell('promptChanged');
    this.#tell('managerChanged');
  }

  #tell(event: EventName): void {
    for (const listener of this.#listeners) listener(event);
  }
}
