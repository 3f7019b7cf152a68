import { describe, expect, it } from 'vitest';
import { perFrame } from '../../src-renderer/coalesce.ts';

function frames() {
  const queue: (() => void)[] = [];
  return {
    next: (callback: () => void): void => {
      queue.push(callback);
    },
    run: (): void => {
      queue.shift()?.();
    },
    pending: () => queue.length,
  };
}

describe('perFrame', () => {
  it('given values in one frame, then the first goes at once and the newest in the next frame', () => {
    const clock = frames();
    const seen: number[] = [];
    const push = perFrame<number>((value) => seen.push(value), clock.next);
    [1, 2, 3, 4].forEach(push);
    expect(seen).toEqual([1]);
    clock.run();
    expect(seen).toEqual([1, 4]);
  });

  it('given a quiet frame, then no frame is asked for and the next value goes at once', () => {
    const clock = frames();
    const seen: number[] = [];
    const push = perFrame<number>((value) => seen.push(value), clock.next);
    push(1);
    clock.run();
    expect(clock.pending()).toBe(0);
    push(2);
    expect(seen).toEqual([1, 2]);
  });
});
