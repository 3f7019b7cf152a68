/** Explaining, rehearsing and finding: what they say has to be what happens. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';

import type { RuleInput } from '../../../src-preload/contract/rules.ts';
import { explain } from '../../../src-main/engine/policy/explain.ts';
import { coversRule, findingsOf } from '../../../src-main/engine/policy/findings.ts';
import { driverVerdict, subjectText } from '../../../src-main/engine/policy/rule.ts';
import { RuleTable } from '../../../src-main/engine/policy/rule-table.ts';
import { coversPlace, mismatchOf } from '../../../src-main/engine/policy/covering.ts';
import { placeFromText, portsFromText } from '../../../src-main/engine/policy/places.ts';
import { startBench } from '../fakes/engine-bench.ts';
import type { Bench } from '../fakes/engine-bench.ts';
import { hands } from '../fakes/hands.ts';
import { draft } from '../fakes/rule-drafts.ts';
import { NOW, asking, rules as randomRules } from '../fakes/rule-arbitraries.ts';
import { sample } from '../fakes/sample.ts';

let bench: Bench;
const { answer, rules } = hands(() => bench);

beforeEach(async () => {
  bench = await startBench();
});

const input = (given: Partial<RuleInput> = {}): RuleInput => ({
  subject: { kind: 'path', text: '/usr/bin/curl' },
  withChildren: false,
  verdict: 'allow',
  place: '',
  ports: '',
  protocol: null,
  direction: 'outbound',
  network: null,
  lifetime: 'always',
  minutes: null,
  note: '',
  ...given,
});

async function value<T>(
  result: Promise<{ ok: true; value: T } | { ok: false; message: string }>,
): Promise<T> {
  const done = await result;
  if (!done.ok) throw new Error(done.message);
  return done.value;
}

describe('explaining', () => {
  const add = (given: Partial<RuleInput>) => value(bench.engine.handlers.addRule(input(given)));
  const ask = (port = 443) =>
    value(
      bench.engine.handlers.explainConnection({
        path: '/usr/bin/curl',
        script: '',
        address: '10.0.0.1',
        hostName: '',
        port,
        protocol: 6,
        direction: 'outbound',
      }),
    );

  test('names the rule that decides, and for each other one the first reason', async () => {
    await add({ verdict: 'block' });
    await add({ place: '10.0.0.0/8' });
    await add({ place: '10.0.0.0/24', ports: '80' });
    await add({ place: '10.0.0.0/8', lifetime: 'until-restart', verdict: 'block' });
    await add({ subject: { kind: 'anything' }, place: '10.0.0.1' });
    await add({ place: '11.0.0.0/8' });
    await add({ place: 'example.com' });
    await add({ subject: { kind: 'path', text: '/usr/bin/wget' } });
    const told = await ask();
    expect(told).toMatchObject({ decidedBy: 'rule', verdict: 'block' });
    expect(told.rule).toMatchObject({ lifetime: 'until-restart' });
    expect(Object.fromEntries(told.others.map(({ rule, why }) => [rule.ruleId, why]))).toEqual({
      1: 'less-place',
      2: 'longer-lived',
      3: 'other-port',
      5: 'less-program',
      6: 'other-place',
      7: 'other-place',
    });
  });

  test('tells of modes and pauses', async () => {
    expect(await ask()).toMatchObject({ decidedBy: 'mode', verdict: 'ask', rule: null });
    await bench.engine.handlers.setMode({ mode: 'block', until: null });
    expect(await ask()).toMatchObject({ decidedBy: 'mode', verdict: 'block' });
    await bench.engine.handlers.pause({ ruleId: null, minutes: 5 });
    expect(await ask()).toMatchObject({ decidedBy: 'pause', verdict: 'allow' });
    await bench.engine.handlers.setMode({ mode: 'lockdown', until: null });
    expect(await ask()).toMatchObject({ decidedBy: 'lockdown', verdict: 'block' });
  });

  test('says what the table does, and a reason for every other rule', () => {
    const state = { mode: 'ask', startedAt: 0, until: null, pauses: [] } as const;
    fc.assert(
      fc.property(randomRules, asking, (all, one) => {
        const table = new RuleTable();
        for (const rule of all) table.put(rule);
        const about = [...table.about(one.caller)];
        const told = explain({ asking: one, rules: about, state, isPaused: false });
        const decides = table.match(one);
        expect(told.rule?.ruleId).toBe(decides === null ? undefined : String(decides.ruleId));
        expect(told.verdict).toBe(decides === null ? 'ask' : driverVerdict(decides.verdict));
        expect(told.othersTotal).toBe(about.length - (decides === null ? 0 : 1));
      }),
      { numRuns: 1000, seed: 7 },
    );
  });
});

describe('rehearsing', () => {
  test('counts what a draft would have decided, and shows what it would have changed', async () => {
    bench.driver.hold(sample(), sample({ port: 80 }), sample({ port: 80, pid: 7 }));
    await answer('allow', 'anything', 'always');
    const [ids] = bench.driver.hold(sample({ path: '/b' }));
    bench.driver.settle(ids ?? 0n, 'watchdog');
    const told = await value(
      bench.engine.handlers.rehearseRule(input({ verdict: 'block', ports: '80', protocol: 6 })),
    );
    expect(told).toMatchObject({ looked: 3, decided: 2, otherwise: 2, changedTotal: 1 });
    expect(told.changed[0]).toMatchObject({
      before: 'allow',
      after: 'block',
      target: { port: 80 },
    });
    const same = await value(bench.engine.handlers.rehearseRule(input({ ports: '80' })));
    expect(same).toMatchObject({ decided: 2, otherwise: 0, changedTotal: 0 });
    expect(await rules()).toHaveLength(1);
  });

  test('is bounded, looks at what was seen last, and survives a restart', async () => {
    bench.driver.hold(sample());
    await answer('allow', 'anything', 'always');
    for (let round = 0; round < 30; round += 1) {
      bench.driver.hold(
        ...Array.from({ length: 1000 }, (_, port) => sample({ port: round * 1000 + port })),
      );
      bench.clock.pass(2000);
    }
    bench = await bench.restart();
    const told = await value(bench.engine.handlers.rehearseRule(input({ verdict: 'block' })));
    expect(told.looked).toBe(20_000);
    expect(told.changed).toHaveLength(200);
  }, 60_000);
});

describe('findings', () => {
  const kinds = async () =>
    (await value(bench.engine.handlers.readFindings(null))).map(({ kind, rule, by }) => [
      kind,
      rule.ruleId,
      by?.ruleId ?? null,
    ]);

  test('a rule that another makes needless, one in the shade, one whose file is gone', async () => {
    const add = (given: Partial<RuleInput>) => value(bench.engine.handlers.addRule(input(given)));
    await add({});
    await add({ place: '10.0.0.0/8' });
    await add({ place: '10.0.0.1', verdict: 'block' });
    await add({ place: '192.0.2.1', lifetime: 'until-restart' });
    await add({ place: '192.0.2.1', verdict: 'block' });
    await add({ subject: { kind: 'path', text: '/opt/gone' } });
    bench.identity.gone.add('/opt/gone');
    expect(await kinds()).toEqual([
      ['shadowed', '5', '4'],
      ['redundant', '2', '1'],
      ['dead', '6', null],
    ]);
  });

  test('a rule that nobody has used for 90 days', async () => {
    await value(bench.engine.handlers.addRule(input()));
    expect(await kinds()).toEqual([]);
    bench.clock.time += 91 * 24 * 3600 * 1000;
    expect(await kinds()).toEqual([['unused', '1', null]]);
  });

  test('a redundant rule can go and nothing changes; a shadowed one decides nothing', () => {
    let found = 0;
    fc.assert(
      fc.property(randomRules, fc.array(asking, { minLength: 20, maxLength: 20 }), (all, many) => {
        const table = new RuleTable();
        const { subject } = draft();
        for (const rule of all) table.put({ ...rule, subject, withChildren: false });
        const witness = { now: NOW, fileExists: () => true };
        for (const { kind, rule, by } of findingsOf(table.all(), witness)) {
          found += 1;
          const without = new RuleTable();
          for (const one of table.all()) if (one !== rule) without.put(one);
          for (const one of many) {
            const decides = table.match(one);
            if (decides === rule && kind === 'shadowed') expect(mismatchOf(by!, one)).toBe('over');
            if (kind !== 'redundant' || by === null || mismatchOf(by, one) === 'over') continue;
            expect(without.match(one)?.verdict).toBe(decides?.verdict);
          }
        }
      }),
      { numRuns: 2000, seed: 11 },
    );
    expect(found).toBeGreaterThan(100);
  });

  test('one rule covers another only where it covers every connection of it', () => {
    fc.assert(
      fc.property(randomRules, asking, (all, one) => {
        for (const wide of all) {
          for (const narrow of all.filter((other) => coversRule(wide, other))) {
            if (subjectText(wide.subject) !== subjectText(narrow.subject)) continue;
            const covered = (rule: typeof wide) =>
              coversPlace(rule, one.connection.target) &&
              mismatchOf({ ...rule, enabled: true, until: null }, one) === null;
            if (covered(narrow) && wide.withChildren === narrow.withChildren) {
              expect(covered(wide)).toBe(true);
            }
          }
        }
      }),
      { numRuns: 500, seed: 3 },
    );
  });
});

describe('places as people write them', () => {
  test.each([
    ['', { kind: 'anything' }],
    [' LAN ', { kind: 'lan' }],
    ['this computer', { kind: 'loopback' }],
    ['192.0.2.1', { kind: 'address', address: '192.0.2.1' }],
    ['2001:DB8:0:0::1', { kind: 'address', address: '2001:db8::1' }],
    ['fe80::1%4', { kind: 'address', address: 'fe80::1%4' }],
    ['10.1.2.3/8', { kind: 'range', first: '10.0.0.0', last: '10.255.255.255' }],
    ['10.0.0.1/32', { kind: 'address', address: '10.0.0.1' }],
    ['2001:db8::/126', { kind: 'range', first: '2001:db8::', last: '2001:db8::3' }],
    ['10.0.0.1 - 10.0.0.9', { kind: 'range', first: '10.0.0.1', last: '10.0.0.9' }],
    ['Example.COM.', { kind: 'host', name: 'example.com' }],
    ['*.bücher.example', { kind: 'domain', name: 'xn--bcher-kva.example' }],
    ['10.0.0.9-10.0.0.1', null],
    ['10.0.0.1-::1', null],
    ['10.0.0.256', null],
    ['10.0.0', null],
    ['10.0.0.0/33', null],
    ['010.0.0.1', null],
    ['-a.example', null],
    ['a b', null],
    ['a..b', null],
    ['*.', null],
    ['x'.repeat(64), null],
  ])('%j', (text, place) => {
    expect(placeFromText(text)).toEqual(place);
  });

  test.each([
    ['', { ports: null }],
    ['443', { ports: [{ first: 443, last: 443 }] }],
    [
      '8000-8080, 80 ,81',
      {
        ports: [
          { first: 80, last: 81 },
          { first: 8000, last: 8080 },
        ],
      },
    ],
    ['80-90,85-100', { ports: [{ first: 80, last: 100 }] }],
    ['80,', null],
    ['65536', null],
    ['9-1', null],
    ['http', null],
  ])('ports %j', (text, ports) => {
    expect(portsFromText(text)).toEqual(ports);
  });
});
