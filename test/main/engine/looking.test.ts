/** Who asks is not known at once: the question comes at once and says so, and becomes the right one when it is known. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { Caller, Subject } from '../../../src-main/engine/ports.ts';
import { type Bench, fakeIdentity, startBench } from '../fakes/engine-bench.ts';
import { hands } from '../fakes/hands.ts';
import { ruleInput } from '../fakes/rule-inputs.ts';
import { sample } from '../fakes/sample.ts';

let bench: Bench;
let waiting: { id: bigint; resolve: (caller: Caller) => void }[];
const { card, cards, answer, rules, verdicts } = hands(() => bench);

beforeEach(async () => {
  waiting = [];
  const identity = fakeIdentity();
  identity.callerOf = ({ id }) =>
    new Promise((resolve) => {
      waiting.push({ id, resolve });
    });
  bench = await startBench(undefined, { identity });
});

afterEach(async () => {
  await bench.engine.stop();
});

const path = '/opt/harbour';
const signer: Subject = { kind: 'signer', key: '["Harbour"]', name: 'harbour', path };
const other: Subject = { kind: 'signer', key: '["Other"]', name: 'other', path };

function known(subject: Subject): Caller {
  return {
    subject,
    subjects: [subject, bench.identity.subjectOf(path)],
    ancestors: [],
    complete: true,
  };
}

/** It is found out now who these processes are. */
async function find(subject: Subject, ...ids: readonly number[]): Promise<void> {
  for (const one of waiting.filter(({ id }) => ids.includes(Number(id))))
    one.resolve(known(subject));
  await vi.waitFor(() =>
    expect(cards().some((shown) => shown.subject.isLooking !== true)).toBe(true),
  );
}

describe('before it is known who asks', () => {
  test('a card is there at once, by its path, for no longer than the process runs', () => {
    bench.driver.hold(sample({ path, pid: 1 }));
    expect(cards()).toHaveLength(0);
    bench.clock.pass(10);
    expect(card()).toMatchObject({
      subject: { kind: 'path', name: 'harbour', isLooking: true },
      lifetimes: ['once', 'while-it-runs'],
      recommended: { lifetime: 'while-it-runs' },
    });
  });

  test('it becomes the card of whom it is, and an answer under way is for nobody', async () => {
    bench.driver.hold(sample({ path, pid: 1 }), sample({ path, pid: 1, address: '127.0.0.2' }));
    bench.clock.pass(10);
    const before = card();
    await find(signer, 1);
    expect(cards()).toHaveLength(1);
    expect(card()).toMatchObject({
      cardId: before.cardId,
      waiting: 2,
      subject: { kind: 'signer' },
    });
    expect(await answer('allow', 'anything', 'once', before)).toMatchObject({ code: 'stale' });
    expect(card().lifetimes).toContain('always');
  });

  test('two programs at one path are told apart when they are known', async () => {
    bench.driver.hold(sample({ path, pid: 1 }), sample({ path, pid: 2 }));
    bench.clock.pass(10);
    expect(cards()).toHaveLength(1);
    await find(signer, 1);
    expect(cards()).toHaveLength(2);
    await find(other, 2);
    await vi.waitFor(() =>
      expect(
        cards()
          .map(({ subject }) => subject.name)
          .toSorted(),
      ).toEqual(['harbour', 'other']),
    );
    expect(cards().map((shown) => shown.waiting)).toEqual([1, 1]);
  });

  test('a rule decides when it is known, and its card goes', async () => {
    bench.driver.hold(sample({ path, pid: 1 }));
    bench.clock.pass(10);
    await find(signer, 1);
    await answer('allow', 'anything', 'always');
    expect(await rules()).toMatchObject([{ subject: { kind: 'signer' } }]);
    const ids = bench.driver.hold(sample({ path, pid: 2 }));
    bench.clock.pass(249);
    expect(cards()).toHaveLength(0);
    bench.clock.pass(1);
    expect(cards()).toHaveLength(1);
    waiting.find(({ id }) => id === 2n)?.resolve(known(signer));
    await vi.waitFor(() => expect(verdicts(ids)).toEqual(['allow']));
    expect(cards()).toHaveLength(0);
  });

  test('nothing but who it is decides: a rule of the path does not, while another could', async () => {
    await bench.engine.handlers.addRule(ruleInput({ subject: { kind: 'path', text: path } }));
    const ids = bench.driver.hold(sample({ path, pid: 1 }));
    bench.clock.pass(249);
    expect(cards()).toHaveLength(0);
    bench.clock.pass(1);
    expect(verdicts(ids)).toEqual(['waiting']);
    expect(cards()).toHaveLength(1);
  });

  test('its answer for now ends its connections, and what is found later does nothing', async () => {
    const ids = bench.driver.hold(sample({ path, pid: 1 }));
    bench.clock.pass(10);
    await answer('block', 'anything', 'once');
    expect(verdicts(ids)).toEqual(['block']);
    for (const one of waiting) one.resolve(known(signer));
    await Promise.resolve();
    expect(cards()).toHaveLength(0);
    expect(bench.driver.faults).toEqual([]);
  });

  test('while it runs is for the path and this process', async () => {
    bench.driver.hold(sample({ path, pid: 1 }));
    bench.clock.pass(10);
    await answer('block', 'anything', 'while-it-runs');
    expect(await rules()).toMatchObject([{ subject: { kind: 'path', path } }]);
  });

  test('a session that is over is not mixed up with the next', async () => {
    bench.driver.hold(sample({ path, pid: 1 }));
    bench.clock.pass(10);
    bench.driver.lose();
    bench.driver.connect();
    for (const one of waiting) one.resolve(known(signer));
    await Promise.resolve();
    expect(bench.engine.managerState().held).toBe(0);
    expect(bench.driver.faults).toEqual([]);
  });

  test('in a mode that does not ask, nobody is asked', async () => {
    await bench.engine.handlers.setMode({ mode: 'block', until: null });
    const ids = bench.driver.hold(sample({ path, pid: 1 }));
    bench.clock.pass(300);
    expect(cards()).toHaveLength(0);
    for (const one of waiting) one.resolve(known(signer));
    await vi.waitFor(() => expect(verdicts(ids)).toEqual(['block']));
  });
});
