import { beforeEach, describe, expect, test } from 'vitest';

import { startBench } from '../fakes/engine-bench.ts';
import type { Bench } from '../fakes/engine-bench.ts';
import { hands } from '../fakes/hands.ts';
import { sample } from '../fakes/sample.ts';

let bench: Bench;
const { cards, answer, rules, verdicts } = hands(() => bench);

beforeEach(async () => {
  bench = await startBench();
});

describe('taking back', () => {
  test('an answer, within 30 s: its rule goes, and what it replaced returns', async () => {
    bench.driver.hold(sample());
    await answer('allow', 'anything', 'always');
    const [old] = await rules();
    await bench.engine.handlers.setRuleEnabled({ ruleId: old?.ruleId ?? '', enabled: false });
    bench.driver.hold(sample());
    await answer('block', 'anything', 'always');
    expect(await rules()).toHaveLength(1);
    const { undo } = bench.engine.promptState();
    expect(undo).toMatchObject({ verdict: 'block', subject: { name: 'curl' } });
    expect(await bench.engine.handlers.undoAnswer({ undoId: undo?.undoId ?? '' })).toMatchObject({
      ok: true,
    });
    expect(bench.engine.promptState().undo).toBeNull();
    expect(await rules()).toEqual([{ ...old, enabled: false }]);
    bench.driver.hold(sample());
    expect(cards()).toHaveLength(1);
    bench = await bench.restart();
    expect(await rules()).toEqual([{ ...old, enabled: false }]);
  });

  test('is refused after 30 s', async () => {
    bench.driver.hold(sample());
    await answer('allow', 'anything', 'always');
    const { undo } = bench.engine.promptState();
    bench.clock.pass(30_001);
    expect(bench.engine.promptState().undo).toBeNull();
    expect(await bench.engine.handlers.undoAnswer({ undoId: undo?.undoId ?? '' })).toMatchObject({
      ok: false,
      code: 'not-found',
    });
    expect(await rules()).toHaveLength(1);
  });

  test('removed rules come back as they were, but not over newer answers', async () => {
    bench.driver.hold(sample({ path: '/a' }), sample({ path: '/b' }));
    await answer('allow', 'anything', 'always');
    await answer('allow', 'anything', 'always');
    const before = await rules();
    const removed = await bench.engine.handlers.removeRules({
      ruleIds: before.map(({ ruleId }) => ruleId),
    });
    if (!removed.ok) throw new Error(removed.message);
    expect(removed.value.removed).toBe(2);
    bench.driver.hold(sample({ path: '/a' }));
    await answer('block', 'anything', 'always');
    const { undoId } = removed.value;
    expect(await bench.engine.handlers.restoreRules({ undoId })).toEqual({
      ok: true,
      value: { restored: 1 },
    });
    const after = await rules();
    expect(after.map(({ subject, verdict }) => [subject.name, verdict])).toEqual([
      ['a', 'block'],
      ['b', 'allow'],
    ]);
  });
});

describe('lifetimes', () => {
  test('while it runs: for the processes that waited, not for a later one with the same id', async () => {
    bench.driver.hold(sample({ pid: 1 }), sample({ pid: 2 }));
    await answer('allow', 'anything', 'while-it-runs');
    const ids = bench.driver.hold(sample({ pid: 1 }), sample({ pid: 2 }), sample({ pid: 3 }));
    const [reused] = bench.driver.hold(sample({ pid: 1, created: 133_600_000_000_000_000n }));
    expect(verdicts([...ids, reused ?? 0n])).toEqual(['allow', 'allow', 'waiting', 'waiting']);
  });

  test('while it runs: survives a restart of Portreeve, and goes with its processes', async () => {
    bench.driver.hold(sample({ pid: 1 }), sample({ pid: 2 }));
    await answer('allow', 'anything', 'while-it-runs');
    bench = await bench.restart((identity) => identity.dead.add(1n));
    expect(verdicts(bench.driver.hold(sample({ pid: 2 })))).toEqual(['allow']);
    bench.identity.dead.add(2n);
    await rules();
    await new Promise(setImmediate);
    expect(await rules()).toEqual([]);
  });

  test('until restart: survives a restart of Portreeve, not one of the computer', async () => {
    bench.driver.hold(sample());
    await answer('block', 'anything', 'until-restart');
    bench = await bench.restart();
    expect(verdicts(bench.driver.hold(sample()))).toEqual(['block']);
    bench = await bench.restart((identity) => {
      identity.boot = 'second';
    });
    expect(verdicts(bench.driver.hold(sample()))).toEqual(['waiting']);
    expect(await rules()).toEqual([]);
  });

  test('always: survives both', async () => {
    bench.driver.hold(sample({ path: '/opt/\udcff' }));
    await answer('block', 'address-port', 'always');
    bench = await bench.restart((identity) => {
      identity.boot = 'second';
    });
    const ids = bench.driver.hold(sample({ path: '/opt/\udcff' }), sample({ path: '/opt/\udcfe' }));
    expect(verdicts(ids)).toEqual(['block', 'waiting']);
  });
});

describe('the manager', () => {
  test('finds rules by name, path and address, newest first', async () => {
    bench.driver.hold(
      sample({ path: '/opt/Alpha' }),
      sample({ path: '/srv/beta', address: '127.9.9.9' }),
    );
    await answer('allow', 'anything', 'always');
    await answer('allow', 'address', 'always');
    expect((await rules()).map(({ subject }) => subject.name)).toEqual(['beta', 'Alpha']);
    expect((await rules('alpha')).map(({ subject }) => subject.name)).toEqual(['Alpha']);
    expect((await rules('/SRV/')).map(({ subject }) => subject.name)).toEqual(['beta']);
    expect((await rules('9.9.9')).map(({ place }) => place)).toEqual([
      { kind: 'address', address: '127.9.9.9' },
    ]);
    expect(await rules('nothing')).toEqual([]);
  });

  test('a rule that is switched on again settles what waits', async () => {
    bench.driver.hold(sample());
    await answer('block', 'anything', 'always');
    const [rule] = await rules();
    const ruleId = rule?.ruleId ?? '';
    await bench.engine.handlers.setRuleEnabled({ ruleId, enabled: false });
    const ids = bench.driver.hold(sample());
    expect(verdicts(ids)).toEqual(['waiting']);
    await bench.engine.handlers.setRuleEnabled({ ruleId, enabled: true });
    expect(verdicts(ids)).toEqual(['block']);
    expect(cards()).toEqual([]);
  });

  test('unknown rules, cards and undos are not found', async () => {
    const { handlers } = bench.engine;
    expect(await handlers.setRuleEnabled({ ruleId: '5', enabled: true })).toMatchObject({
      code: 'not-found',
    });
    expect(await handlers.postponePrompt({ cardId: 'x' })).toMatchObject({ code: 'not-found' });
    expect(await handlers.touchPrompt({ cardId: 'x' })).toMatchObject({ code: 'not-found' });
    expect(await handlers.restoreRules({ undoId: 'x' })).toMatchObject({ code: 'not-found' });
    expect(await handlers.removeRules({ ruleIds: ['5'] })).toMatchObject({ value: { removed: 0 } });
  });

  test('counts of use are written in batches and at the end', async () => {
    bench.driver.hold(sample());
    await answer('allow', 'anything', 'always');
    bench.driver.hold(sample(), sample());
    const loaded = () => {
      const rows = bench.store.loadRules();
      return rows.ok ? rows.value.map(({ hits }) => hits) : [];
    };
    expect(loaded()).toEqual([0]);
    bench.clock.pass(5000);
    expect(loaded()).toEqual([3]);
    bench.driver.hold(sample());
    bench = await bench.restart();
    expect(loaded()).toEqual([4]);
  });
});
