/** The prompt's state and the calls it makes. Everything that decides is in the reducer. */
import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import type { Bridge } from '../../../src-preload/contract/calls.ts';
import type { PromptState, Result, Verdict } from '../../../src-preload/contract/model.ts';
import { perFrame } from '../../coalesce.ts';
import { appear } from '../../theme/appearance.ts';
import {
  choiceOf,
  emptyModel,
  openCard,
  reducePrompt,
  type PromptAction,
  type PromptModel,
} from './reducer.ts';

export interface PromptEffects {
  answer(verdict: Verdict): Promise<void>;
  postpone(): Promise<void>;
  undo(): Promise<void>;
  /** The user is dealing with the open card; main is told at most every 5 s. */
  touch(): void;
  resize(height: number): void;
  /** The card of a self-test is on the screen. */
  painted(cardId: string): void;
}

export interface PromptStore extends PromptEffects {
  readonly model: StoreApi<PromptModel>;
  readonly dispatch: (action: PromptAction) => void;
  /** Reads the first state and follows all later ones. */
  start(): Promise<void>;
}

const touchEveryMs = 5000;

/** A store over the bridge of the prompt window. */
export function createPromptStore(bridge: Bridge<'prompt'>): PromptStore {
  const model = createStore<PromptModel>(() => emptyModel);
  const dispatch = (action: PromptAction): void => {
    model.setState((before) => reducePrompt(before, action), true);
  };
  return {
    model,
    dispatch,
    start: () => start(bridge, dispatch),
    ...createEffects(bridge, model, dispatch),
  };
}

async function start(bridge: Bridge<'prompt'>, dispatch: PromptStore['dispatch']): Promise<void> {
  let heard = false;
  const receive = perFrame((state: PromptState) => {
    appear(state.appearance);
    dispatch({ type: 'received', state });
  });
  bridge.events.promptChanged((state) => {
    heard = true;
    receive(state);
  });
  const first = await bridge.calls.readPrompt(null);
  // A state that was sent after the question is newer than the answer to it.
  if (first.ok && !heard) receive(first.value);
  if (!first.ok && !heard) dispatch({ type: 'failed', card: null, code: first.code });
}

function createEffects(
  bridge: Bridge<'prompt'>,
  model: StoreApi<PromptModel>,
  dispatch: PromptStore['dispatch'],
): PromptEffects {
  let touched = { cardId: '', at: -touchEveryMs };
  const report = (result: Result<unknown>): void => {
    if (!result.ok) dispatch({ type: 'failed', card: null, code: result.code });
  };
  return {
    answer: (verdict) => answer(bridge, model.getState(), dispatch, verdict),
    async postpone() {
      const card = openCard(model.getState());
      if (card === null) return;
      dispatch({ type: 'setAside' });
      report(await bridge.calls.postponePrompt({ cardId: card.cardId }));
    },
    async undo() {
      const undo = model.getState().state?.undo ?? null;
      if (undo !== null) report(await bridge.calls.undoAnswer({ undoId: undo.undoId }));
    },
    touch() {
      const card = openCard(model.getState());
      if (card === null || card.state === 'given-up') return;
      const now = performance.now();
      if (touched.cardId === card.cardId && now - touched.at < touchEveryMs) return;
      touched = { cardId: card.cardId, at: now };
      void bridge.calls.touchPrompt({ cardId: card.cardId });
    },
    resize(height) {
      void bridge.calls.resizePrompt({ height });
    },
    painted(cardId) {
      void bridge.calls.notePainted({ cardId });
    },
  };
}

async function answer(
  bridge: Bridge<'prompt'>,
  model: PromptModel,
  dispatch: PromptStore['dispatch'],
  verdict: Verdict,
): Promise<void> {
  const card = openCard(model);
  if (card === null || model.sending) return;
  dispatch({ type: 'sending' });
  const { cardId, revision } = card;
  const result = await bridge.calls.answerPrompt({
    cardId,
    revision,
    verdict,
    ...choiceOf(model, card),
  });
  if (result.ok) dispatch({ type: 'answered', card });
  else dispatch({ type: 'failed', card, code: result.code });
}

const StoreContext = createContext<PromptStore | null>(null);
export const PromptStoreProvider = StoreContext.Provider;

/** The store of this window. */
export function usePromptStore(): PromptStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('the prompt view is outside of its store provider');
  return store;
}

/** A part of the model; the component renders again when that part changes. */
export function usePrompt<Part>(select: (model: PromptModel) => Part): Part {
  return useStore(usePromptStore().model, select);
}
