/** What was decided while nobody could be asked. */
import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import type { Bridge } from '../../../src-preload/contract/calls.ts';
import type { AwayView, ErrorCode, ManagerState } from '../../../src-preload/contract/model.ts';

export interface AwayModel {
  readonly away: readonly AwayView[];
  readonly lost: number;
  readonly active: number;
  readonly error: ErrorCode | null;
}

export interface AwayStore {
  readonly model: StoreApi<AwayModel>;
  receive(state: ManagerState): void;
  move(row: number): void;
  clear(awayIds: readonly string[]): Promise<void>;
  dismiss(): void;
}

/** The list after main sent a new one; the active row stays within it. */
export function receiveAway(model: AwayModel, state: ManagerState): AwayModel {
  const last = Math.max(0, state.away.length - 1);
  return { ...model, away: state.away, lost: state.awayLost, active: Math.min(model.active, last) };
}

/** A store over the bridge of the manager window. */
export function createAwayStore(bridge: Bridge<'manager'>): AwayStore {
  const model = createStore<AwayModel>(() => ({ away: [], lost: 0, active: 0, error: null }));
  return {
    model,
    receive(state) {
      model.setState((before) => receiveAway(before, state));
    },
    move(row) {
      model.setState({ active: row });
    },
    async clear(awayIds) {
      const result = await bridge.calls.clearAway({ awayIds: [...awayIds] });
      model.setState({ error: result.ok ? null : result.code });
    },
    dismiss() {
      model.setState({ error: null });
    },
  };
}

const StoreContext = createContext<AwayStore | null>(null);
export const AwayStoreProvider = StoreContext.Provider;

/** The store of this window. */
export function useAwayStore(): AwayStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('the list is outside of its store provider');
  return store;
}

/** A part of the model; the component renders again when that part changes. */
export function useAway<Part>(select: (model: AwayModel) => Part): Part {
  return useStore(useAwayStore().model, select);
}
