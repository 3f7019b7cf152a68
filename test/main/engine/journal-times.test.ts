import { describe, expect, test } from 'vitest';

import type { SavedLine } from '../../../src-main/engine/journal/journal-line.ts';
import { TIME_PARTS, timesOf } from '../../../src-main/engine/journal/journal-times.ts';

const now = 1_900_000_000_000;
const day = 86_400_000;
const line = (at: number, verdict: 'allow' | 'block' = 'allow', count = 1): SavedLine =>
  ({ at, verdict, count }) as SavedLine;

describe('the picture of the journal', () => {
  test('has nothing to show where there is nothing', () => {
    expect(timesOf([], now)).toBeNull();
  });

  test('goes from the oldest line to now, each connection counted once', () => {
    const lines = [line(now - day, 'block', 3), line(now - day / 2, 'allow', 5), line(now)];
    const times = timesOf(lines, now);
    expect(times).toMatchObject({ from: now - day, to: now });
    expect(times?.blocked[0]).toBe(3);
    expect(times?.allowed[TIME_PARTS / 2]).toBe(5);
    expect(times?.allowed.at(-1)).toBe(1);
    const sum = (bars: readonly number[] = []) => bars.reduce((all, one) => all + one, 0);
    expect([sum(times?.allowed), sum(times?.blocked)]).toEqual([6, 3]);
  });

  test('is never shorter than a minute for each bar, and a clock that was set back breaks nothing', () => {
    const times = timesOf([line(now), line(now + day, 'block')], now);
    expect((times?.to ?? 0) - (times?.from ?? 0)).toBe(TIME_PARTS * 60_000);
    expect(times?.blocked.at(-1)).toBe(1);
  });
});
