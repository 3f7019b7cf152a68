/** The state of the whole: driver, and how much is held. */
import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import type { Bridge } from '../../../src-preload/contract/calls.ts';
import type { DriverState, ManagerState } from '../../../src-preload/contract/model.ts';

export interface StatusModel {
  readonly driver: DriverState;
  readonly held: number;
  readonly cards: number;
  readonly away: number;
  readonly ruleVersion: number;
}

export interface StatusStore {
  readonly model: StoreApi<StatusModel>;
  receive(state: ManagerState): void;
  showPrompt(): void;
}

/** A store over the bridge of the manager window. */
export function createStatusStore(bridge: Bridge<'manager'>): StatusStore {
  const model = createStore<StatusModel>(() => ({
    driver: { kind: 'connecting' },
    held: 0,
    cards: 0,
    away: 0,
    ruleVersion: 0,
  }));
  return {
    model,
    receive({ driver, held, cards, away, ruleVersion }) {
      model.setState({ driver, held, cards, away: away.length, ruleVersion });
    },
    showPrompt() {
      void bridge.calls.showPrompt(null);
    },
  };
}

const StoreContext = createContext<StatusStore | null>(null);
export const StatusStoreProvider = StoreContext.Provider;

/** The store of this window. */
export function useStatusStore(): StatusStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('the view is outside of its store provider');
  return store;
}

/** A part of the model; the component renders again when that part changes. */
export function useStatus<Part>(select: (model: StatusModel) => Part): Part {
  return useStore(useStatusStore().model, select);
}
