import { beforeEach, describe, expect, test } from 'vitest';

import type { DriverEvent, Reason } from '../../../src-main/engine/ports.ts';
import { startBench } from '../fakes/engine-bench.ts';
import type { Bench } from '../fakes/engine-bench.ts';
import { sample } from '../fakes/sample.ts';
import type { Sample } from '../fakes/sample.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench();
});

function decided(given: Sample = {}, reason: Reason = 'no-client'): DriverEvent {
  return { kind: 'decided', connection: sample(given), verdict: 'block', reason };
}

function away() {
  return bench.engine.managerState().away;
}

describe('while you were away', () => {
  test('groups by program, target, verdict and reason, with counts and times', () => {
    bench.driver.send([
      decided({ time: 10 }),
      decided({ time: 20 }),
      decided({ time: 30, port: 80 }),
    ]);
    bench.driver.send([decided({ time: 40 })]);
    expect(away()).toMatchObject([
      { target: { port: 80 }, count: 1, firstAt: 30, lastAt: 30 },
      { target: { port: 443 }, count: 3, firstAt: 10, lastAt: 40, reason: 'nobody-there' },
    ]);
  });

  test.each<readonly [Reason, string | undefined]>([
    ['no-client', 'nobody-there'],
    ['client-lost', 'client-lost'],
    ['watchdog', 'not-answered'],
    ['full', 'too-many'],
    ['pend-failed', 'hold-failed'],
    ['no-memory', 'hold-failed'],
    ['power', 'sleep'],
    ['unload', 'driver-stopped'],
    ['endpoint-closed', undefined],
    ['process-exited', undefined],
    ['answered', undefined],
  ])('the reason %s is told as %s', (reason, told) => {
    bench.driver.send([decided({}, reason)]);
    expect(away()[0]?.reason).toBe(told);
  });

  test('holds that the watchdog settled are in it, those that were answered are not', async () => {
    const [late, answered] = bench.driver.hold(sample({ port: 1 }), sample({ port: 2 }));
    bench.driver.settle(late ?? 0n, 'watchdog');
    bench.driver.settle(answered ?? 0n, 'answered');
    expect(away()).toMatchObject([{ target: { port: 1 }, reason: 'not-answered', count: 1 }]);
  });

  test('an answer that came too late is in it, though it was given', async () => {
    const [id] = bench.driver.hold(sample());
    bench.driver.late.add(id ?? 0n);
    const [card] = bench.engine.promptState().cards;
    const acked = await bench.engine.handlers.answerPrompt({
      cardId: card?.cardId ?? '',
      revision: card?.revision ?? 0,
      verdict: 'allow',
      scope: 'anything',
      lifetime: 'once',
    });
    expect(acked).toMatchObject({ value: { settled: 0 } });
    bench.driver.settle(id ?? 0n, 'watchdog');
    expect(away()).toMatchObject([{ reason: 'not-answered', verdict: 'block' }]);
  });

  test('survives a kill: it is on the disk when the tick ends', async () => {
    bench.driver.send([decided(), decided({ path: '/opt/\udcff' })], 3);
    const second = await startBench(bench.file);
    expect(second.engine.managerState().away.map(({ subject }) => subject.path)).toEqual([
      '/opt/\udcff',
      '/usr/bin/curl',
    ]);
    expect(second.engine.managerState().awayLost).toBe(3);
  });

  test('is bounded, and counts what it had no room for', async () => {
    const flood = Array.from({ length: 1500 }, (_, index) => decided({ port: index, time: index }));
    bench.driver.send(flood);
    expect(away()).toHaveLength(1000);
    expect(bench.engine.managerState().awayLost).toBe(500);
    bench = await bench.restart();
    expect(away()).toHaveLength(1000);
    expect(bench.engine.managerState().awayLost).toBe(500);
  });

  test('what is cleared stays cleared, and the rest stays', async () => {
    bench.driver.send([decided({ port: 1 }), decided({ port: 2 })], 1);
    const awayIds = away()
      .slice(0, 1)
      .map(({ awayId }) => awayId);
    await bench.engine.handlers.clearAway({ awayIds });
    expect(bench.engine.managerState().awayLost).toBe(1);
    bench = await bench.restart();
    expect(away().map(({ target }) => target.port)).toEqual([1]);
    await bench.engine.handlers.clearAway({ awayIds: away().map(({ awayId }) => awayId) });
    expect(bench.engine.managerState()).toMatchObject({ away: [], awayLost: 0 });
  });
});
