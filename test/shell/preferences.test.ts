/** What was chosen about Portreeve itself: kept over a restart, and no file can keep Portreeve from starting. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventName } from '../../src-preload/contract/calls.ts';
import { openPreferences } from '../../src-main/upkeep/preferences.ts';
import { type EngineStates, wholeStates } from '../../src-main/upkeep/states.ts';

const asSystem = { theme: 'system', language: 'system' };
const chosen = { theme: 'dark', language: 'zh-CN' } as const;
let folder: string;
const warnings: string[] = [];
const open = () => openPreferences(folder, { warn: (line) => void warnings.push(line) });
const file = (): string => path.join(folder, 'preferences.json');

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'portreeve-preferences-'));
  warnings.length = 0;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('preferences', () => {
  it('are as the system at first, and kept over a restart', () => {
    expect(open().now.appearance).toEqual(asSystem);
    expect(open().change({ appearance: chosen })).toEqual({ ok: true, value: null });
    expect(open().now.appearance).toEqual(chosen);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['half of it', '{"appearance": {"theme": "da'],
    ['something else', '[1]'],
    ['null', 'null'],
    ['a foreign value', '{"appearance": 7}'],
  ])('with %s in their file are as the system, and can be changed again', (_what, text) => {
    writeFileSync(file(), text);
    const preferences = open();
    expect(preferences.now.appearance).toEqual(asSystem);
    expect(preferences.change({ appearance: chosen }).ok).toBe(true);
    expect(open().now.appearance).toEqual(chosen);
  });

  it('of a newer version lose no value that is known here', () => {
    const newer = { appearance: { theme: 'dark', language: 'tlh', glow: 1 }, more: true };
    writeFileSync(file(), JSON.stringify(newer));
    expect(open().now.appearance).toEqual({ theme: 'dark', language: 'system' });
  });

  it('that can not be written change nothing and say so', () => {
    const preferences = open();
    mkdirSync(`${file()}.new`);
    expect(preferences.change({ appearance: chosen })).toMatchObject({ code: 'not-written' });
    expect(preferences.now.appearance).toEqual(asSystem);
    expect(warnings).toHaveLength(1);
  });

  it('reach both windows at once', () => {
    const preferences = open();
    const engine = {
      promptState: () => ({ cards: [] }),
      managerState: () => ({ held: 0 }),
      onChange: () => () => {},
    } as unknown as EngineStates;
    const updates = { view: { kind: 'off' }, onChange: () => {} } as const;
    const states = wholeStates(engine, { preferences, updates, isService: false });
    const heard: EventName[] = [];
    const end = states.onChange((event) => void heard.push(event));
    preferences.change({ appearance: chosen });
    expect(heard.toSorted()).toEqual(['managerChanged', 'promptChanged']);
    expect(states.promptState().appearance).toEqual(chosen);
    expect(states.managerState()).toMatchObject({ held: 0, appearance: chosen });
    end();
    preferences.change({ appearance: { ...chosen, theme: 'light' } });
    expect(heard).toHaveLength(2);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({
      appearance: { theme: 'light' },
    });
  });
});
