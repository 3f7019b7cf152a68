import { beforeEach, describe, expect, test } from 'vitest';

import { windowsFactory } from '../../../src-main/platform/factory-windows.ts';
import { serviceSubject } from '../../../src-main/platform/windows-caller.ts';
import { fakeIdentity, startBench } from '../fakes/engine-bench.ts';
import type { Bench } from '../fakes/engine-bench.ts';
import { hands } from '../fakes/hands.ts';
import { storeError } from '../../../src-main/engine/store/errors.ts';
import { sample } from '../fakes/sample.ts';

const MINUTE = 60_000;
let bench: Bench;
const { answer, rules, verdicts } = hands(() => bench);
const mode = () => bench.engine.managerState().mode;
const setMode = (name: 'ask' | 'learn' | 'block' | 'lockdown', until: number | null = null) =>
  bench.engine.handlers.setMode({ mode: name, until });
const pause = (minutes: number, ruleId: string | null = null) =>
  bench.engine.handlers.pause({ ruleId, minutes });
const hold = (...given: Parameters<typeof sample>[0][]) =>
  verdicts(bench.driver.hold(...given.map(sample)));
/** What a timer set off is done. */
const settle = () => new Promise(setImmediate);

beforeEach(async () => {
  bench = await startBench();
});

/** Adds rules without waiting for the disk each time. */
function inMemory(): Bench['store']['addRule'] {
  let ruleId = 0;
  return (one) => {
    ruleId += 1;
    const unused = { enabled: true, editedAt: null, hits: 0, lastUsedAt: null };
    return { ok: true, value: { ...one, ...unused, ruleId } };
  };
}

async function ruled(path: string, verdict: 'allow' | 'block'): Promise<string> {
  bench.driver.hold(sample({ path }));
  await answer(verdict, 'anything', 'always');
  return (await rules())[0]?.ruleId ?? '';
}

describe('modes', () => {
  test('learning allows, makes one rule per program to review, and lets nothing in', async () => {
    await setMode('learn');
    expect(hold({ path: '/a' }, { path: '/a', port: 80 }, { path: '/b' })).toEqual(
      Array.from({ length: 3 }, () => 'allow'),
    );
    expect(hold({ path: '/a', direction: 'inbound' })).toEqual(['waiting']);
    expect(await rules()).toMatchObject([
      { subject: { path: '/b' }, origin: 'learned', needsReview: true, lifetime: 'always' },
      { subject: { path: '/a' }, origin: 'learned', needsReview: true, direction: 'outbound' },
    ]);
    await setMode('ask');
    expect(hold({ path: '/a' }, { path: '/c' })).toEqual(['allow', 'waiting']);
  });

  test('learning remembers volatile programs until restart, and a cut path not at all', async () => {
    await setMode('learn');
    expect(hold({ path: '/tmp/x' }, { path: '/long', pathCut: true })).toEqual(['allow', 'allow']);
    expect(await rules()).toMatchObject([{ lifetime: 'until-restart' }]);
  });

  test('learning makes no endless list of a program with ever new names', async () => {
    bench.store.addRule = inMemory();
    await setMode('learn');
    const many = Array.from({ length: 1200 }, (_, index) => ({ path: `/opt/${index}` }));
    expect(new Set(hold(...many))).toEqual(new Set(['allow']));
    const page = await bench.engine.handlers.listRules({ text: '', offset: 0, limit: 1 });
    expect(page).toMatchObject({ value: { total: 1000 } });
  });

  test('learning ends at its date, and a looked at rule stays', async () => {
    await setMode('learn', bench.clock.time + MINUTE);
    hold({ path: '/a' });
    const [rule] = await rules();
    bench.clock.pass(MINUTE);
    expect(mode()).toMatchObject({ mode: 'ask', until: null });
    expect(hold({ path: '/b' })).toEqual(['waiting']);
    await bench.engine.handlers.editRule({ ruleId: rule?.ruleId ?? '' });
    expect(await rules()).toMatchObject([{ needsReview: false, origin: 'learned' }]);
  });

  test('blocking lists what it blocked, and rules decide as ever', async () => {
    await ruled('/a', 'allow');
    await setMode('block');
    expect(hold({ path: '/a' }, { path: '/b' })).toEqual(['allow', 'block']);
    expect(bench.engine.managerState().away).toMatchObject([
      { subject: { path: '/b' }, verdict: 'block', reason: 'mode', count: 1 },
    ]);
  });

  test('lockdown blocks what waits and what rules allow, and gives everything back', async () => {
    await ruled('/a', 'allow');
    const ids = bench.driver.hold(sample({ path: '/b' }));
    await setMode('lockdown');
    expect(verdicts(ids)).toEqual(['block']);
    expect(hold({ path: '/a' })).toEqual(['block']);
    await pause(5);
    expect(hold({ path: '/a' })).toEqual(['block']);
    await setMode('ask');
    expect(await rules()).toHaveLength(1);
  });

  test('survive a restart, and end while Portreeve does not run', async () => {
    await setMode('lockdown');
    bench = await bench.restart();
    expect(hold({})).toEqual(['block']);
    await setMode('learn', bench.clock.time + MINUTE);
    bench.clock.time += 2 * MINUTE;
    bench = await bench.restart();
    expect(mode().mode).toBe('ask');
  });

  test('a disk that is full changes nothing', async () => {
    const error = { code: 'full', message: 'The disk is full.' } as const;
    bench.store.saveMode = () => ({ ok: false, error });
    expect(await setMode('lockdown')).toMatchObject({ ok: false, code: 'store-failed' });
    expect(await pause(5)).toMatchObject({ ok: false });
    expect(mode()).toEqual({ mode: 'ask', until: null, pauses: [] });
    expect(hold({})).toEqual(['waiting']);
  });
});

describe('pauses', () => {
  test('of everything let pass what waits and what rules block, and end by themselves', async () => {
    await ruled('/a', 'block');
    const ids = bench.driver.hold(sample({ path: '/b' }));
    await pause(15);
    expect(verdicts(ids)).toEqual(['allow']);
    expect(hold({ path: '/a' })).toEqual(['allow']);
    bench.clock.pass(15 * MINUTE);
    await settle();
    expect(hold({ path: '/a' }, { path: '/b' })).toEqual(['block', 'waiting']);
    expect(mode().pauses).toEqual([]);
  });

  test('of one program leave the others alone', async () => {
    const ruleId = await ruled('/a', 'block');
    await pause(5, ruleId);
    expect(mode().pauses).toMatchObject([{ subject: { path: '/a' } }]);
    expect(hold({ path: '/a' }, { path: '/b' })).toEqual(['allow', 'waiting']);
    const [one] = mode().pauses;
    await bench.engine.handlers.resume({ pauseId: one?.pauseId ?? '' });
    expect(hold({ path: '/a' })).toEqual(['block']);
    expect(await bench.engine.handlers.resume({ pauseId: 'x' })).toMatchObject({ ok: false });
  });

  test('survive a restart for as long as they were to last', async () => {
    await pause(60);
    bench.clock.time += 30 * MINUTE;
    bench = await bench.restart();
    expect(hold({})).toEqual(['allow']);
    bench.clock.time += 31 * MINUTE;
    bench = await bench.restart();
    expect(hold({})).toEqual(['waiting']);
  });

  test('a clock that is set back ends them, one that is a second off does not', async () => {
    await pause(60);
    bench.clock.time -= 1000;
    expect(hold({})).toEqual(['allow']);
    bench.clock.time -= 10 * MINUTE;
    expect(hold({})).toEqual(['waiting']);
  });

  test('a clock that is set ahead ends them at once, before any timer', async () => {
    await pause(60);
    bench.clock.time += 61 * MINUTE;
    expect(hold({})).toEqual(['waiting']);
  });

  test('the same again lasts from now on, and there is one', async () => {
    await pause(5);
    bench.clock.pass(4 * MINUTE);
    await pause(5);
    expect(mode().pauses).toHaveLength(1);
    bench.clock.pass(4 * MINUTE);
    expect(hold({})).toEqual(['allow']);
  });
});

describe('a rule for some minutes', () => {
  const minutes = (count: number) => ({ lifetime: 'minutes', minutes: count }) as const;

  test('ends at its time, and the program is asked about again', async () => {
    const ruleId = await ruled('/a', 'allow');
    await bench.engine.handlers.editRule({ ruleId, ...minutes(10) });
    bench.clock.pass(9 * MINUTE);
    expect(hold({ path: '/a' })).toEqual(['allow']);
    bench.clock.pass(MINUTE);
    await settle();
    expect(await rules()).toEqual([]);
    expect(hold({ path: '/a' })).toEqual(['waiting']);
  });

  test('ends while Portreeve does not run', async () => {
    const ruleId = await ruled('/a', 'allow');
    await bench.engine.handlers.editRule({ ruleId, ...minutes(10) });
    bench.clock.time += 11 * MINUTE;
    bench = await bench.restart();
    expect(await rules()).toEqual([]);
  });

  test('until sign-out ends with the sign-in', async () => {
    const ruleId = await ruled('/a', 'allow');
    await bench.engine.handlers.editRule({ ruleId, lifetime: 'until-sign-out' });
    bench = await bench.restart();
    expect(hold({ path: '/a' })).toEqual(['allow']);
    bench = await bench.restart((identity) => {
      identity.signIn = 'second';
    });
    expect(hold({ path: '/a' })).toEqual(['waiting']);
  });

  test.each([
    ['', () => {}],
    [
      ', on a full disk as well',
      (store: Bench['store']) => {
        store.exchangeRules = () => storeError('full');
      },
    ],
  ])(
    'until sign-out ends with a sign-in that Portreeve outlasts%s, and nothing undoes that',
    async (_how, spoil) => {
      const identity = fakeIdentity();
      let signOut = () => {};
      identity.onSignOut = (signedOut) => {
        signOut = signedOut;
        return () => (signOut = () => {});
      };
      bench = await startBench(undefined, { identity });
      const lifetime = 'until-sign-out';
      const [first, second] = [await ruled('/a', 'allow'), await ruled('/b', 'allow')];
      await bench.engine.handlers.editRule({ ruleId: first, lifetime });
      await bench.engine.handlers.editRule({ ruleId: second, lifetime });
      await ruled('/c', 'allow');
      expect(hold({ path: '/a' }, { path: '/c' })).toEqual(['allow', 'allow']);
      const removed = await bench.engine.handlers.removeRules({ ruleIds: [second] });
      spoil(bench.store);
      signOut();
      expect(hold({ path: '/a' }, { path: '/c' })).toEqual(['waiting', 'allow']);
      const undoId = removed.ok ? removed.value.undoId : '';
      expect(await bench.engine.handlers.restoreRules({ undoId })).toMatchObject({ ok: false });
      expect((await rules()).map(({ subject }) => subject.path)).toEqual(['/c']);
    },
  );
});

describe('the rules of the factory', () => {
  test('are made once, can be changed and removed, and come back by a reset alone', async () => {
    const identity = fakeIdentity();
    const services = ['Dnscache', 'dnscache', 'SomebodysService'];
    identity.callerOf = ({ id }, path) => {
      const subjects = [serviceSubject(services[Number(id)] ?? ''), identity.subjectOf(path)];
      const [subject = identity.subjectOf(path)] = subjects;
      return { subject, subjects, ancestors: [], complete: true };
    };
    bench = await startBench(undefined, { factory: windowsFactory, identity });
    const made = await rules();
    expect(made.map(({ factoryId }) => factoryId)).toContain('dhcp');
    const svchost = String.raw`\device\harddiskvolume3\windows\system32\svchost.exe`;
    const dns = { path: svchost, port: 53, protocol: 17, address: '192.0.2.1', pid: 0 };
    const others = [
      { ...dns, port: 443, protocol: 6 },
      { ...dns, pid: 1 },
      { ...dns, pid: 2 },
    ];
    expect(hold(dns, ...others)).toEqual(['allow', 'waiting', 'allow', 'waiting']);
    await bench.engine.handlers.removeRules({ ruleIds: made.map(({ ruleId }) => ruleId) });
    bench = await bench.restart();
    expect(await rules()).toEqual([]);
    await ruled('/a', 'block');
    expect(await bench.engine.handlers.resetFactory(null)).toMatchObject({ ok: true });
    expect(await rules()).toHaveLength(made.length + 1);
    await bench.engine.handlers.resetFactory(null);
    expect(await rules()).toHaveLength(made.length + 1);
  });
});
