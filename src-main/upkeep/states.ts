/** The states that the pages are told: the engine's, and beside them what Portreeve says about itself. */
import type { EventName, Handlers } from '../../src-preload/contract/calls.ts';
import type { ManagerState, PromptState } from '../../src-preload/contract/model.ts';
import type { Appearance } from '../../src-preload/contract/upkeep.ts';
import { done } from '../engine/result.ts';
import type { PreferencesFile } from './preferences.ts';
import type { Updates } from './updates/updates.ts';

export interface EngineStates {
  promptState(): PromptState;
  managerState(): ManagerState;
  /** Returns what ends it. */
  onChange(listener: (event: EventName) => void): () => void;
}

export interface OwnState {
  readonly preferences: PreferencesFile;
  readonly updates: Pick<Updates, 'view' | 'onChange'>;
  readonly isService: boolean;
}

/** `engine`, with what Portreeve says about itself; a change of that reaches every window. */
export function wholeStates(engine: EngineStates, own: OwnState): EngineStates {
  const listeners = new Set<(event: EventName) => void>();
  const tell = (event: EventName): void => {
    for (const listener of listeners) listener(event);
  };
  engine.onChange(tell);
  own.preferences.onChange(() => {
    tell('promptChanged');
    tell('managerChanged');
  });
  own.updates.onChange(() => tell('managerChanged'));
  const appearance = (): Appearance => own.preferences.now.appearance;
  return {
    promptState: () => ({ ...engine.promptState(), appearance: appearance() }),
    managerState: () => ({
      ...engine.managerState(),
      appearance: appearance(),
      updates: own.updates.view,
      ...(own.isService ? { isService: true as const } : {}),
    }),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A page's first question gets what its events say later. */
export function stateHandlers(states: EngineStates): Pick<Handlers, 'readPrompt' | 'readManager'> {
  return {
    readPrompt: async () => done(states.promptState()),
    readManager: async () => done(states.managerState()),
  };
}
