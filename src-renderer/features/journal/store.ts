/** The journal as far as it was asked for: the newest lines first, more as they come into view. */
import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import type { Bridge } from '../../../src-preload/contract/calls.ts';
import type { ErrorCode, ManagerState, Verdict } from '../../../src-preload/contract/model.ts';
import type { JournalTimes, JournalView } from '../../../src-preload/contract/rules.ts';

export interface JournalModel {
  readonly text: string;
  readonly verdict: Verdict | 'all';
  readonly lines: readonly JournalView[];
  /** Null until the first part has come. */
  readonly total: number | null;
  readonly times: JournalTimes | null;
  /** Of what is shown, and of what there is. */
  readonly version: number;
  readonly newest: number;
  readonly active: number;
  readonly error: ErrorCode | null;
}

export interface JournalStore {
  readonly model: StoreApi<JournalModel>;
  receive(state: ManagerState): void;
  /** From the newest line on. */
  read(): Promise<void>;
  search(change: Partial<Pick<JournalModel, 'text' | 'verdict'>>): void;
  /** Loads until there is this row. */
  ensure(row: number): void;
  move(row: number): void;
  dismiss(): void;
}

const pageSize = 200;

const empty: JournalModel = {
  text: '',
  verdict: 'all',
  lines: [],
  total: null,
  times: null,
  version: 0,
  newest: 0,
  active: 0,
  error: null,
};

/** A store over the bridge of the manager window. */
export function createJournalStore({ calls }: Bridge<'manager'>): JournalStore {
  const model = createStore<JournalModel>(() => empty);
  let asked = 0;
  let isLoading = false;
  const query = () => {
    const { text, verdict } = model.getState();
    return { limit: pageSize, text: verdict === 'all' ? text : `${text} verdict:${verdict}` };
  };
  const read = async (): Promise<void> => {
    asked += 1;
    const mine = asked;
    const result = await calls.readJournal(query());
    // An answer to an older question says nothing of this one.
    if (mine !== asked) return;
    if (result.ok) model.setState({ ...result.value, active: 0, error: null });
    else model.setState({ error: result.code });
  };
  const more = async (row: number): Promise<void> => {
    const { lines, total } = model.getState();
    const last = lines.at(-1);
    if (isLoading || last === undefined || row < lines.length || lines.length >= (total ?? 0))
      return;
    isLoading = true;
    const mine = asked;
    const result = await calls.readJournal({ ...query(), before: last.lineId });
    isLoading = false;
    if (mine !== asked) return;
    if (!result.ok) return model.setState({ error: result.code });
    if (result.value.lines.length === 0) return model.setState({ total: lines.length });
    model.setState({ lines: [...lines, ...result.value.lines] });
    return more(row);
  };
  return {
    model,
    receive({ journalVersion }) {
      model.setState({ newest: journalVersion });
    },
    read,
    search(change) {
      model.setState(change);
      void read();
    },
    ensure: (row) => void more(row),
    move(row) {
      model.setState({ active: row });
    },
    dismiss() {
      model.setState({ error: null });
    },
  };
}

const StoreContext = createContext<JournalStore | null>(null);
export const JournalStoreProvider = StoreContext.Provider;

/** The store of this window. */
export function useJournalStore(): JournalStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('the journal is outside of its store provider');
  return store;
}

/** A part of the model; the component renders again when that part changes. */
export function useJournal<Part>(select: (model: JournalModel) => Part): Part {
  return useStore(useJournalStore().model, select);
}
