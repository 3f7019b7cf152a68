/** The one order of all rules, and the table that finds the first of them, against plain scans. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { coversPlace, mismatchOf } from '../../../src-main/engine/policy/covering.ts';
import type { Asking } from '../../../src-main/engine/policy/covering.ts';
import { compilePattern } from '../../../src-main/engine/policy/path-pattern.ts';
import {
  compareRules,
  narrownessOf,
  placeOrder,
} from '../../../src-main/engine/policy/precedence.ts';
import { subjectText } from '../../../src-main/engine/policy/rule.ts';
import type { Rule } from '../../../src-main/engine/policy/rule.ts';
import { RuleTable } from '../../../src-main/engine/policy/rule-table.ts';
import type { Subject } from '../../../src-main/engine/ports.ts';
import { asking, rules } from '../fakes/rule-arbitraries.ts';
import { draft } from '../fakes/rule-drafts.ts';

function tableOf(all: readonly Rule[]): RuleTable {
  const table = new RuleTable();
  for (const rule of all) table.put(rule);
  return table;
}

/** By the sentence that docs/rules.md publishes, rule after rule. */
function reference(all: Iterable<Rule>, one: Asking): Rule | null {
  const covering = [...all].filter(
    (rule) =>
      isAbout(rule, one) &&
      coversPlace(rule, one.connection.target) &&
      mismatchOf(rule, one) === null,
  );
  return covering.toSorted(compareRules)[0] ?? null;
}

function isAbout({ subject, withChildren }: Rule, { caller }: Asking): boolean {
  if (subject.kind === 'anything') return true;
  const parents = withChildren ? caller.ancestors.flatMap(({ subjects }) => subjects) : [];
  return [...caller.subjects, ...parents].some((one) => is(one, subject));
}

function is(one: Subject, ruled: Subject): boolean {
  if (ruled.kind !== 'path-pattern') return subjectText(one) === subjectText(ruled);
  return one.kind === 'path' && compilePattern(ruled.key)(one.key);
}

describe('the order of rules', () => {
  test('is total: every two rules, in one and the same direction', () => {
    fc.assert(
      fc.property(rules, (all) => {
        const sorted = all.toSorted(compareRules);
        for (const [place, rule] of sorted.entries()) {
          for (const later of sorted.slice(place + 1)) {
            expect(compareRules(rule, later)).toBeLessThan(0);
            expect(compareRules(later, rule)).toBeGreaterThan(0);
          }
        }
      }),
    );
  });

  test('does not depend on the order in which rules were loaded', () => {
    fc.assert(
      fc.property(rules, asking, fc.array(fc.nat(), { minLength: 40 }), (all, one, dice) => {
        const shuffled = all
          .map((rule, index) => ({ rule, key: dice[index] ?? 0 }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ rule }) => rule);
        const kept = new Set([...tableOf(all).all()].map(({ ruleId }) => ruleId));
        const again = tableOf(shuffled.filter(({ ruleId }) => kept.has(ruleId)));
        expect(again.match(one)).toEqual(tableOf(all).match(one));
      }),
      { numRuns: 500 },
    );
  });

  test('fits one exact number', () => {
    const widest = draft({ subject: { kind: 'anything', key: '', name: '', path: '' } });
    expect(narrownessOf({ ...widest, direction: 'both' })).toBeLessThan(2 ** 35);
    expect(Number.isSafeInteger(narrownessOf(widest))).toBe(true);
  });

  test('of places: one address, a name, ranges by size, domains by depth, here, near, anywhere', () => {
    const order = [
      placeOrder({ kind: 'address', address: '10.0.0.1' }),
      placeOrder({ kind: 'host', name: 'a.b' }),
      placeOrder({ kind: 'range', first: '10.0.0.0', last: '10.0.0.1' }),
      placeOrder({ kind: 'range', first: '10.0.0.0', last: '10.0.0.255' }),
      placeOrder({ kind: 'range', first: '::', last: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' }),
      placeOrder({ kind: 'domain', name: 'a.b.c' }),
      placeOrder({ kind: 'domain', name: 'c' }),
      placeOrder({ kind: 'loopback' }),
      placeOrder({ kind: 'lan' }),
      placeOrder({ kind: 'anything' }),
    ];
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(new Set(order).size).toBe(order.length);
  });
});

describe('the table', () => {
  test('finds the very rule that a scan over all finds, 20 000 times', () => {
    let decided = 0;
    fc.assert(
      fc.property(rules, fc.array(asking, { minLength: 10, maxLength: 10 }), (all, many) => {
        const table = tableOf(all);
        const left = [...table.all()];
        for (const one of many) {
          const expected = reference(left, one);
          if (expected !== null) decided += 1;
          expect(table.match(one)).toBe(expected);
        }
      }),
      { numRuns: 2000, seed: 5 },
    );
    expect(decided).toBeGreaterThan(3000);
  }, 120_000);

  test('forgets what is removed, to the last cell', () => {
    fc.assert(
      fc.property(rules, asking, (all, one) => {
        const table = tableOf(all);
        for (const { ruleId } of all) table.remove(ruleId);
        expect(table.match(one)).toBeNull();
        expect([...table.about(one.caller)]).toEqual([]);
        expect(table.wanted()).toEqual({ hash: false, ancestors: false });
      }),
    );
  });

  test('decides nothing for a caller of whom something is not known', () => {
    fc.assert(
      fc.property(rules, asking, (all, one) => {
        const caller = { ...one.caller, complete: false };
        expect(tableOf(all).match({ ...one, caller })).toBeNull();
      }),
    );
  });
});
