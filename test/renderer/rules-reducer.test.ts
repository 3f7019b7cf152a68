import { describe, expect, it } from 'vitest';
import type { RulePage } from '../../src-preload/contract/model.ts';
import {
  emptyRules,
  pagesFor,
  reduceRules,
  type RulesAction,
} from '../../src-renderer/features/rules/reducer.ts';
import { ruleView } from '../fakes/views.ts';

const page = (given: Partial<RulePage> = {}): RulePage => ({
  rules: [ruleView(0), ruleView(1)],
  total: 250,
  version: 1,
  ...given,
});
const loaded = (
  generation: number,
  offset: number,
  given: Partial<RulePage> = {},
): RulesAction => ({
  type: 'loaded',
  generation,
  offset,
  page: page(given),
});
const after = (...actions: RulesAction[]) => actions.reduce(reduceRules, emptyRules);

describe('the rules list', () => {
  it('given two pages, then rows stand at their places', () => {
    const model = after(loaded(1, 0), loaded(1, 100, { rules: [ruleView(100)] }));
    expect([...model.rows.keys()]).toEqual([0, 1, 100]);
    expect(model.total).toBe(250);
  });

  it('given an answer to an older search, then it is dropped', () => {
    const model = after(loaded(1, 0), { type: 'searched', query: 'x' }, loaded(1, 0, { total: 7 }));
    expect(model.total).toBe(250);
  });

  it('given a new search, then old rows stay in view until the new ones come, and then none is left', () => {
    const searching = after(loaded(1, 0), { type: 'searched', query: 'x' });
    expect(searching.rows.size).toBe(2);
    const found = reduceRules(searching, loaded(2, 0, { rules: [ruleView(9)], total: 1 }));
    expect([...found.rows.values()].map((rule) => rule.ruleId)).toEqual(['rule-9']);
  });

  it('given rules that changed between two pages, then everything is asked for again', () => {
    const model = after(loaded(1, 0), loaded(1, 100, { version: 2 }));
    expect(model.generation).toBe(2);
    expect(model.rows.has(100)).toBe(false);
  });

  it('given a version that is known already, then nothing is asked for again', () => {
    const model = after(loaded(1, 0, { version: 5 }), { type: 'versionSeen', version: 5 });
    expect(model.generation).toBe(1);
    expect(reduceRules(model, { type: 'versionSeen', version: 6 }).generation).toBe(2);
  });

  it('given a list that became shorter, then the active row stays within it', () => {
    const model = after(
      loaded(1, 0),
      { type: 'moved', row: 200 },
      { type: 'versionSeen', version: 2 },
      loaded(2, 0, { total: 2, version: 2 }),
    );
    expect(model.active).toBe(1);
  });

  it('given rows in view, then just the pages that hold them are needed', () => {
    expect(pagesFor(0, 0)).toEqual([0]);
    expect(pagesFor(95, 210)).toEqual([0, 100, 200]);
  });
});
