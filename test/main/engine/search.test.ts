/** What the manager's search finds, in rules and in the journal. */
import { beforeEach, describe, expect, test } from 'vitest';

import { parseSearch, sinceTime } from '../../../src-preload/contract/search.ts';
import type { RuleInput } from '../../../src-preload/contract/rules.ts';
import { startBench } from '../fakes/engine-bench.ts';
import type { Bench } from '../fakes/engine-bench.ts';
import { hands } from '../fakes/hands.ts';
import { sample } from '../fakes/sample.ts';

let bench: Bench;
const { answer } = hands(() => bench);

beforeEach(async () => {
  bench = await startBench();
});

describe('the terms of a search', () => {
  test.each([
    ['', []],
    [
      'Curl  example',
      [
        { key: null, value: 'curl' },
        { key: null, value: 'example' },
      ],
    ],
    ['APP:Curl', [{ key: 'app', value: 'curl' }]],
    ['to\uff1aexample.com', [{ key: 'to', value: 'example.com' }]],
    ['app:"program files"', [{ key: 'app', value: 'program files' }]],
    ['app:"program f', [{ key: 'app', value: 'program f' }]],
    ['app:', []],
    ['port: 80', [{ key: null, value: '80' }]],
    ['fe80::1', [{ key: null, value: 'fe80::1' }]],
    ['c:\\windows', [{ key: null, value: 'c:\\windows' }]],
    ['other:thing', [{ key: null, value: 'other:thing' }]],
  ])('%j', (text, terms) => {
    expect(parseSearch(text)).toEqual(terms);
  });

  test('times are counted back, or are days of this computer', () => {
    const now = new Date(2026, 2, 1, 12, 30).getTime();
    expect(sinceTime('90m', now)).toBe(now - 90 * 60_000);
    expect(sinceTime('2d', now)).toBe(now - 2 * 86_400_000);
    expect(sinceTime('today', now)).toBe(new Date(2026, 2, 1).getTime());
    expect(sinceTime('yesterday', now)).toBe(new Date(2026, 1, 28).getTime());
    expect(sinceTime('2026-02-03', now)).toBe(new Date(2026, 1, 3).getTime());
    for (const no of ['', '2026-02-30', '2026-13-01', 'soon', '7', '7y', '99999d']) {
      expect(sinceTime(no, now), no).toBeNull();
    }
  });
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

describe('rules', () => {
  const find = async (text: string): Promise<string[]> => {
    const page = await bench.engine.handlers.listRules({ text, offset: 0, limit: 100 });
    return page.ok ? page.value.rules.map(({ ruleId }) => ruleId).toSorted() : [];
  };

  beforeEach(async () => {
    const { addRule, setRuleEnabled } = bench.engine.handlers;
    await addRule(input({ place: '*.example.com', ports: '8000-8080' }));
    await addRule(input({ place: '10.0.0.0/8', verdict: 'drop' }));
    await addRule(
      input({ subject: { kind: 'path', text: '/opt/curler' }, direction: 'inbound', note: 'Mine' }),
    );
    await setRuleEnabled({ ruleId: '3', enabled: false });
  });

  test.each([
    ['curl', ['1', '2', '3']],
    ['curl mine', ['3']],
    ['app:example', []],
    ['to:example', ['1']],
    ['port:8001', ['1']],
    ['port:80', []],
    ['port:x', []],
    ['verdict:block', ['2']],
    ['verdict:maybe', []],
    ['is:off', ['3']],
    ['is:inbound app:curler', ['3']],
    ['by:person', ['1', '2', '3']],
    ['by:factory', []],
    ['since:1h', ['1', '2', '3']],
  ])('%s', async (text, found) => {
    expect(await find(text)).toEqual(found);
  });

  test('what was found before narrows only what plain words narrow', async () => {
    expect(await find('port:800')).toEqual([]);
    expect(await find('port:8000')).toEqual(['1']);
    expect(await find('since:1h')).toHaveLength(3);
    bench.clock.time += 2 * 3_600_000;
    await bench.engine.handlers.setRuleEnabled({ ruleId: '1', enabled: true });
    expect(await find('since:1h')).toEqual([]);
  });
});

describe('the journal', () => {
  const read = async (query: { limit?: number; text?: string; before?: string } = {}) => {
    const page = await bench.engine.handlers.readJournal({ limit: 100, ...query });
    if (!page.ok) throw new Error(page.message);
    return page.value;
  };

  beforeEach(async () => {
    bench.driver.hold(...[80, 81, 82, 83].map((port) => sample({ port })));
    await answer('allow', 'anything', 'always');
    const [ids] = bench.driver.hold(sample({ path: '/opt/other', port: 80 }));
    bench.driver.settle(ids ?? 0n, 'watchdog');
  });

  test('is read part by part, newest first, whatever comes meanwhile', async () => {
    const first = await read({ limit: 2 });
    expect(first).toMatchObject({ total: 5 });
    bench.driver.hold(sample({ port: 99 }));
    const next = await read({ limit: 2, before: first.lines[1]?.lineId ?? '' });
    const ids = [...first.lines, ...next.lines].map(({ lineId }) => Number(lineId));
    expect(ids).toEqual(ids.toSorted((one, other) => other - one));
    expect(new Set(ids).size).toBe(4);
    expect(next.version).toBeGreaterThan(first.version);
    expect(await read({ before: '1' })).toMatchObject({ lines: [] });
  });

  test.each([
    ['app:other', 1],
    ['port:80', 2],
    ['verdict:block', 1],
    ['verdict:allow is:outbound', 4],
    ['is:inbound', 0],
    ['since:1h', 5],
    ['since:1h app:nothing', 0],
  ])('%s', async (text, total) => {
    expect((await read({ text })).lines).toHaveLength(total);
    expect(await bench.engine.handlers.pictureJournal({ text })).toMatchObject({
      value: { total },
    });
  });

  test('what is read again shows what was added since', async () => {
    await read();
    const { journalVersion } = bench.engine.managerState();
    bench.driver.hold(sample({ port: 4711 }));
    expect(bench.engine.managerState().journalVersion).toBeGreaterThan(journalVersion);
    expect((await read({ text: 'port:4711' })).total).toBe(1);
  });
});
