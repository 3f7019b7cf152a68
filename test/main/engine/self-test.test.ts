/** "Ask me now": each step of a held connection is told with its time, and each thing that can go wrong by its name. */
import { beforeEach, describe, expect, test } from 'vitest';

import type { SelfTestView } from '../../../src-preload/contract/upkeep.ts';
import type { ProbePort } from '../../../src-main/engine/ports.ts';
import { commandProbe, curlProbe, probeOfText } from '../../../src-main/platform/probe.ts';
import { startBench } from '../fakes/engine-bench.ts';
import type { Bench } from '../fakes/engine-bench.ts';
import { sample } from '../fakes/sample.ts';

const address = '192.0.2.1';
let bench: Bench;
let port = 0;
let stopped = 0;
let programEnds: (wasThere: boolean) => void;

const probe: ProbePort = {
  program: '/usr/bin/probe',
  address,
  start(given, ended) {
    port = given;
    programEnds = ended;
    return { stop: () => void (stopped += 1) };
  },
};

const view = (): SelfTestView | undefined => bench.engine.managerState().selfTest;
const begin = () => bench.engine.handlers.startSelfTest(null);
const connect = (given = {}) =>
  bench.driver.hold(
    sample({ path: '/usr/bin/probe', address, port, time: bench.clock.now(), ...given }),
  );
const cards = () => bench.engine.promptState().cards;

async function answer(verdict: 'allow' | 'block'): Promise<void> {
  const [card] = cards();
  if (card === undefined) throw new Error('there is no card');
  const { cardId, revision, recommended } = card;
  await bench.engine.handlers.answerPrompt({ cardId, revision, verdict, ...recommended });
}

beforeEach(async () => {
  stopped = 0;
  bench = await startBench(undefined, { probe });
});

describe('the self-test', () => {
  test('tells the time of each step, leaves no rule, and ends its program', async () => {
    await begin();
    expect(view()).toMatchObject({ state: 'running', program: probe.program, steps: {} });
    bench.clock.pass(40);
    const [id = 0n] = connect();
    const [card] = cards();
    expect(card).toMatchObject({
      isTest: true,
      lifetimes: ['once'],
      recommended: { scope: 'address-port', lifetime: 'once' },
    });
    bench.clock.pass(15);
    await bench.engine.handlers.notePainted({ cardId: card?.cardId ?? '' });
    bench.clock.pass(3000);
    await answer('allow');
    bench.clock.pass(2);
    bench.driver.settle(id, 'answered');
    expect(view()).toMatchObject({
      state: 'done',
      verdict: 'allow',
      problem: null,
      steps: { held: 40, told: 40, painted: 55, answered: 3055, released: 3057 },
    });
    expect(stopped).toBe(1);
    const { value } = (await bench.engine.handlers.listRules({
      text: '',
      offset: 0,
      limit: 9,
    })) as {
      value: { total: number };
    };
    expect(value.total).toBe(0);
  });

  test('takes another program for the test only with its address and its port, and only once', async () => {
    await begin();
    connect({ port: port === 65_535 ? 1 : port + 1 });
    connect({ address: '192.0.2.2' });
    expect(cards().some(({ isTest }) => isTest === true)).toBe(false);
    expect(view()?.steps).toEqual({});
  });

  test('gives its card to whoever else waits under it', async () => {
    await begin();
    connect();
    expect(cards()[0]?.isTest).toBe(true);
    connect({ address: '198.51.100.7', port: 443 });
    expect(cards()[0]?.isTest).toBeUndefined();
    expect(cards()[0]?.lifetimes).toContain('always');
  });

  test.each<[string, () => Promise<unknown>]>([
    ['driver-lost', async () => bench.driver.lose()],
    ['nobody-asked', () => bench.engine.handlers.setMode({ mode: 'learn', until: null })],
    ['nobody-asked', () => bench.engine.handlers.pause({ ruleId: null, minutes: 5 })],
  ])('is not begun: %s', async (problem, hinder) => {
    await hinder();
    port = 0;
    await begin();
    expect(view()).toMatchObject({ state: 'failed', problem });
    expect(port).toBe(0);
  });

  test('says when its program is not there, and when there is none at all', async () => {
    await begin();
    programEnds(false);
    bench.clock.pass(500);
    expect(view()).toMatchObject({ state: 'failed', problem: 'no-program' });
    bench = await startBench();
    await begin();
    expect(view()).toMatchObject({ state: 'failed', problem: 'no-program' });
  });

  test.each([
    ['ends', () => programEnds(true), 500],
    ['goes on', () => {}, 10_000],
  ])('says when its program was not held and %s', async (_how, act, wait) => {
    await begin();
    act();
    bench.clock.pass(wait);
    expect(view()).toMatchObject({ state: 'failed', problem: 'not-held' });
    expect(stopped).toBe(1);
  });

  test('hears of a hold after the end of the program that it is about', async () => {
    await begin();
    programEnds(true);
    bench.clock.pass(100);
    connect();
    bench.clock.pass(20_000);
    expect(view()?.state).toBe('running');
  });

  test('says when nobody answered, and when the driver was lost meanwhile', async () => {
    await begin();
    const [id = 0n] = connect();
    bench.driver.settle(id, 'watchdog');
    expect(view()).toMatchObject({ state: 'failed', problem: 'not-answered' });
    await begin();
    connect();
    bench.driver.lose();
    expect(view()).toMatchObject({ state: 'failed', problem: 'driver-lost' });
  });

  test('a second one ends the first, and stopping leaves nothing behind', async () => {
    await begin();
    await begin();
    expect(stopped).toBe(1);
    await bench.engine.handlers.stopSelfTest(null);
    expect(stopped).toBe(2);
    expect(view()).toMatchObject({ state: 'failed', problem: 'stopped' });
    connect();
    expect(cards()[0]?.isTest).toBeUndefined();
  });
});

describe('the program of the self-test', () => {
  test('is told where to connect, and its end is told once', async () => {
    const script =
      "process.exit(process.argv[1] === '127.0.0.1' && process.argv[2] === '50000' ? 0 : 1)";
    const own = probeOfText(JSON.stringify([process.execPath, '-e', script, '--']));
    expect(await new Promise((resolve) => own?.start(50_000, resolve))).toBe(true);
    const gone = commandProbe(['/nonexistent/program']);
    expect(await new Promise((resolve) => gone.start(50_000, resolve))).toBe(false);
    expect(probeOfText('[]')).toBeUndefined();
  });

  test('on Windows is its own, to an address where nobody is', () => {
    const windows = curlProbe('C:\\Windows\\System32');
    expect(windows).toMatchObject({ program: 'C:\\Windows\\System32\\curl.exe', address });
  });
});
