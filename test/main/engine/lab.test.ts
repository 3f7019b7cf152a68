/** The engine on the real driver code in the lab. */
import path from 'node:path';

import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import type { CardView, Lifetime, Scope, Verdict } from '../../../src-preload/contract/model.ts';
import { createDriverClient } from '../../../src-main/driver/client.ts';
import { labDevice } from '../../../src-main/driver/device-lab.ts';
import { defaultPolicy } from '../../../src-main/driver/policy.ts';
import { createEngine } from '../../../src-main/engine/engine.ts';
import type { Engine } from '../../../src-main/engine/engine.ts';
import { journalIn } from '../../../src-main/engine/journal/search-desk.ts';
import type { Store } from '../../../src-main/engine/store/store.ts';
import { systemClock } from '../../../src-main/platform/clock.ts';
import { linuxIdentity } from '../../../src-main/platform/identity-linux.ts';
import { kernelOf } from '../../../src-main/engine/policy/compile/kernel.ts';
import { noNames, noNetworks } from '../../../src-main/platform/names.ts';
import { listPorts, storeAt } from '../fakes/engine-bench.ts';
import { LabDoor } from '../fakes/lab-door.ts';
import { labProgram, startLab } from '../fakes/lab.ts';
import type { Lab } from '../fakes/lab.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

interface Main {
  readonly engine: Engine;
  readonly store: Store;
}

let folder: string;
let lab: Lab;
let main: Main;
let door: LabDoor;

/** Compiling takes longer than a test may. */
beforeAll(labProgram, 300_000);

beforeEach(async () => {
  folder = temporaryFolder();
  lab = await startLab(folder, ['--reauthorize', 'later']);
  door = new LabDoor(lab.door);
  await door.ready();
  main = await startMain();
});

afterEach(async () => {
  await stopMain();
  door.close();
  await lab.stop();
});

async function startMain(): Promise<Main> {
  const store = storeAt(path.join(folder, 'portreeve.db'));
  const driver = createDriverClient({
    kind: labDevice(lab.socket),
    policy: defaultPolicy({ loopback: 'ask' }),
    clock: systemClock,
    version: 1,
    name: 'Lab driver',
  });
  const log = { warn: (message: string) => expect.unreachable(message) };
  const engine = createEngine({
    driver,
    store,
    journal: journalIn(folder),
    clock: systemClock,
    identity: linuxIdentity(),
    names: noNames,
    networks: noNetworks,
    kernel: kernelOf(driver),
    factory: () => [],
    lists: listPorts(folder),
    log,
  });
  await engine.start();
  await until(engine, () => engine.promptState().driver.kind === 'connected');
  return { engine, store };
}

async function stopMain(): Promise<void> {
  await main.engine.stop();
  main.store.close();
}

async function until(engine: Engine, condition: () => boolean): Promise<void> {
  while (!condition()) {
    // oxlint-disable-next-line no-await-in-loop -- one change after the other
    await new Promise<void>((resolve) => {
      const end = engine.onChange(() => {
        end();
        resolve();
      });
    });
  }
}

function untilWaiting(count: number): Promise<void> {
  return until(main.engine, () => main.engine.managerState().held === count);
}

function cardOf(name: string): CardView {
  const card = main.engine.promptState().cards.find(({ subject }) => subject.name === name);
  if (card === undefined) throw new Error(`there is no card of ${name}`);
  return card;
}

async function answer(name: string, verdict: Verdict, scope: Scope, lifetime: Lifetime) {
  const { cardId, revision } = cardOf(name);
  const input = { cardId, revision, verdict, scope, lifetime };
  const result = await main.engine.handlers.answerPrompt(input);
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

describe('the engine on the real driver', () => {
  test('"always" holds in the driver: without asking, counted, and when Portreeve is gone', async () => {
    const version = () => main.engine.managerState().kernel?.version ?? 0;
    await until(main.engine, () => version() > 0);
    door.startProcess(5000, '/opt/allowed');
    door.startProcess(5001, '/opt/blocked');
    for (const [processId, name, verdict] of [
      [5000, 'allowed', 'allow'],
      [5001, 'blocked', 'block'],
    ] as const) {
      const before = version();
      const first = door.attempt({ processId, address: '127.3.0.1', port: 80 });
      // oxlint-disable-next-line no-await-in-loop -- answer after answer
      await untilWaiting(1);
      // oxlint-disable-next-line no-await-in-loop
      await answer(name, verdict, 'anything', 'always');
      // oxlint-disable-next-line no-await-in-loop
      await first.answer;
      // oxlint-disable-next-line no-await-in-loop
      await until(main.engine, () => version() > before);
    }
    const used = async () => {
      const page = await main.engine.handlers.listRules({ text: '', offset: 0, limit: 9 });
      return page.ok ? page.value.rules.map(({ hits }) => hits) : [];
    };
    const attempts = () =>
      Promise.all(
        [5000, 5001].map((processId) => {
          return door.attempt({ processId, address: '127.3.0.2', port: 81 }).answer;
        }),
      );
    expect(await used()).toEqual([1, 1]);
    expect(await attempts()).toEqual(['permitted', 'blocked']);
    expect(await used()).toEqual([1, 1]);
    await stopMain();
    expect(await attempts()).toEqual(['permitted', 'blocked']);
    door.startProcess(5002, '/opt/allowed');
    door.startProcess(5003, '/opt/unknown');
    const later = [5002, 5003].map((processId) => {
      return door.attempt({ processId, address: '127.3.0.2', port: 81 }).answer;
    });
    expect(await Promise.all(later)).toEqual(['permitted', 'blocked']);
    main = await startMain();
    expect(await used()).toEqual([2, 2]);
    await until(main.engine, () => main.engine.managerState().away.length > 0);
    expect(main.engine.managerState().away).toMatchObject([{ subject: { name: 'unknown' } }]);
  });

  test('200 connections to 200 addresses: one card, one answer, and another program is not touched', async () => {
    door.startProcess(5000, '/opt/many');
    door.startProcess(5001, '/opt/other');
    const other = door.attempt({ processId: 5001, address: '127.3.0.1', port: 80 });
    const many = Array.from({ length: 200 }, (_, index) =>
      door.attempt({ processId: 5000, address: `127.2.0.${index}`, port: 443 }),
    );
    await untilWaiting(201);
    expect(main.engine.promptState().cards).toHaveLength(2);
    expect(cardOf('many')).toMatchObject({ waiting: 200, destinations: 200 });
    expect(await answer('many', 'allow', 'anything', 'once')).toEqual({
      settled: 200,
      ruleId: null,
    });
    const results = await Promise.all(many.map((one) => one.answer));
    expect(new Set(results)).toEqual(new Set(['permitted']));
    expect(cardOf('other').waiting).toBe(1);
    expect(await answer('other', 'block', 'address-port', 'always')).toMatchObject({ settled: 1 });
    expect(await other.answer).toBe('blocked');
  });

  test('a ruled program never waits behind a question', async () => {
    door.startProcess(5000, '/opt/ruled');
    door.startProcess(5001, '/opt/asking');
    const first = door.attempt({ processId: 5000, address: '127.2.0.1', port: 80 });
    await untilWaiting(1);
    await answer('ruled', 'allow', 'anything', 'always');
    expect(await first.answer).toBe('permitted');
    const asking = door.attempt({ processId: 5001, address: '127.2.0.1', port: 80 });
    await untilWaiting(1);
    const ruled = Array.from({ length: 100 }, (_, index) =>
      door.attempt({ processId: 5000, address: '127.2.0.9', port: index + 1 }),
    );
    const results = await Promise.all(ruled.map((one) => one.answer));
    expect(new Set(results)).toEqual(new Set(['permitted']));
    expect(main.engine.managerState().held).toBe(1);
    door.closeEndpoint(asking.endpoint);
    expect(await asking.answer).toBe('ended');
  });

  test('a program that closes its socket leaves a card that can still be answered', async () => {
    door.startProcess(5000, '/opt/impatient');
    const attempt = door.attempt({ processId: 5000, address: '127.2.0.1', port: 80 });
    await untilWaiting(1);
    door.closeEndpoint(attempt.endpoint);
    await untilWaiting(0);
    expect(cardOf('impatient').state).toBe('given-up');
    expect(await answer('impatient', 'allow', 'address', 'always')).toMatchObject({ settled: 0 });
    const next = door.attempt({ processId: 5000, address: '127.2.0.1', port: 81 });
    expect(await next.answer).toBe('permitted');
  });

  test('paths of bytes that are no text stay apart, through the driver and the store', async () => {
    const one = Buffer.from([0x2f, 0x6f, 0x80]);
    const other = Buffer.from([0x2f, 0x6f, 0x81]);
    door.startProcess(5000, one);
    door.startProcess(5001, other);
    const first = door.attempt({ processId: 5000, address: '127.2.0.1', port: 80 });
    await untilWaiting(1);
    await answer('o\udc80', 'allow', 'anything', 'always');
    expect(await first.answer).toBe('permitted');
    await stopMain();
    main = await startMain();
    const again = door.attempt({ processId: 5000, address: '127.2.0.2', port: 80 });
    const second = door.attempt({ processId: 5001, address: '127.2.0.1', port: 80 });
    expect(await again.answer).toBe('permitted');
    await untilWaiting(1);
    await answer('o\udc81', 'block', 'anything', 'once');
    expect(await second.answer).toBe('blocked');
  });

  test('what waits when main goes away is blocked at once, and told to the next main', async () => {
    door.startProcess(5000, '/opt/left');
    const waiting = Array.from({ length: 50 }, (_, index) =>
      door.attempt({ processId: 5000, address: '127.2.0.1', port: index + 1 }),
    );
    await untilWaiting(50);
    await stopMain();
    const results = await Promise.all(waiting.map((one) => one.answer));
    expect(new Set(results)).toEqual(new Set(['blocked']));
    const unseen = door.attempt({ processId: 5000, address: '127.2.0.2', port: 80 });
    expect(await unseen.answer).toBe('blocked');
    main = await startMain();
    await until(main.engine, () => main.engine.managerState().away.length === 51);
    const { away, awayLost } = main.engine.managerState();
    expect(awayLost).toBe(0);
    expect(away.filter(({ reason }) => reason === 'client-lost')).toHaveLength(50);
    expect(away.find(({ reason }) => reason === 'nobody-there')).toMatchObject({
      subject: { name: 'left' },
      target: { address: '127.2.0.2', port: 80 },
      verdict: 'block',
      count: 1,
    });
    const awayIds = away.map(({ awayId }) => awayId);
    expect(await main.engine.handlers.clearAway({ awayIds })).toMatchObject({ ok: true });
    await stopMain();
    main = await startMain();
    expect(main.engine.managerState().away).toEqual([]);
  });

  test('a lab that dies is told, and its successor is found', async () => {
    door.startProcess(5000, '/opt/before');
    const attempt = door.attempt({ processId: 5000, address: '127.2.0.1', port: 80 });
    await untilWaiting(1);
    await lab.kill();
    await until(main.engine, () => main.engine.promptState().driver.kind === 'lost');
    expect(await attempt.answer).toBe('ended');
    expect(main.engine.promptState().driver).toMatchObject({
      reason: 'The lab driver has stopped.',
    });
    expect(main.engine.managerState().held).toBe(0);
    lab = await startLab(folder);
    await until(main.engine, () => main.engine.promptState().driver.kind === 'connected');
    door = new LabDoor(lab.door);
    await door.ready();
    door.startProcess(6000, '/opt/after');
    const next = door.attempt({ processId: 6000, address: '127.2.0.1', port: 80 });
    await untilWaiting(1);
    await answer('after', 'allow', 'anything', 'once');
    expect(await next.answer).toBe('permitted');
  });

  test('touching a card keeps its connection, for the driver too', async () => {
    door.startProcess(5000, '/opt/touched');
    const attempt = door.attempt({ processId: 5000, address: '127.2.0.1', port: 80 });
    await untilWaiting(1);
    const { deadline } = cardOf('touched');
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
    expect(
      await main.engine.handlers.touchPrompt({ cardId: cardOf('touched').cardId }),
    ).toMatchObject({ ok: true });
    expect(cardOf('touched').deadline).toBeGreaterThan(deadline ?? 0);
    await answer('touched', 'block', 'anything', 'once');
    expect(await attempt.answer).toBe('blocked');
  });

  test('a second Portreeve is told that another one is in charge', async () => {
    const news: string[] = [];
    const second = createDriverClient({
      kind: labDevice(lab.socket),
      policy: defaultPolicy({ loopback: 'ask' }),
      clock: systemClock,
      version: 1,
      name: 'Lab driver',
    });
    await new Promise<void>((resolve) => {
      second.start({
        connected: () => expect.unreachable('two owners'),
        events: () => expect.unreachable('events of another'),
        lost({ reason }) {
          news.push(reason);
          resolve();
        },
      });
    });
    await second.stop();
    expect(news).toEqual(['Another Portreeve is already in charge of the lab driver.']);
  });
});
