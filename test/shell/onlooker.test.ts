/** What a standard user may look at: only where an administrator wants it, only what is no secret of others, never changed. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CallName, calls } from '../../src-preload/contract/calls.ts';
import { mayCall } from '../../src-preload/contract/command-line.ts';
import type { ManagerState } from '../../src-preload/contract/model.ts';
import type { RuleView } from '../../src-preload/contract/rules.ts';
import { startOnlooker } from '../../src-main/onlooker.ts';
import {
  type AccessCalls,
  isOutOfReach,
  privateFolder,
  readableFolder,
  readableWeakness,
} from '../../src-main/platform/install-windows.ts';
import { Onlookers, type Snapshot, snapshotFile } from '../../src-main/upkeep/onlookers.ts';
import { managerState, ruleView } from '../fakes/views.ts';
import { FakeClock } from '../main/fakes/engine-bench.ts';
import { canMount } from './mount.ts';

const version = '0.1.0';
let folder: string;
let clock: FakeClock;
let isOn: boolean;
let isSafe: boolean;
let state: ManagerState;
let rules: RuleView[];
const warnings: string[] = [];

const withPath = (place: number, program: string): RuleView => {
  const rule = ruleView(place, { note: 'for my bank', hits: 7, lastUsedAt: 5 });
  return { ...rule, subject: { ...rule.subject, path: program } };
};

function make(): Onlookers {
  return new Onlookers({
    folder,
    version,
    clock,
    log: { warn: (line) => void warnings.push(line) },
    isOn: () => isOn,
    isSafe: () => isSafe,
    state: () => state,
    listRules: async ({ offset, limit }) => ({
      ok: true,
      value: { rules: rules.slice(offset, offset + limit), total: rules.length, version: 1 },
    }),
  });
}
const look = (isTrusted: (file: string) => boolean = () => true) =>
  startOnlooker({ folder, version, clock, isTrusted });
const written = (): Snapshot => JSON.parse(readFileSync(snapshotFile(folder), 'utf8')) as Snapshot;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'portreeve-onlooker-'));
  [clock, isOn, isSafe, state] = [new FakeClock(), true, true, managerState()];
  rules = [
    withPath(0, 'C:\\Program Files\\Discord\\Discord.exe'),
    withPath(1, 'C:\\Users\\Anna\\AppData\\Local\\secret.exe'),
    withPath(2, '\\device\\harddiskvolume3\\users\\ben\\game.exe'),
    withPath(3, 'C:\\Users\\Public\\tool.exe'),
  ];
  warnings.length = 0;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('what users may look at', () => {
  it('is written a moment after a change, once for a burst, and not where nothing of it has changed', async () => {
    const onlookers = make();
    onlookers.changed();
    onlookers.changed();
    expect(existsSync(snapshotFile(folder))).toBe(false);
    clock.pass(3000);
    await expect.poll(() => existsSync(snapshotFile(folder))).toBe(true);
    rmSync(snapshotFile(folder));
    state = managerState({ held: 3, journalVersion: 9 });
    onlookers.changed();
    clock.pass(10_000);
    state = managerState({ ruleVersion: 2 });
    onlookers.changed();
    clock.pass(3000);
    await expect.poll(() => existsSync(snapshotFile(folder))).toBe(true);
  });

  it("has no program of somebody's own folder, and nothing of when or what for a rule was used", async () => {
    await make().write();
    expect(written().rules.map(({ subject }) => subject.path)).toEqual([
      'C:\\Program Files\\Discord\\Discord.exe',
      'C:\\Users\\Public\\tool.exe',
    ]);
    expect(written().leftOut).toBe(2);
    expect(readFileSync(snapshotFile(folder), 'utf8')).not.toMatch(/Anna|ben|bank/u);
    for (const rule of written().rules) {
      expect(rule).toMatchObject({ hits: 0, lastUsedAt: null, asked: null, note: '' });
    }
    expect(Object.keys(written().state).toSorted()).toEqual(['mode', 'noClient']);
  });

  it('is nothing where nobody has allowed it, and goes when that is taken back', async () => {
    isOn = false;
    make().changed();
    clock.pass(10_000);
    expect(existsSync(snapshotFile(folder))).toBe(false);
    isOn = true;
    const onlookers = make();
    await onlookers.write();
    isOn = false;
    onlookers.changed();
    expect(existsSync(snapshotFile(folder))).toBe(false);
    expect(look()).toBeNull();
  });

  it.skipIf(!canMount())('goes later where somebody keeps it open', async () => {
    const onlookers = make();
    await onlookers.write();
    const file = snapshotFile(folder);
    execFileSync('mount', ['--bind', file, file]);
    isOn = false;
    onlookers.changed();
    onlookers.changed();
    expect(warnings).toEqual(['Somebody keeps open what users could look at.']);
    execFileSync('umount', [file]);
    onlookers.changed();
    expect(existsSync(file)).toBe(false);
  });

  it('of an earlier run goes too', async () => {
    await make().write();
    isOn = false;
    make().changed();
    expect(existsSync(snapshotFile(folder))).toBe(false);
  });

  it('is not written where others could change its folder, and says so', async () => {
    isSafe = false;
    await make().write();
    expect(existsSync(snapshotFile(folder))).toBe(false);
    expect(warnings).toHaveLength(1);
  });

  it('is all of 10 000 rules, and what is left of them is quick to look through', async () => {
    rules = Array.from({ length: 10_000 }, (_, place) => withPath(place, `C:\\p\\${place}.exe`));
    await make().write();
    const page = await look()?.router.call('manager', 'listRules', {
      text: '9999.exe',
      offset: 0,
      limit: 10,
    });
    expect(page).toMatchObject({ ok: true, value: { total: 1 } });
  });
});

describe('an onlooker', () => {
  it('sees mode and rules, and what changes', async () => {
    const onlookers = make();
    await onlookers.write();
    const app = look();
    const heard: string[] = [];
    app?.engine.onChange((event) => void heard.push(event));
    expect(app?.engine.managerState()).toMatchObject({ mode: { mode: 'ask' }, held: 0, away: [] });
    expect(app?.engine.managerState().onlooker).toMatchObject({ leftOut: 2 });
    clock.pass(10_000);
    expect(heard).toEqual([]);
    state = managerState({ mode: { mode: 'block', until: null, pauses: [] } });
    await onlookers.write();
    clock.pass(10_000);
    expect(heard).toEqual(['managerChanged']);
    expect(app?.engine.managerState().mode.mode).toBe('block');
    await app?.stop();
    state = managerState();
    await onlookers.write();
    clock.pass(60_000);
    expect(heard).toHaveLength(1);
  });

  const names = Object.keys(calls) as CallName[];
  const refusedOnes = names.filter((name) => name !== 'readManager' && name !== 'listRules');
  it.each(refusedOnes)('is refused %s by the router, from whatever window', async (name) => {
    await make().write();
    const before = readFileSync(snapshotFile(folder), 'utf8');
    const app = look();
    for (const role of ['manager', 'prompt', 'command-line'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await app?.router.call(role, name, null)).toMatchObject({ code: 'refused' });
    }
    expect(mayCall('onlooker', name)).toBe(false);
    expect(readFileSync(snapshotFile(folder), 'utf8')).toBe(before);
  });

  it.each([
    ['of another version', () => ({ ...written(), version: '9.9.9' })],
    ['that is no snapshot', () => ({ version })],
    ['that is damaged', () => 'x'],
  ])('does not look at a file %s', async (_what, content) => {
    await make().write();
    const text = JSON.stringify(content());
    writeFileSync(snapshotFile(folder), text);
    expect(look()).toBeNull();
    writeFileSync(snapshotFile(folder), text.slice(0, -1));
    expect(look()).toBeNull();
  });

  it('does not look where others could have written, nor through a link', async () => {
    await make().write();
    expect(look((file) => !file.endsWith('.json'))).toBeNull();
    expect(look((file) => file.endsWith('.json'))).toBeNull();
    const text = readFileSync(snapshotFile(folder), 'utf8');
    rmSync(snapshotFile(folder));
    writeFileSync(path.join(folder, 'elsewhere.json'), text);
    symlinkSync(path.join(folder, 'elsewhere.json'), snapshotFile(folder));
    expect(look()).toBeNull();
  });
});

describe('the folder that users may read', () => {
  const calls = (lists: Record<string, string>, made: 'made' | 'failed' = 'made'): AccessCalls => ({
    securityOf: (file) => lists[path.basename(file)] ?? null,
    makeFolderWith: () => made,
  });
  let view: string;
  const name = (): string => path.basename(folder);
  beforeEach(() => {
    view = path.join(folder, 'view');
    mkdirSync(view);
  });

  it('may be read by users, and changed by administrators alone', () => {
    const lists = { [name()]: privateFolder, view: readableFolder };
    expect(readableWeakness(view, calls(lists))).toBeNull();
    expect(isOutOfReach(view, calls(lists))).toBe(true);
  });

  it.each([
    ['users may write in it', `${privateFolder}(A;OICI;0x1301bf;;;BU)`, privateFolder],
    ['a user owns it', readableFolder.replace('O:BA', 'O:S-1-5-21-1-2-3-1001'), privateFolder],
    ['its folder is not private', readableFolder, `${privateFolder}(A;;FA;;;BU)`],
    ['it has no list', 'O:BAD:NO_ACCESS_CONTROL', privateFolder],
  ])('is refused where %s', (_what, own, above) => {
    const lists = { [name()]: above, view: own };
    expect(readableWeakness(view, calls(lists))).not.toBeNull();
  });

  it('is refused where it can not be made or looked at', () => {
    const lists = { [name()]: privateFolder, view: readableFolder };
    expect(readableWeakness(view, calls(lists, 'failed'))).not.toBeNull();
    expect(isOutOfReach(view, calls({}))).toBe(false);
  });
});
