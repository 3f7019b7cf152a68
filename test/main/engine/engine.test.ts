import { beforeEach, describe, expect, test } from 'vitest';

import type { Scope } from '../../../src-preload/contract/model.ts';
import { startBench } from '../fakes/engine-bench.ts';
import type { Bench } from '../fakes/engine-bench.ts';
import { hands } from '../fakes/hands.ts';
import { sample } from '../fakes/sample.ts';

let bench: Bench;
const { cards, card, answer, rules, verdicts } = hands(() => bench);

beforeEach(async () => {
  bench = await startBench();
});

describe('asking', () => {
  test('a connection without a rule becomes a card at once, before any slow fact', () => {
    bench.driver.hold(sample());
    expect(card()).toMatchObject({
      state: 'waiting',
      subject: { name: 'curl', path: '/usr/bin/curl', canBeRemembered: true },
      process: { processId: 1000, commandLine: null },
      target: {
        address: '127.0.0.1',
        port: 443,
        protocol: { kind: 'tcp', number: 6 },
        service: 'HTTPS',
      },
      waiting: 1,
      destinations: 1,
    });
  });

  test('slow facts come later and are not another question', async () => {
    bench.driver.hold(sample());
    const { revision } = card();
    await Promise.resolve();
    expect(card()).toMatchObject({
      revision,
      process: { commandLine: 'curl -sS', startedBy: 'bash', user: 'ann' },
    });
    expect(bench.identity.factsAsked).toBe(1);
  });

  test('one card per program, with a live count that is not another question', () => {
    const many = Array.from({ length: 200 }, (_, index) =>
      sample({ address: `127.0.1.${index}`, pid: 1000 + index }),
    );
    bench.driver.hold(many[0] ?? sample());
    const { revision } = card();
    bench.driver.hold(...many.slice(1));
    expect(cards()).toHaveLength(1);
    expect(card()).toMatchObject({ waiting: 200, destinations: 200, revision });
  });

  test('paths that differ only in a lone surrogate are two programs', () => {
    bench.driver.hold(sample({ path: '/opt/\udc80' }), sample({ path: '/opt/\udc81' }));
    expect(cards().map(({ subject }) => subject.path)).toEqual(['/opt/\udc80', '/opt/\udc81']);
  });

  test('many destinations make the whole program the advised scope, few do not', () => {
    bench.driver.hold(sample({ address: '127.0.0.1' }), sample({ address: '127.0.0.2' }));
    expect(card().recommended).toEqual({ scope: 'address', lifetime: 'always' });
    bench.driver.hold(sample({ address: '127.0.0.3' }));
    expect(card().recommended.scope).toBe('anything');
  });

  test.each(['/usr/bin/python3.11', '/tmp/x', '/usr/bin/bash', '/var/tmp/a/b'])(
    '%s is advised to be remembered only while it runs',
    (path) => {
      bench.driver.hold(sample({ path }));
      expect(card().recommended.lifetime).toBe('while-it-runs');
    },
  );

  test('a protocol without ports offers no port', () => {
    bench.driver.hold(sample({ protocol: 1, port: 0 }));
    expect(card().scopes).toEqual(['address', 'anything']);
    expect(card().target.protocol).toEqual({ kind: 'icmp', number: 1 });
  });

  test('a cut path is never remembered, and each of its processes is asked about alone', async () => {
    const ids = bench.driver.hold(
      sample({ path: '/long', pathCut: true, pid: 1 }),
      sample({ path: '/long', pathCut: true, pid: 2 }),
      sample({ path: '/long', pid: 3 }),
    );
    expect(cards()).toHaveLength(3);
    expect(card()).toMatchObject({
      lifetimes: ['once', 'while-it-runs'],
      subject: { canBeRemembered: false },
    });
    expect(await answer('allow', 'anything', 'always')).toMatchObject({
      ok: false,
      code: 'refused',
    });
    expect(await answer('allow', 'anything', 'while-it-runs')).toMatchObject({
      value: { settled: 1 },
    });
    expect(verdicts(ids)).toEqual(['allow', 'waiting', 'waiting']);
  });
});

describe('answering', () => {
  test('one answer releases all that wait for the program, and nobody else', async () => {
    const mine = bench.driver.hold(
      ...Array.from({ length: 50 }, (_, index) => sample({ port: index + 1 })),
    );
    const [other] = bench.driver.hold(sample({ path: '/usr/bin/wget' }));
    expect(await answer('allow', 'anything', 'once')).toEqual({
      ok: true,
      value: { settled: 50, ruleId: null },
    });
    expect(new Set(verdicts(mine))).toEqual(new Set(['allow']));
    expect(bench.driver.answered.has(other ?? 0n)).toBe(false);
    expect(cards().map(({ subject }) => subject.name)).toEqual(['wget']);
  });

  test.each<readonly [Scope, readonly string[]]>([
    ['address-port', ['block', 'waiting', 'waiting', 'waiting']],
    ['address', ['block', 'block', 'block', 'waiting']],
    ['anything', ['block', 'block', 'block', 'block']],
  ])('the scope %s reaches exactly its connections, once or always', async (scope, expected) => {
    for (const lifetime of ['once', 'always'] as const) {
      bench = await startBench();
      const ids = bench.driver.hold(
        sample({ port: 443 }),
        sample({ port: 80 }),
        sample({ port: 443, protocol: 17 }),
        sample({ address: '127.0.0.2' }),
      );
      await answer('block', scope, lifetime);
      expect(verdicts(ids)).toEqual(expected);
    }
  });

  test('the next connections of a ruled program are answered in the same tick', async () => {
    bench.driver.hold(sample());
    await answer('block', 'anything', 'always');
    const ids = bench.driver.hold(sample({ port: 1 }), sample({ port: 2, pid: 77 }));
    expect(verdicts(ids)).toEqual(['block', 'block']);
    expect(cards()).toEqual([]);
    expect((await rules())[0]).toMatchObject({
      hits: 3,
      verdict: 'block',
      place: { kind: 'anything' },
      ports: null,
    });
  });

  test('an answer that was given to an older question is refused and changes nothing', async () => {
    const [first] = bench.driver.hold(sample({ port: 1 }));
    bench.driver.hold(sample({ port: 2 }));
    const old = card();
    bench.driver.settle(first ?? 0n, 'endpoint-closed');
    expect(card().target.port).toBe(2);
    expect(await answer('allow', 'anything', 'always', old)).toMatchObject({
      ok: false,
      code: 'stale',
    });
    expect(await rules()).toEqual([]);
    expect(bench.driver.answered.size).toBe(0);
  });

  test('another heading process with the same target is another question', () => {
    const [first] = bench.driver.hold(sample({ pid: 1 }));
    bench.driver.hold(sample({ pid: 2 }));
    const old = card();
    bench.driver.settle(first ?? 0n, 'process-exited');
    expect(card().revision).toBeGreaterThan(old.revision);
    expect(card().process.processId).toBe(2);
  });

  test('a card of an earlier run is not found', async () => {
    bench.driver.hold(sample());
    const old = card();
    bench = await bench.restart();
    bench.driver.hold(sample());
    expect(await answer('allow', 'anything', 'once', old)).toMatchObject({
      ok: false,
      code: 'not-found',
    });
  });

  test('answering a card twice settles nothing the second time', async () => {
    bench.driver.hold(sample());
    const asked = card();
    const both = await Promise.all([
      answer('allow', 'anything', 'once', asked),
      answer('block', 'anything', 'once', asked),
    ]);
    expect(both.map(({ ok }) => ok)).toEqual([true, false]);
    expect(bench.driver.faults).toEqual([]);
  });

  test('an answer of which nothing could be saved has not happened', async () => {
    const store = { ...bindStore(bench.store), addRule: () => failed };
    bench = await startBench(undefined, { store });
    const ids = bench.driver.hold(sample());
    expect(await answer('allow', 'anything', 'always')).toMatchObject({
      ok: false,
      code: 'store-failed',
    });
    expect(verdicts(ids)).toEqual(['waiting']);
    expect(card().waiting).toBe(1);
    expect(await answer('allow', 'anything', 'once')).toMatchObject({ ok: true });
  });
});

describe('giving up', () => {
  test('a card outlives its connection, and a late answer counts for the next time', async () => {
    const [id] = bench.driver.hold(sample());
    const { revision } = card();
    bench.driver.settle(id ?? 0n, 'watchdog');
    expect(card()).toMatchObject({ state: 'given-up', waiting: 0, deadline: null });
    expect(card().revision).toBeGreaterThan(revision);
    const acked = await answer('allow', 'address', 'always');
    expect(acked).toMatchObject({ ok: true, value: { settled: 0 } });
    expect(cards()).toEqual([]);
    expect(verdicts(bench.driver.hold(sample()))).toEqual(['allow']);
  });

  test('a given-up card wakes up with the next connection', () => {
    const [id] = bench.driver.hold(sample());
    bench.driver.settle(id ?? 0n, 'endpoint-closed');
    const { cardId, revision } = card();
    bench.driver.hold(sample({ port: 99 }));
    expect(card()).toMatchObject({ cardId, state: 'waiting', target: { port: 99 } });
    expect(card().revision).toBeGreaterThan(revision);
  });

  test('given-up cards are bounded', () => {
    for (let index = 0; index < 400; index += 1) {
      const [id] = bench.driver.hold(sample({ path: `/opt/${index}` }));
      bench.driver.settle(id ?? 0n, 'process-exited');
    }
    expect(bench.engine.managerState().cards).toBe(256);
  });

  test('when the driver is lost nothing waits any more, and the pages are told why', () => {
    bench.driver.hold(sample());
    bench.driver.lose();
    expect(card().state).toBe('given-up');
    expect(bench.engine.promptState().driver).toEqual({
      kind: 'lost',
      reason: 'It is gone.',
      remedy: 'Wait.',
    });
    expect(bench.engine.managerState().held).toBe(0);
  });

  test('an id that is told twice is one connection', () => {
    bench.driver.hold(sample());
    const twice = {
      kind: 'held',
      id: 1n,
      connection: sample({ path: '/b' }),
      deadline: 0,
    } as const;
    bench.driver.send([twice]);
    expect(cards()).toHaveLength(1);
    expect(card().waiting).toBe(1);
  });

  test('what was answered in an earlier session has nothing to do with this one', async () => {
    const [id = 0n] = bench.driver.hold(sample());
    bench.driver.late.add(id);
    await answer('allow', 'anything', 'once');
    bench.driver.lose();
    bench.driver.connect();
    bench.driver.settle(id, 'watchdog');
    expect(bench.engine.managerState().away).toEqual([]);
  });

  test('an id that comes again after a loss is another connection', async () => {
    bench.driver.hold(sample());
    bench.driver.lose();
    bench.driver.connect();
    bench.driver.send([
      { kind: 'held', id: 1n, connection: sample({ path: '/usr/bin/wget' }), deadline: 0 },
    ]);
    bench.driver.held.set(1n, sample());
    await answer('block', 'anything', 'once');
    expect(bench.driver.answered.size).toBe(0);
    await answer('block', 'anything', 'once');
    expect(bench.driver.answered.get(1n)).toBe('block');
  });
});

describe('cards', () => {
  test('postponing moves a card to the end', async () => {
    bench.driver.hold(sample({ path: '/a' }), sample({ path: '/b' }));
    await bench.engine.handlers.postponePrompt({ cardId: card().cardId });
    expect(cards().map(({ subject }) => subject.name)).toEqual(['b', 'a']);
  });

  test('touching keeps the connections of the card, up to the longest hold', async () => {
    const start = bench.clock.time;
    bench.driver.hold(sample({ time: start }), sample({ time: start, port: 2 }));
    bench.clock.pass(30_000);
    await bench.engine.handlers.touchPrompt({ cardId: card().cardId });
    expect(bench.driver.kept).toBe(2);
    expect(card().deadline).toBe(start + 90_000);
    await bench.engine.handlers.touchPrompt({ cardId: card().cardId });
    expect(bench.driver.kept).toBe(2);
    bench.clock.pass(3_599_000 - 30_000);
    await bench.engine.handlers.touchPrompt({ cardId: card().cardId });
    expect(card().deadline).toBe(start + 3_600_000);
  });

  test('changes are announced once per tick, and no more often than frames', async () => {
    const heard: string[] = [];
    bench.engine.onChange((event) => heard.push(event));
    await Promise.resolve();
    heard.length = 0;
    for (let index = 0; index < 100; index += 1) bench.driver.hold(sample({ port: index }));
    bench.clock.pass(16);
    await Promise.resolve();
    expect(heard.filter((event) => event === 'promptChanged').length).toBeLessThanOrEqual(2);
    expect(heard).toContain('promptChanged');
  });
});

const failed = { ok: false, error: { code: 'full', message: 'The disk is full.' } } as const;

/** The same store as a plain object, so that single calls can be replaced. */
function bindStore(store: Bench['store']): Bench['store'] {
  return {
    loadRules: () => store.loadRules(),
    addRule: (draft, replaced) => store.addRule(draft, replaced),
    addRules: (drafts, replaced) => store.addRules(drafts, replaced),
    removeRules: (ids) => store.removeRules(ids),
    exchangeRules: (removed, restored) => store.exchangeRules(removed, restored),
    setEnabled: (id, enabled) => store.setEnabled(id, enabled),
    saveUse: (used) => store.saveUse(used),
    loadMode: () => store.loadMode(),
    saveMode: (state) => store.saveMode(state),
    loadChoices: () => store.loadChoices(),
    saveChoices: (choices) => store.saveChoices(choices),
    loadOldJournal: () => store.loadOldJournal(),
    dropOldJournal: () => store.dropOldJournal(),
    loadAway: () => store.loadAway(),
    saveAway: (changed, removed, lost) => store.saveAway(changed, removed, lost),
    loadSubscriptions: () => store.loadSubscriptions(),
    addSubscription: (subscription) => store.addSubscription(subscription),
    saveSubscription: (subscription) => store.saveSubscription(subscription),
    removeSubscription: (listId) => store.removeSubscription(listId),
    close: () => store.close(),
  };
}
