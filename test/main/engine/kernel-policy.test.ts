/** The engine's evaluator and the kernel's plain rules mean the same, or the kernel asks. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { decidePlain } from '../../../src-main/engine/policy/compile/plain.ts';
import type { PlainPolicy } from '../../../src-main/engine/policy/compile/plain.ts';
import type { Asking } from '../../../src-main/engine/policy/covering.ts';
import { KernelPolicies } from '../../../src-main/engine/policy/kernel-policy.ts';
import type { ModeState } from '../../../src-main/engine/policy/mode-state.ts';
import { driverVerdict } from '../../../src-main/engine/policy/rule.ts';
import type { Rule } from '../../../src-main/engine/policy/rule.ts';
import { RuleTable } from '../../../src-main/engine/policy/rule-table.ts';
import { fakeIdentity } from '../fakes/engine-bench.ts';
import { plainConnection } from '../fakes/fake-kernel.ts';
import { asking, rules } from '../fakes/rule-arbitraries.ts';
import { draft } from '../fakes/rule-drafts.ts';
import { sample } from '../fakes/sample.ts';

const state: ModeState = { mode: 'ask', startedAt: 0, until: null, pauses: [] };
const identity = fakeIdentity();

function tableOf(all: readonly Rule[]): RuleTable {
  const table = new RuleTable();
  for (const rule of all) table.put(rule);
  return table;
}

function known(one: Asking) {
  return { caller: one.caller, process: one.connection.process };
}

/** What the kernel does with it; `ask` when nothing is said. */
function plainly(policy: PlainPolicy, subjectId: number | null, one: Asking) {
  return (
    decidePlain(policy, subjectId, plainConnection(one.connection)) ?? {
      outcome: 'none',
      ruleId: 0,
    }
  );
}

describe('a mapped process', () => {
  test('is decided by the kernel as by the engine, or the kernel asks: 5 000 pairs, made small when they differ', () => {
    let decided = 0;
    let asked = 0;
    const many = fc.array(asking, { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(rules, many, (all, connections) => {
        const table = tableOf(all);
        const policies = new KernelPolicies();
        const view = { table, state, identity, known: connections.map(known) };
        const { policy, mappings } = policies.build(view);
        connections.forEach((one, index) => {
          const rule = table.match(one);
          const { outcome, ruleId } = plainly(policy, mappings[index]?.subjectId ?? null, one);
          if (outcome === 'ask') asked += 1;
          else if (outcome === 'none') expect(rule).toBeNull();
          else {
            decided += 1;
            expect({ outcome, ruleId }).toEqual({
              outcome: rule === null ? 'ask' : driverVerdict(rule.verdict),
              ruleId: rule?.ruleId,
            });
          }
        });
      }),
      { numRuns: 500, seed: 4 },
    );
    expect(decided).toBeGreaterThan(150);
    expect(asked).toBeGreaterThan(150);
  }, 600_000);

  test('is not mapped while something of it is not known', () => {
    const one = { caller: { ...callerOf('/a'), complete: false }, process: sample().process };
    const view = { table: tableOf([]), state, identity, known: [one] };
    expect(new KernelPolicies().build(view).mappings[0]?.subjectId).toBeNull();
  });
});

describe('a path', () => {
  test('stands for whatever runs there: as the engine for every caller, or the kernel asks', () => {
    let decided = 0;
    fc.assert(
      fc.property(rules, fc.array(asking, { minLength: 10 }), (all, connections) => {
        const table = tableOf(all);
        const { policy } = new KernelPolicies().build({ table, state, identity, known: [] });
        for (const one of connections) {
          const own = policy.subjects.find(({ paths }) => paths.includes(one.connection.path));
          if (own === undefined) continue;
          const { outcome } = plainly(policy, own.subjectId, one);
          const rule = table.match(one);
          if (outcome === 'allow' || outcome === 'block') {
            decided += 1;
            expect(outcome).toBe(rule === null ? 'ask' : driverVerdict(rule.verdict));
          }
        }
      }),
      { numRuns: 500, seed: 9 },
    );
    expect(decided).toBeGreaterThan(25);
  }, 600_000);

  test('of an interpreter or a host of services is not listed', () => {
    const all = ['/usr/bin/python3', '/windows/svchost.exe', '/usr/bin/curl'].map((path, index) =>
      ruleOf(index + 1, { path }),
    );
    const view = { table: tableOf(all), state, identity, known: [] };
    expect(new KernelPolicies().build(view).policy.subjects.map(({ paths }) => paths)).toEqual([
      ['/usr/bin/curl'],
    ]);
  });
});

describe('what changes', () => {
  const one = (path: string, pid: number) => ({
    caller: callerOf(path),
    process: sample({ pid }).process,
  });

  test('is made anew, and nothing else is', () => {
    const table = tableOf([ruleOf(1, { path: '/a' }), ruleOf(2, { path: '/b' })]);
    const policies = new KernelPolicies();
    const view = { table, state, identity, known: [one('/a', 1), one('/b', 2), one('/c', 3)] };
    const before = policies.build(view);
    table.put(ruleOf(3, { path: '/a', verdict: 'block', place: { kind: 'lan' } }));
    const after = policies.build(view);
    expect(after.policy.version).toBe(before.policy.version + 1);
    const of = ({ policy }: typeof before, path: string) =>
      policy.subjects.find(({ paths }) => paths.includes(path));
    expect(of(after, '/b')?.rules).toBe(of(before, '/b')?.rules);
    expect(of(after, '/a')?.rules).toHaveLength(2);
    expect(after.policy.everybody).toBe(before.policy.everybody);
    expect(after.mappings[1]).toEqual(before.mappings[1]);
    expect(after.mappings[2]?.subjectId).toBe(1);
    // Another class has another number: the driver may still know the process by the first.
    expect(after.mappings[0]?.subjectId).not.toBe(before.mappings[0]?.subjectId);
  });

  test('is the same however it came about', () => {
    fc.assert(
      fc.property(rules, rules, asking, (all, more, connection) => {
        const table = tableOf(all);
        const policies = new KernelPolicies();
        const view = { table, state, identity, known: [known(connection)] };
        policies.build(view);
        for (const rule of more) table.put({ ...rule, ruleId: rule.ruleId + 100 });
        for (const { ruleId } of all.slice(0, 5)) table.remove(ruleId);
        const grown = policies.build(view).policy;
        const fresh = new KernelPolicies().build({ ...view, table: tableOf([...table.all()]) });
        expect(stripped(grown)).toEqual(stripped(fresh.policy));
      }),
      { numRuns: 300 },
    );
  });

  test('a rule that is switched off decides nothing, by path and by process', () => {
    const rule = ruleOf(1, { path: '/a' });
    const table = tableOf([rule]);
    const policies = new KernelPolicies();
    const view = { table, state, identity, known: [one('/a', 1)] };
    policies.build(view);
    table.setEnabled(rule, false);
    const { policy } = policies.build(view);
    expect(policy.subjects.flatMap((subject) => subject.rules)).toEqual([]);
  });

  test('lockdown blocks everything; a pause asks, of everything or of one program', () => {
    const table = tableOf([ruleOf(1, { path: '/a' }), ruleOf(2, { path: '/b', verdict: 'block' })]);
    const connection = plainConnection(sample({ path: '/b' }));
    const outcome = (modes: ModeState, path: string) => {
      const view = { table, state: modes, identity, known: [one(path, 1)] };
      const { policy, mappings } = new KernelPolicies().build(view);
      return decidePlain(policy, mappings[0]?.subjectId ?? null, connection)?.outcome;
    };
    expect(outcome({ ...state, mode: 'lockdown' }, '/a')).toBe('block');
    const pause = { pauseId: 'p', startedAt: 0, until: 1 };
    const all = { ...state, pauses: [{ ...pause, subject: null }] };
    expect([outcome(all, '/a'), outcome(all, '/b')]).toEqual(['ask', 'ask']);
    const some = { ...state, pauses: [{ ...pause, subject: callerOf('/b').subject }] };
    expect([outcome(some, '/a'), outcome(some, '/b')]).toEqual(['allow', 'ask']);
  });
});

function stripped({ subjects, everybody }: PlainPolicy) {
  const plain = subjects.map(({ paths, rules: own }) => ({ paths, own }));
  return {
    plain: plain.toSorted((a, b) => (JSON.stringify(a.paths) < JSON.stringify(b.paths) ? -1 : 1)),
    everybody,
  };
}

function callerOf(path: string) {
  const subject = identity.subjectOf(path);
  return { subject, subjects: [subject], ancestors: [], complete: true };
}

function ruleOf(ruleId: number, given: Parameters<typeof draft>[0]): Rule {
  return { ...draft(given), ruleId, editedAt: null, enabled: true, hits: 0, lastUsedAt: null };
}
