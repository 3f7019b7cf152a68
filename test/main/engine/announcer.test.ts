import { beforeEach, expect, test } from 'vitest';
import { Announcer } from '../../../src-main/engine/announcer.ts';
import { FakeClock } from '../fakes/engine-bench.ts';

let clock: FakeClock;
let told: number[];
let announcer: Announcer;

beforeEach(() => {
  clock = new FakeClock();
  told = [];
  announcer = new Announcer(clock, 16, () => void told.push(clock.now()));
});

/** A change, and whatever follows of it at once. */
async function change(): Promise<void> {
  announcer.mark();
  await Promise.resolve();
}

test('a few changes that follow each other are told at once, the next one is not', async () => {
  const start = clock.now();
  const few = Array.from({ length: 4 }, () => start);
  for (let count = 0; count < 5; count += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one change after the other
    await change();
  }
  expect(told).toEqual(few);
  clock.pass(16);
  expect(told).toEqual([...few, start + 16]);
});

test('a flood is told once for each interval', async () => {
  for (let ms = 0; ms < 1600; ms += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one change after the other
    await change();
    clock.pass(1);
  }
  expect(told.length).toBeGreaterThanOrEqual(100);
  expect(told.length).toBeLessThanOrEqual(104);
});

test('a clock that is set back holds nothing up', async () => {
  for (let count = 0; count < 4; count += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one change after the other
    await change();
  }
  clock.time -= 3_600_000;
  await change();
  expect(told).toHaveLength(5);
});
