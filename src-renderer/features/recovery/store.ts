/** What is wrong with the file of the rules, and what can be done about it. */
import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import type { Bridge } from '../../../src-preload/contract/calls.ts';
import type { ManagerState, Result, StoreState } from '../../../src-preload/contract/model.ts';

export interface RecoveryModel {
  readonly state: StoreState;
  /** Something is being done about it. */
  readonly busy: boolean;
  /** The last attempt did not help. */
  readonly failed: boolean;
}

export interface RecoveryStore {
  readonly model: StoreApi<RecoveryModel>;
  receive(state: ManagerState): void;
  retry(): void;
  restore(backupId: string): void;
  startWithoutRules(): void;
}

/** A store over the bridge of the manager window. */
export function createRecoveryStore({ calls }: Bridge<'manager'>): RecoveryStore {
  const model = createStore<RecoveryModel>(() => ({
    state: { kind: 'ok' },
    busy: false,
    failed: false,
  }));
  const mend = async (call: () => Promise<Result<unknown>>): Promise<void> => {
    if (model.getState().busy) return;
    model.setState({ busy: true, failed: false });
    const { ok } = await call();
    model.setState({ busy: false, failed: !ok });
  };
  return {
    model,
    receive({ store }) {
      model.setState({ state: store });
    },
    retry: () => void mend(() => calls.retryStore(null)),
    restore: (backupId) => void mend(() => calls.restoreBackup({ backupId })),
    startWithoutRules: () => void mend(() => calls.startWithoutRules(null)),
  };
}

const StoreContext = createContext<RecoveryStore | null>(null);
export const RecoveryStoreProvider = StoreContext.Provider;

/** The store of this window. */
export function useRecoveryStore(): RecoveryStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('the recovery is outside of its store provider');
  return store;
}

/** A part of the model; the component renders again when that part changes. */
export function useRecovery<Part>(select: (model: RecoveryModel) => Part): Part {
  return useStore(useRecoveryStore().model, select);
}
