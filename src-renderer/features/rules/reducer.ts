/** The rules list: a window onto a list that main keeps, as a pure function of answers and of what the user did. */
import type { ErrorCode, RulePage } from '../../../src-preload/contract/model.ts';
import type { ConnectionInput, RuleView } from '../../../src-preload/contract/rules.ts';
import type { Fields } from './form/fields.ts';

export const pageSize = 100;

export interface RulesModel {
  readonly query: string;
  /** Grows when everything that was loaded is out of date; answers to older questions are dropped. */
  readonly generation: number;
  /** The generation that `rows` belong to: rows of the one before stay in view until the new ones come. */
  readonly loadedGeneration: number;
  readonly version: number;
  /** Null until the first page has come. */
  readonly total: number | null;
  readonly rows: ReadonlyMap<number, RuleView>;
  readonly active: number;
  readonly toast: RulesToast | null;
  readonly error: ErrorCode | null;
  /** The rule that is being made or changed. */
  readonly form: RuleForm | null;
  /** The connection that is being explained. */
  readonly explaining: ConnectionInput | null;
}

export type RuleForm =
  | { readonly kind: 'edit'; readonly rule: RuleView }
  /** `start`: what is known already. */
  | { readonly kind: 'add'; readonly start: Partial<Fields> };

export type RulesToast =
  | {
      readonly kind: 'removed' | 'imported' | 'reset';
      readonly undoId: string;
      readonly count: number;
      readonly until: number;
    }
  | {
      readonly kind: 'changed' | 'added';
      readonly undoId: string;
      readonly until: number;
    }
  | { readonly kind: 'restored'; readonly count: number; readonly until: number };

export type RulesAction =
  | { readonly type: 'searched'; readonly query: string }
  | { readonly type: 'versionSeen'; readonly version: number }
  | {
      readonly type: 'loaded';
      readonly generation: number;
      readonly offset: number;
      readonly page: RulePage;
    }
  | { readonly type: 'moved'; readonly row: number }
  | { readonly type: 'toggled'; readonly ruleId: string; readonly enabled: boolean }
  | { readonly type: 'toasted'; readonly toast: RulesToast | null }
  | { readonly type: 'forming'; readonly form: RuleForm | null }
  | { readonly type: 'explaining'; readonly connection: ConnectionInput | null }
  | { readonly type: 'failed'; readonly code: ErrorCode | null };

export const emptyRules: RulesModel = {
  query: '',
  generation: 1,
  loadedGeneration: 0,
  version: -1,
  total: null,
  rows: new Map(),
  active: 0,
  toast: null,
  error: null,
  form: null,
  explaining: null,
};

/** The next model. */
export function reduceRules(model: RulesModel, action: RulesAction): RulesModel {
  switch (action.type) {
    case 'searched':
      return { ...model, query: action.query, generation: model.generation + 1, active: 0 };
    case 'versionSeen':
      if (action.version <= model.version) return model;
      return { ...model, version: action.version, generation: model.generation + 1 };
    case 'loaded':
      return withPage(model, action);
    case 'moved':
      return { ...model, active: action.row };
    case 'toggled':
      return withEnabled(model, action.ruleId, action.enabled);
    case 'toasted':
      return { ...model, toast: action.toast };
    case 'forming':
      return { ...model, form: action.form };
    case 'explaining':
      return { ...model, explaining: action.connection, form: null };
    case 'failed':
      return { ...model, error: action.code };
  }
}

type Loaded = Extract<RulesAction, { type: 'loaded' }>;

function withPage(model: RulesModel, { generation, offset, page }: Loaded): RulesModel {
  if (generation !== model.generation) return model;
  const fresh = model.loadedGeneration !== generation;
  // The list changed between two pages: rows of both would be off by some places.
  if (!fresh && page.version > model.version) {
    return { ...model, version: page.version, generation: generation + 1 };
  }
  const rows = new Map(fresh ? [] : model.rows);
  for (const [place, rule] of page.rules.entries()) rows.set(offset + place, rule);
  return {
    ...model,
    rows,
    loadedGeneration: generation,
    version: Math.max(model.version, page.version),
    total: page.total,
    active: Math.max(0, Math.min(model.active, page.total - 1)),
  };
}

function withEnabled(model: RulesModel, ruleId: string, enabled: boolean): RulesModel {
  const rows = new Map(model.rows);
  for (const [place, rule] of rows) {
    if (rule.ruleId === ruleId) rows.set(place, { ...rule, enabled });
  }
  return { ...model, rows };
}

/** First rows of the pages that are needed for these rows. */
export function pagesFor(first: number, last: number): number[] {
  const from = Math.floor(first / pageSize);
  const to = Math.floor(Math.max(first, last) / pageSize);
  return Array.from({ length: to - from + 1 }, (_, place) => (from + place) * pageSize);
}
