import { describe, expect, it } from 'vitest';
import { InertGuard } from '../../src-renderer/features/prompt/guard.ts';
import { commandOf } from '../../src-renderer/features/prompt/keys.ts';

describe('InertGuard', () => {
  it('given 899 ms, then answers do not count; at 900 they do', () => {
    const guard = new InertGuard();
    guard.arm(1000);
    guard.press(1899);
    expect(guard.accepts(1899, 1)).toBe(false);
    guard.press(1900);
    expect(guard.accepts(1900, 1)).toBe(true);
  });

  it('given a press that began inert, then it does not count when it ends later, but the next does', () => {
    const guard = new InertGuard();
    guard.arm(0);
    guard.press(800);
    expect(guard.accepts(1500, 1)).toBe(false);
    guard.press(1600);
    expect(guard.accepts(1650, 1)).toBe(true);
  });

  it('given the second click of a double click, then it does not count', () => {
    const guard = new InertGuard();
    guard.arm(0);
    guard.press(1000);
    expect(guard.accepts(1000, 2)).toBe(false);
  });

  it('given an activation without a press, as a screen reader makes it, then only the time counts', () => {
    const guard = new InertGuard();
    guard.arm(0);
    expect(guard.accepts(500, 0)).toBe(false);
    expect(guard.accepts(1000, 0)).toBe(true);
  });

  it.each([1020, 1910, 5000])(
    'given it is armed between press and a release at %i ms, then that does not count, but the next does',
    (release) => {
      const guard = new InertGuard();
      guard.arm(0);
      guard.press(1000);
      guard.arm(1010);
      expect(guard.accepts(release, 1)).toBe(false);
      guard.press(6000);
      expect(guard.accepts(6010, 1)).toBe(true);
    },
  );
});

const key = (name: string, given: Partial<Parameters<typeof commandOf>[0]> = {}) => ({
  key: name,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  shiftKey: false,
  repeat: false,
  isComposing: false,
  ...given,
});

describe('commandOf', () => {
  it.each(['Enter', ' ', 'Backspace', 'a', 'b', 'y', 'n', '5', '0', 'Tab'])(
    'given %j alone, then nothing',
    (name) => {
      expect(commandOf(key(name))).toBeNull();
    },
  );

  it('given Ctrl with Enter, Backspace or Z, then allow, block, undo', () => {
    expect(commandOf(key('Enter', { ctrlKey: true }))).toEqual({
      kind: 'answer',
      verdict: 'allow',
    });
    expect(commandOf(key('Backspace', { ctrlKey: true }))).toEqual({
      kind: 'answer',
      verdict: 'block',
    });
    expect(commandOf(key('z', { ctrlKey: true }))).toEqual({ kind: 'undo' });
  });

  it('given plain keys, then choices, details, later', () => {
    expect(commandOf(key('3'))).toEqual({ kind: 'lifetime', place: 2 });
    expect(commandOf(key('W', { shiftKey: true }))).toEqual({ kind: 'scope' });
    expect(commandOf(key('d'))).toEqual({ kind: 'details' });
    expect(commandOf(key('Escape'))).toEqual({ kind: 'later' });
  });

  it.each([
    { repeat: true },
    { isComposing: true },
    { altKey: true },
    { metaKey: true },
    { shiftKey: true },
  ])('given Ctrl+Enter with %j, then nothing', (given) => {
    expect(commandOf(key('Enter', { ctrlKey: true, ...given }))).toBeNull();
  });
});
