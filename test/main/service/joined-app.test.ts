/** An app over a line: what it says while the line is there, gone, and back. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CallName, calls } from '../../../src-preload/contract/calls.ts';
import type { App } from '../../../src-main/app.ts';
import { systemClock } from '../../../src-main/platform/clock.ts';
import { type JoinedAppSettings, joinService } from '../../../src-main/service/joined-app.ts';
import type { LineAddress } from '../../../src-main/service/joined-line.ts';
import { administratorTerms, agentTerms } from '../../../src-main/service/line-terms.ts';
import { FakeClock } from '../fakes/engine-bench.ts';
import { type LineBench, makeLine, version } from './line-bench.ts';

let bench: LineBench;
let app: App;
let at: LineAddress | null;
let lost: number[];
let windowCalls: string[];

const note = (name: string) => () => {
  windowCalls.push(name);
  return Promise.resolve({ ok: true as const, value: null as never });
};
const settings = (given: Partial<JoinedAppSettings> = {}): JoinedAppSettings => ({
  find: () => at,
  as: 'administrator',
  version,
  windows: {
    resizePrompt: note('resizePrompt'),
    showPrompt: note('showPrompt'),
    saveFile: note('saveFile'),
  },
  clock: systemClock,
  whileLost: (ms) => void lost.push(ms),
  ...given,
});

async function join(given: Partial<JoinedAppSettings> = {}): Promise<App> {
  const joined = await joinService(settings(given), 0);
  if (joined.kind !== 'joined') throw new Error(joined.kind);
  return joined.app;
}

beforeEach(async () => {
  [lost, windowCalls] = [[], []];
  bench = await makeLine(administratorTerms);
  at = bench;
  app = await join();
});
afterEach(async () => {
  await app.stop();
  bench.line.close();
});

test('knows each state at once, and every newer one, and tells of it', async () => {
  expect(app.readState('promptChanged')).toMatchObject({ mark: 'first' });
  expect(app.engine.managerState()).toMatchObject({ mark: 'first' });
  const heard: string[] = [];
  app.engine.onChange((event) => void heard.push(event));
  bench.change('managerChanged', 'second');
  await expect.poll(() => app.engine.managerState()).toMatchObject({ mark: 'second' });
  expect(heard).toContain('managerChanged');
});

test('sends every call but those of windows, which are its own', async () => {
  const own = new Set<CallName>([
    'resizePrompt',
    'showPrompt',
    'saveFile',
    'readPrompt',
    'readManager',
  ]);
  for (const name of Object.keys(calls) as CallName[]) {
    // oxlint-disable-next-line no-await-in-loop -- one call after the other
    await app.router.call(calls[name].role, name, null);
  }
  expect(bench.reached.filter((name) => own.has(name))).toEqual([]);
  expect(bench.reached).toContain('readFindings');
  await app.router.call('prompt', 'resizePrompt', { height: 300 });
  expect(windowCalls).toEqual(['showPrompt', 'resizePrompt']);
  // In their shape, and for their role alone.
  expect(await app.router.call('prompt', 'showPrompt', null)).toMatchObject({ code: 'refused' });
  expect(await app.router.call('manager', 'saveFile', 7)).toMatchObject({ code: 'refused' });
  for (const name of [undefined, 7, {}, 'noSuchCall', 'constructor', '__proto__']) {
    // oxlint-disable-next-line no-await-in-loop -- one call after the other
    expect(await app.router.call('manager', name, null)).toMatchObject({ code: 'refused' });
  }
});

test('says so while the line is gone, keeps what it knew, answers nothing, and joins again', async () => {
  bench.change('managerChanged', 'known');
  await expect.poll(() => app.engine.managerState()).toMatchObject({ mark: 'known' });
  bench.handle('readFindings', () => new Promise(() => {}));
  const waiting = app.router.call('manager', 'readFindings', null);
  const heard: string[] = [];
  app.engine.onChange((event) => void heard.push(event));
  bench.line.close();
  // It was sent, and may have been done.
  expect(await waiting).toMatchObject({ ok: false, code: 'internal' });
  await expect.poll(() => heard.toSorted()).toEqual(['managerChanged', 'promptChanged']);
  const gone = { driver: { kind: 'lost', cause: 'app-gone' } };
  expect(app.engine.promptState()).toMatchObject({ ...gone, cards: [] });
  expect(app.engine.managerState()).toMatchObject({ ...gone, held: 0, cards: 0, mark: 'known' });
  expect(await app.router.call('manager', 'readFindings', null)).toMatchObject({
    code: 'driver-lost',
  });
  expect(await app.router.call('manager', 'readManager', null)).toMatchObject({ value: gone });
  expect(lost.length).toBeGreaterThan(0);

  bench = await makeLine(administratorTerms);
  at = bench;
  await expect.poll(() => app.engine.managerState()).toMatchObject({ mark: 'first' });
  expect(await app.router.call('manager', 'readFindings', null)).toMatchObject({ ok: true });
  expect(bench.reached).toEqual(['readFindings']);
});

test('looks less often the longer nobody is there, and never more than one at a time', async () => {
  const clock = new FakeClock();
  const tries: number[] = [];
  let began = 0;
  const find = (): LineAddress | null => {
    tries.push(clock.now() - began);
    return at;
  };
  const other = await join({ clock, find });
  at = null;
  bench.line.close();
  await expect.poll(() => other.engine.promptState().driver.kind).toBe('lost');
  began = clock.now();
  tries.length = 0;
  for (let turn = 0; turn < 600; turn += 1) {
    clock.pass(100);
    // oxlint-disable-next-line no-await-in-loop -- each try has its turn
    await pause(0);
  }
  expect(tries.length).toBeLessThan(12);
  expect(tries.length).toBeGreaterThan(8);
  const pauses = tries.slice(1).map((time, index) => time - (tries[index] ?? 0));
  expect(pauses.toSorted((one, next) => one - next)).toEqual(pauses);
  await other.stop();
});

test('does not join another version again, and says what to do', async () => {
  const other = await makeLine(administratorTerms, '9.9.9');
  at = other;
  bench.line.close();
  await expect
    .poll(() => app.engine.promptState().driver)
    .toMatchObject({ reason: expect.stringContaining('9.9.9') as string });
  expect(app.engine.promptState().driver).not.toHaveProperty('cause');
  expect(await app.router.call('manager', 'readFindings', null)).toMatchObject({ ok: false });
  expect(other.reached).toEqual([]);
  expect(await joinService(settings(), 1000)).toEqual({ kind: 'other-version', version: '9.9.9' });
  other.line.close();
});

test('an agent calls as an answerer alone, and its windows have no manager', async () => {
  const own = await makeLine(agentTerms);
  at = own;
  const agent = await join({ as: 'agent' });
  for (const name of Object.keys(calls) as CallName[]) {
    // oxlint-disable-next-line no-await-in-loop -- one call after the other
    const result = await agent.router.call('manager', name, null);
    expect(result).toMatchObject({ ok: false, code: 'refused' });
  }
  expect(await agent.router.call('prompt', 'postponePrompt', { cardId: '1' })).toMatchObject({
    ok: true,
  });
  expect(own.reached).toEqual(['postponePrompt']);
  expect(windowCalls).toEqual([]);
  expect(agent.engine.managerState()).toMatchObject({ cards: 0, away: [] });
  await agent.stop();
  own.line.close();
});
