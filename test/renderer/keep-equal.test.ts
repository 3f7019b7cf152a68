import { expect, test } from 'vitest';
import { keepEqual } from '../../src-renderer/features/prompt/keep-equal.ts';

test('what is equal stays the same object, what is not is new', () => {
  const before = { target: { address: '192.0.2.1', port: 80 }, lifetimes: ['once', 'always'] };
  const after = { target: { address: '192.0.2.1', port: 81 }, lifetimes: ['once', 'always'] };
  const kept = keepEqual(before, after);
  expect(kept).toEqual(after);
  expect(kept.target).not.toBe(before.target);
  expect(kept.lifetimes).toBe(before.lifetimes);
  expect(keepEqual(before, structuredClone(before))).toBe(before);
});

test.each([
  [{ a: 1 }, { a: 1, b: undefined }],
  [{ a: undefined }, { b: undefined }],
  [[1, 2], [1]],
  [[], {}],
  [null, {}],
  [{ a: [] }, { a: {} }],
])('%j is not taken for %j', (before, after) => {
  expect(keepEqual(before, after)).toStrictEqual(after);
});
