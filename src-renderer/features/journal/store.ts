/** The journal as far as it was asked for: the newest lines first, more as they come into view. */
import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import { parseSearch, timeText } from '../../../src-preload/contract/search.ts';
import type { Bridge } from '../../../src-preload/contract/calls.ts';
import type { ErrorCode, ManagerState, Verdict } from '../../../src-preload/contract/model.ts';
import type { JournalTimes, JournalView } from '../../../src-preload/contract/rules.ts';

export interface JournalModel {
  readonly text: string;
  readonly verdict: Verdict | 'all';
  readonly lines: readonly JournalView[];
  /** The first part has come. */
  readonly isRead: boolean;
  /** There are lines that are older than those that were loaded. */
  readonly hasMore: boolean;
  /** Null as long as nobody has counted. */
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
  /** Only what was in this time, ms since 1970, to the minute; the rest of the search stays. */
  searchTime(from: number, to: number): void;
  /** Forgets all lines, for ever. */
  clear(): Promise<void>;
  /** Loads until there is this row. */
  ensure(row: number): void;
  move(row: number): void;
  dismiss(): void;
}

export const pageSize = 200;
/** Nobody scrolls further, and a page must not grow for ever: a search or a time leads to older lines. */
export const maxLoaded = 10_000;

const empty: JournalModel = {
  text: '',
  verdict: 'all',
  lines: [],
  isRead: false,
  hasMore: false,
  total: null,
  times: null,
  version: 0,
  newest: 0,
  active: 0,
  error: null,
};

const MINUTE_MS = 60_000;

function isTime(word: string): boolean {
  return parseSearch(word).some(({ key }) => key === 'since' || key === 'until');
}

/** A store over the bridge of the manager window. */
export function createJournalStore({ calls }: Bridge<'manager'>): JournalStore {
  const model = createStore<JournalModel>(() => empty);
  let asked = 0;
  let isLoading = false;
  const query = () => {
    const { text, verdict } = model.getState();
    return { limit: pageSize, text: verdict === 'all' ? text : `${text} verdict:${verdict}` };
  };
  /** Takes longer than the lines, and is shown when it is there. */
  const draw = async (mine: number): Promise<void> => {
    const result = await calls.pictureJournal({ text: query().text });
    if (mine !== asked || !result.ok) return;
    const { total, times } = result.value;
    model.setState({ times, total: total ?? model.getState().total });
  };
  const read = async (): Promise<void> => {
    asked += 1;
    const mine = asked;
    const result = await calls.readJournal(query());
    // An answer to an older question says nothing of this one.
    if (mine !== asked) return;
    if (!result.ok) return model.setState({ error: result.code });
    const hasMore = result.value.lines.length === pageSize;
    model.setState({ ...result.value, hasMore, isRead: true, active: 0, error: null });
    return draw(mine);
  };
  const more = async (row: number): Promise<void> => {
    const { lines, hasMore } = model.getState();
    const last = lines.at(-1);
    if (isLoading || last === undefined || row < lines.length || !hasMore) return;
    isLoading = true;
    const mine = asked;
    const result = await calls.readJournal({ ...query(), before: last.lineId });
    isLoading = false;
    if (mine !== asked) return;
    if (!result.ok) return model.setState({ error: result.code });
    const all = [...lines, ...result.value.lines];
    const isLast = result.value.lines.length < pageSize || all.length >= maxLoaded;
    model.setState({ lines: all, hasMore: !isLast });
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
    searchTime(from, to) {
      const others = model
        .getState()
        .text.split(/\s+/u)
        .filter((word) => !isTime(word));
      const end = Math.max(from + MINUTE_MS, to + MINUTE_MS - 1);
      const time = [`since:${timeText(from)}`, `until:${timeText(end)}`];
      model.setState({ text: [...others, ...time].filter((word) => word !== '').join(' ') });
      void read();
    },
    async clear() {
      const result = await calls.clearJournal(null);
      if (!result.ok) return model.setState({ error: result.code });
      return read();
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
