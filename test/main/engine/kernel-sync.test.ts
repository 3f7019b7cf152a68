import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';

import type { RuleInput } from '../../../src-preload/contract/rules.ts';
import { startBench } from '../fakes/engine-bench.ts';
import type { Bench } from '../fakes/engine-bench.ts';
import { FakeKernel } from '../fakes/fake-kernel.ts';
import { hands } from '../fakes/hands.ts';
import { sample } from '../fakes/sample.ts';

let bench: Bench;
let kernel: FakeKernel;
const { answer, rules } = hands(() => bench);

beforeEach(async () => {
  kernel = new FakeKernel();
  bench = await startBench(undefined, { kernel });
  await settle();
});

/** Timers that are due have run, and what they set off is done. */
async function settle(): Promise<void> {
  bench.clock.pass(20);
  for (let turn = 0; turn < 3; turn += 1) {
    // oxlint-disable-next-line no-await-in-loop -- turn after turn
    await new Promise(setImmediate);
  }
}

async function ruled(path: string, verdict: 'allow' | 'block'): Promise<string> {
  bench.driver.hold(sample({ path }));
  await answer(verdict, 'anything', 'always');
  await settle();
  return (await rules())[0]?.ruleId ?? '';
}

describe('the kernel', () => {
  test('decides what "always" answered, for the process and for the path of the next', async () => {
    await ruled('/a', 'allow');
    expect(kernel.decide(sample({ path: '/a', port: 9 }))).toBe('allow');
    expect(kernel.decide(sample({ path: '/a', pid: 77 }))).toBe('allow');
    expect(kernel.decide(sample({ path: '/a', direction: 'inbound' }))).toBeNull();
    expect(kernel.decide(sample({ path: '/b', pid: 78 }))).toBeNull();
  });

  test('has the rules of an earlier run as soon as it is there', async () => {
    await ruled('/a', 'block');
    const later = new FakeKernel();
    bench = await bench.restart(undefined, later);
    await settle();
    expect(later.decide(sample({ path: '/a', pid: 5 }))).toBe('block');
  });

  test('asks again when a rule is switched off, and for a rule that has an end', async () => {
    const ruleId = await ruled('/a', 'allow');
    await bench.engine.handlers.setRuleEnabled({ ruleId, enabled: false });
    await settle();
    expect(kernel.decide(sample({ path: '/a' }))).toBeNull();
    await bench.engine.handlers.setRuleEnabled({ ruleId, enabled: true });
    await bench.engine.handlers.editRule({ ruleId, lifetime: 'minutes', minutes: 5 });
    await settle();
    expect(kernel.decide(sample({ path: '/a' }))).toBeNull();
  });

  test('blocks everything in lockdown, asks in a pause, and decides again after it', async () => {
    await ruled('/a', 'allow');
    await bench.engine.handlers.setMode({ mode: 'lockdown', until: null });
    await settle();
    expect(kernel.decide(sample({ path: '/a' }))).toBe('block');
    await bench.engine.handlers.setMode({ mode: 'ask', until: null });
    await bench.engine.handlers.pause({ ruleId: null, minutes: 5 });
    await settle();
    expect(kernel.decide(sample({ path: '/a' }))).toBeNull();
    bench.clock.pass(5 * 60_000);
    await settle();
    await settle();
    expect(kernel.decide(sample({ path: '/a' }))).toBe('allow');
  });

  test('knows what learning has made', async () => {
    await bench.engine.handlers.setMode({ mode: 'learn', until: null });
    bench.driver.hold(sample({ path: '/a' }));
    await settle();
    expect(kernel.decide(sample({ path: '/a' }))).toBe('allow');
  });

  test('never has a process at rules that are not its own: out, new rules, in', async () => {
    const ruleId = await ruled('/a', 'allow');
    kernel.calls.length = 0;
    await bench.engine.handlers.removeRules({ ruleIds: [ruleId] });
    await settle();
    expect(kernel.calls).toEqual(['unmap', 'set', 'map']);
  });

  test('is told of several changes at once, and of none twice', async () => {
    kernel.calls.length = 0;
    for (const path of ['/a', '/b', '/c']) {
      bench.driver.hold(sample({ path, pid: path.charCodeAt(1) }));
      // oxlint-disable-next-line no-await-in-loop -- answer after answer
      await answer('allow', 'anything', 'always');
    }
    await settle();
    expect(kernel.calls).toEqual(['set', 'map', 'map', 'map']);
    bench.driver.hold(sample({ path: '/a', pid: 500 }));
    await settle();
    expect(kernel.calls.slice(4)).toEqual(['map']);
  });

  test('keeps its older rules when new ones fail, and gets all again in a new session', async () => {
    await ruled('/a', 'allow');
    kernel.problem = 'it has no memory';
    await ruled('/b', 'block');
    expect(kernel.decide(sample({ path: '/a', pid: 9 }))).toBe('allow');
    expect(bench.warnings.join()).toContain('it has no memory');
    kernel.problem = null;
    bench.driver.lose();
    kernel.mapped.clear();
    bench.driver.connect();
    await settle();
    expect(kernel.decide(sample({ path: '/b', pid: 9 }))).toBe('block');
  });

  test('does not complain of a session that ends under it', async () => {
    kernel.isGone = true;
    await ruled('/a', 'allow');
    kernel.isGone = false;
    bench.driver.lose();
    bench.driver.connect();
    await settle();
    expect(bench.warnings).toEqual([]);
    expect(kernel.decide(sample({ path: '/a', pid: 9 }))).toBe('allow');
  });

  test('counts hits that the list shows', async () => {
    const ruleId = await ruled('/a', 'allow');
    kernel.hits = [
      { ruleId: Number(ruleId), hits: 41 },
      { ruleId: 0xffff_ffff, hits: 3 },
    ];
    bench.clock.pass(60_000);
    await settle();
    expect(await rules()).toMatchObject([{ hits: 42 }]);
  });
});

test('whatever happens to rules, kernel and engine never disagree', async () => {
  const paths = ['/a', '/b', '/opt/x-1.2/x'];
  const change = fc.record({
    path: fc.constantFrom(...paths),
    what: fc.constantFrom('add', 'add', 'add', 'toggle', 'remove', 'mode', 'pause', 'connect'),
    place: fc.constantFrom('', '10.0.0.0/8', '10.0.0.1', 'lan', '*.example.com'),
    verdict: fc.constantFrom('allow' as const, 'block' as const),
    everybody: fc.boolean(),
    pid: fc.constantFrom(1, 2),
  });
  const places = paths.flatMap((path, index) =>
    [1, 2, 3].flatMap((pid) =>
      ['10.0.0.1', '10.9.9.9', '8.8.8.8'].map((address) => ({
        path,
        pid: pid * 10 + index,
        address,
      })),
    ),
  );
  let decided = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
      kernel = new FakeKernel();
      bench = await startBench(undefined, { kernel });
      for (const one of changes) {
        // oxlint-disable-next-line no-await-in-loop -- change after change
        await play(one);
        // oxlint-disable-next-line no-await-in-loop
        await settle();
        // oxlint-disable-next-line no-await-in-loop
        for (const place of places) await compare(place);
      }
      await bench.engine.stop();
      bench.store.close();
    }),
    { numRuns: 60, seed: 2 },
  );
  expect(decided).toBeGreaterThan(500);

  async function compare(place: { path: string; pid: number; address: string }) {
    const verdict = kernel.decide(sample(place));
    if (verdict === null) return;
    decided += 1;
    expect(await engineSays(place.path, place.address)).toBe(verdict);
  }

  async function play(one: Parameters<typeof inputOf>[0] & { what: string; pid: number }) {
    const { handlers } = bench.engine;
    const [first] = await rules();
    if (one.what === 'add') await handlers.addRule(inputOf(one));
    if (one.what === 'toggle' && first) {
      await handlers.setRuleEnabled({ ruleId: first.ruleId, enabled: !first.enabled });
    }
    if (one.what === 'remove' && first) await handlers.removeRules({ ruleIds: [first.ruleId] });
    if (one.what === 'mode') {
      await handlers.setMode({ mode: one.everybody ? 'lockdown' : 'ask', until: null });
    }
    if (one.what === 'pause') {
      await handlers.pause({ ruleId: first?.ruleId ?? null, minutes: 5 });
    }
    const pid = one.pid * 10 + paths.indexOf(one.path);
    if (one.what === 'connect') bench.driver.hold(sample({ path: one.path, pid }));
  }
}, 120_000);

function inputOf(one: {
  path: string;
  place: string;
  verdict: 'allow' | 'block';
  everybody: boolean;
}): RuleInput {
  return {
    subject: one.everybody ? { kind: 'anything' } : { kind: 'path', text: one.path },
    withChildren: false,
    verdict: one.verdict,
    place: one.place,
    ports: '',
    protocol: null,
    direction: 'both',
    network: null,
    lifetime: 'always',
    minutes: null,
    note: '',
  };
}

async function engineSays(path: string, address: string) {
  const told = await bench.engine.handlers.explainConnection({
    path,
    script: '',
    address,
    hostName: '',
    port: 443,
    protocol: 6,
    direction: 'outbound',
  });
  return told.ok ? told.value.verdict : null;
}
