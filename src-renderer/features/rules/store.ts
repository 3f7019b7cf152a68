/** The rules list's state and the calls it makes. */
import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import type { Bridge } from '../../../src-preload/contract/calls.ts';
import type { ErrorCode, Result } from '../../../src-preload/contract/model.ts';
import type {
  ConnectionInput,
  Explanation,
  Finding,
  JournalView,
  NewRule,
  Rehearsal,
  RuleEdit,
  RuleView,
} from '../../../src-preload/contract/rules.ts';
import {
  emptyRules,
  pagesFor,
  pageSize,
  reduceRules,
  type RulesAction,
  type RulesModel,
} from './reducer.ts';

export interface RulesStore {
  readonly model: StoreApi<RulesModel>;
  readonly dispatch: (action: RulesAction) => void;
  /** Loads what is missing of these rows. */
  ensure(first: number, last: number): void;
  search(query: string): void;
  setEnabled(rule: RuleView, enabled: boolean): Promise<void>;
  remove(rule: RuleView): Promise<void>;
  removeAll(ruleIds: readonly string[]): Promise<void>;
  /** Null where they can't be had; what is wrong is in the model. */
  findings(): Promise<readonly Finding[] | null>;
  /** Makes or changes a rule. The code of what is wrong with it; null when it was saved. */
  save(input: NewRule | RuleEdit): Promise<ErrorCode | null>;
  preview(input: NewRule | RuleEdit): Promise<Result<RuleView>>;
  rehearse(input: NewRule | RuleEdit): Promise<Result<Rehearsal>>;
  /** The newest line of each program in the newest part of the journal. */
  seenPrograms(): Promise<readonly JournalView[]>;
  explain(input: ConnectionInput): Promise<Result<Explanation>>;
  undo(): Promise<void>;
}

const undoMs = 30_000;
const restoredToastMs = 4000;

/** A store over the bridge of the manager window. */
export function createRulesStore(bridge: Bridge<'manager'>): RulesStore {
  const model = createStore<RulesModel>(() => emptyRules);
  const dispatch = (action: RulesAction): void => {
    model.setState((before) => reduceRules(before, action), true);
  };
  const loader = createLoader(bridge, model, dispatch);
  const removeAll = async (ruleIds: readonly string[]): Promise<void> => {
    const result = await bridge.calls.removeRules({ ruleIds: [...ruleIds] });
    if (!result.ok) {
      dispatch({ type: 'failed', code: result.code });
      return;
    }
    const { undoId, removed: count } = result.value;
    const until = Date.now() + undoMs;
    dispatch({ type: 'toasted', toast: { kind: 'removed', undoId, count, until } });
  };
  return {
    model,
    dispatch,
    ...loader,
    search(query) {
      dispatch({ type: 'searched', query });
      loader.ensure(0, 0);
    },
    async setEnabled({ ruleId, enabled: before }, enabled) {
      dispatch({ type: 'toggled', ruleId, enabled });
      const result = await bridge.calls.setRuleEnabled({ ruleId, enabled });
      if (result.ok) return;
      dispatch({ type: 'toggled', ruleId, enabled: before });
      dispatch({ type: 'failed', code: result.code });
    },
    remove: ({ ruleId }) => removeAll([ruleId]),
    removeAll,
    async findings() {
      const result = await bridge.calls.readFindings(null);
      if (!result.ok) dispatch({ type: 'failed', code: result.code });
      return result.ok ? result.value : null;
    },
    save: (input) => save(bridge, input, dispatch),
    preview: (input) => bridge.calls.previewRule(input),
    rehearse: (input) => bridge.calls.rehearseRule(input),
    seenPrograms: () => seenPrograms(bridge),
    explain: (input) => bridge.calls.explainConnection(input),
    undo: () => undo(bridge, model.getState(), dispatch),
  };
}

async function save(
  { calls }: Bridge<'manager'>,
  input: NewRule | RuleEdit,
  dispatch: RulesStore['dispatch'],
): Promise<ErrorCode | null> {
  const isEdit = 'ruleId' in input;
  const result = await (isEdit ? calls.editRule(input) : calls.addRule(input));
  if (!result.ok) return result.code;
  const { undoId } = result.value;
  const kind = isEdit ? 'changed' : 'added';
  dispatch({ type: 'forming', form: null });
  dispatch({ type: 'toasted', toast: { kind, undoId, until: Date.now() + undoMs } });
  return null;
}

const seenLines = 1000;

async function seenPrograms({ calls }: Bridge<'manager'>): Promise<readonly JournalView[]> {
  const page = await calls.readJournal({ limit: seenLines });
  const programs = new Map<string, JournalView>();
  for (const line of page.ok ? page.value.lines : []) {
    const key = `${line.subject.kind} ${line.subject.path} ${line.subject.name}`;
    if (!programs.has(key)) programs.set(key, line);
  }
  return [...programs.values()];
}

async function undo(
  bridge: Bridge<'manager'>,
  { toast }: RulesModel,
  dispatch: RulesStore['dispatch'],
): Promise<void> {
  if (toast === null || toast.kind === 'restored' || toast.until < Date.now()) return;
  dispatch({ type: 'toasted', toast: null });
  const result = await bridge.calls.restoreRules({ undoId: toast.undoId });
  if (!result.ok) {
    dispatch({ type: 'failed', code: result.code });
    return;
  }
  const restored = {
    kind: 'restored',
    count: result.value.restored,
    until: Date.now() + restoredToastMs,
  } as const;
  dispatch({ type: 'toasted', toast: restored });
}

function createLoader(
  bridge: Bridge<'manager'>,
  model: StoreApi<RulesModel>,
  dispatch: RulesStore['dispatch'],
): Pick<RulesStore, 'ensure'> {
  const asked = new Set<string>();
  const load = async (offset: number): Promise<void> => {
    const { query, generation } = model.getState();
    const key = `${String(generation)}:${String(offset)}`;
    if (asked.has(key)) return;
    asked.add(key);
    const result = await bridge.calls.listRules({ text: query, offset, limit: pageSize });
    if (result.ok) dispatch({ type: 'loaded', generation, offset, page: result.value });
    else {
      asked.delete(key);
      dispatch({ type: 'failed', code: result.code });
    }
  };
  return {
    ensure(first, last) {
      for (const offset of pagesFor(first, last)) void load(offset);
    },
  };
}

const StoreContext = createContext<RulesStore | null>(null);
export const RulesStoreProvider = StoreContext.Provider;

/** The store of this window. */
export function useRulesStore(): RulesStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('the rules view is outside of its store provider');
  return store;
}

/** A part of the model; the component renders again when that part changes. */
export function useRules<Part>(select: (model: RulesModel) => Part): Part {
  return useStore(useRulesStore().model, select);
}
