import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { createDriverClient } from '../../../src-main/driver/client.ts';
import { labDevice } from '../../../src-main/driver/device-lab.ts';
import { defaultPolicy } from '../../../src-main/driver/policy.ts';
import * as wire from '../../../src-main/driver/wire.gen.ts';
import type { DriverEvent, DriverPort } from '../../../src-main/engine/ports.ts';
import { systemClock } from '../../../src-main/platform/clock.ts';
import { FakeDriver } from '../fakes/fake-driver.ts';
import { sample } from '../fakes/sample.ts';

let driver: FakeDriver;
let client: DriverPort;
let news: string[];
let events: DriverEvent[];
let lostRecords: number;
let wake: () => void;

beforeEach(async () => {
  driver = new FakeDriver();
  await driver.listen();
  news = [];
  events = [];
  lostRecords = 0;
  wake = () => undefined;
  client = createDriverClient({
    kind: labDevice(driver.socketPath),
    policy: defaultPolicy({ loopback: 'ask' }),
    clock: systemClock,
    version: 0x0100,
    name: 'Lab driver',
  });
});

afterEach(async () => {
  await client.stop();
  await driver.close();
  expect(driver.faults).toEqual([]);
});

function start(): void {
  client.start({
    connected: (description) => tell(description),
    lost: ({ reason }) => tell(reason),
    events(some, lost) {
      events.push(...some);
      lostRecords += lost;
      wake();
    },
  });
}

function tell(text: string): void {
  news.push(text);
  wake();
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    // oxlint-disable-next-line no-await-in-loop -- one piece of news after the other
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

describe('the driver client', () => {
  test('tells the driver what holds without it, once for each change, and again in a new session', async () => {
    client.setNoClient('allow');
    start();
    await until(() => news.length === 1);
    expect(driver.noClients).toEqual([wire.VERDICT_ALLOW]);
    client.setNoClient('allow');
    client.setNoClient('block');
    await expect.poll(() => driver.noClients).toEqual([wire.VERDICT_ALLOW, wire.VERDICT_BLOCK]);
    driver.drop();
    await expect.poll(() => driver.noClients.length).toBe(3);
    expect(driver.noClients[2]).toBe(wire.VERDICT_BLOCK);
  });

  test('greets, sets the policy, hears of holds and answers them', async () => {
    start();
    await until(() => news.length === 1);
    expect(news).toEqual(['Lab driver 1.2.3']);
    driver.hold(7n, sample({ path: '/opt/\udcff' }));
    await until(() => events.length === 1);
    expect(events[0]).toMatchObject({ kind: 'held', id: 7n, connection: { path: '/opt/\udcff' } });
    expect(await client.answer([7n], 'allow')).toBe(1);
    expect(driver.answers).toEqual([{ id: 7n, verdict: wire.VERDICT_ALLOW }]);
    expect(driver.policies).toBe(1);
  });

  test('sends all answers of one tick in one request, in batches of the limit', async () => {
    start();
    const count = wire.MAX_ANSWERS + 10;
    for (let id = 1; id <= count; id += 1) driver.hold(BigInt(id), sample());
    await until(() => events.length === count);
    const ids = events.flatMap((event) => (event.kind === 'held' ? [event.id] : []));
    const answered = ids.map((id, index) =>
      client.answer([id], index % 2 === 0 ? 'allow' : 'block'),
    );
    expect((await Promise.all(answered)).every((accepted) => accepted === 1)).toBe(true);
    expect(driver.answerBatches).toBe(2);
    expect(driver.answers.map(({ id }) => id)).toEqual(ids);
  });

  test('keeps two reads with the driver and puts batches in their order', async () => {
    start();
    for (let id = 1; id <= 1000; id += 1) driver.hold(BigInt(id), sample());
    await until(() => events.length === 1000);
    expect(events.map((event) => (event.kind === 'held' ? Number(event.id) : 0))).toEqual(
      Array.from({ length: 1000 }, (_, index) => index + 1),
    );
  });

  test('says how many the driver did not take', async () => {
    start();
    driver.hold(1n, sample());
    driver.hold(2n, sample());
    await until(() => events.length === 2);
    driver.settle(2n, 'watchdog');
    expect(await client.answer([1n, 2n], 'block')).toBe(1);
  });

  test('passes on how many records were lost', async () => {
    start();
    await until(() => news.length === 1);
    driver.loseRecords(5);
    await until(() => lostRecords > 0);
    expect(lostRecords).toBe(5);
  });

  test('says once that nobody is there, and connects when somebody is', async () => {
    await driver.close();
    start();
    await until(() => news.length === 1);
    expect(news).toEqual(['The lab driver is not running.']);
    await new Promise((resolve) => {
      setTimeout(resolve, 200);
    });
    await driver.listen();
    await until(() => news.length === 2);
    expect(news[1]).toMatch(/^Lab driver /);
  });

  test('connects again after a loss, under a new session', async () => {
    start();
    await until(() => news.length === 1);
    driver.drop();
    await until(() => news.length === 3);
    expect(news[1]).toBe('The lab driver has stopped.');
    driver.hold(3n, sample());
    await until(() => events.length === 1);
    expect(await client.answer([3n], 'block')).toBe(1);
  });

  test('an answer that is under way when the driver dies resolves as not taken', async () => {
    start();
    driver.hold(1n, sample());
    await until(() => events.length === 1);
    const answered = client.answer([1n], 'allow');
    driver.drop();
    expect(await answered).toBe(0);
    driver.faults.length = 0;
  });

  test.each([
    [0xc0000022, 'The lab driver belongs to another user.'],
    [0xc0000043, 'Another Portreeve is already in charge of the lab driver.'],
    [0xc0000001, 'The lab driver gave an answer that makes no sense (status 0xC0000001).'],
  ])('explains the status %i of an open', async (status, reason) => {
    driver.openStatus = status;
    start();
    await until(() => news.length === 1);
    expect(news).toEqual([reason]);
  });

  test('explains another version', async () => {
    driver.helloStatus = 0xc0000059;
    start();
    await until(() => news.length === 1);
    expect(news).toEqual(['The lab driver was built from another version of Portreeve.']);
  });

  test.each<readonly [string, Uint8Array]>([
    ['a frame that is too long', Buffer.alloc(16, 0xff)],
    ['a frame that is too short', Buffer.alloc(16)],
  ])('gives up the handle at %s, and connects again', async (_, bytes) => {
    start();
    await until(() => news.length === 1);
    driver.sendGarbage(bytes);
    await until(() => news.length === 3);
    expect(news[1]).toMatch(/makes no sense/);
  });

  test('gives up the handle at a malformed event, and connects again', async () => {
    start();
    await until(() => news.length === 1);
    driver.announceBytes(new Uint8Array(8));
    await until(() => news.length === 3);
    expect(news[1]).toMatch(/makes no sense/);
  });

  test.each([{ session: 1n }, { ahead: 2n }, { ahead: -1n }])(
    'gives up the handle at a batch that is not the next one: %o',
    async (lie) => {
      start();
      await until(() => news.length === 1);
      driver.lie = lie;
      driver.hold(1n, sample());
      await until(() => news.length >= 2);
      driver.lie = {};
      await until(() => news.length >= 3);
      expect(news[1]).toMatch(/makes no sense/);
      expect(events).toEqual([]);
    },
  );

  test('gives up a driver that does not answer, and finds it when it does', async () => {
    driver.silent = true;
    start();
    await until(() => news.length === 1);
    expect(news).toEqual(['The lab driver has stopped.']);
    driver.silent = false;
    await until(() => news.length === 2);
    driver.hold(1n, sample());
    await until(() => events.length === 1);
    driver.silent = true;
    expect(await client.answer([1n], 'allow')).toBe(0);
    await until(() => news.length >= 3);
  });

  test('does not take its own stall for the silence of the driver', async () => {
    start();
    driver.hold(1n, sample());
    await until(() => events.length === 1);
    const answered = client.answer([1n], 'allow');
    await Promise.resolve();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5500);
    expect(await answered).toBe(1);
    expect(news).toHaveLength(1);
  });

  test('has two reads with the driver when nothing happens', async () => {
    start();
    await driver.until(() => driver.reads === 2);
    driver.hold(1n, sample());
    await until(() => events.length === 1);
    await driver.until(() => driver.reads === 2);
  });

  test('stops at once in every state', async () => {
    await client.stop();
    start();
    await client.stop();
    start();
    await until(() => news.length >= 1);
    await client.stop();
    const before = news.length;
    driver.drop();
    await new Promise((resolve) => {
      setTimeout(resolve, 150);
    });
    expect(news).toHaveLength(before);
  });
});
