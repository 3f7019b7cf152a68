/** The subscriptions to blocklists, as main tells them, and what can be done with them. */
import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import type { Bridge } from '../../../src-preload/contract/calls.ts';
import type {
  BlocklistView,
  ErrorCode,
  ManagerState,
  Result,
} from '../../../src-preload/contract/model.ts';

export interface BlocklistsModel {
  readonly lists: readonly BlocklistView[];
  readonly error: ErrorCode | null;
}

export interface BlocklistsStore {
  readonly model: StoreApi<BlocklistsModel>;
  receive(state: ManagerState): void;
  /** True when it was taken. */
  add(name: string, source: string): Promise<boolean>;
  setEnabled(listId: string, enabled: boolean): void;
  update(listId: string): void;
  remove(listId: string): void;
  dismiss(): void;
}

/** A store over the bridge of the manager window. */
export function createBlocklistsStore({ calls }: Bridge<'manager'>): BlocklistsStore {
  const model = createStore<BlocklistsModel>(() => ({ lists: [], error: null }));
  const settle = async (call: Promise<Result<unknown>>): Promise<boolean> => {
    const result = await call;
    model.setState({ error: result.ok ? null : result.code });
    return result.ok;
  };
  return {
    model,
    receive({ blocklists }) {
      model.setState({ lists: blocklists });
    },
    add: (name, source) => settle(calls.addBlocklist({ name, source })),
    setEnabled: (listId, enabled) => void settle(calls.setBlocklistEnabled({ listId, enabled })),
    update: (listId) => void settle(calls.updateBlocklist({ listId })),
    remove: (listId) => void settle(calls.removeBlocklist({ listId })),
    dismiss() {
      model.setState({ error: null });
    },
  };
}

const StoreContext = createContext<BlocklistsStore | null>(null);
export const BlocklistsStoreProvider = StoreContext.Provider;

/** The store of this window. */
export function useBlocklistsStore(): BlocklistsStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('the lists are outside of their store provider');
  return store;
}

/** A part of the model; the component renders again when that part changes. */
export function useBlocklists<Part>(select: (model: BlocklistsModel) => Part): Part {
  return useStore(useBlocklistsStore().model, select);
}
