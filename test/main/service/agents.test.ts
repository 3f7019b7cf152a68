/** Agents as real processes, in sessions that come and go; only who is signed in, and the time, are the test's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { App } from '../../../src-main/app.ts';
import { type AgentTold, takeAgentTold } from '../../../src-main/service/agent-told.ts';
import { Agents } from '../../../src-main/service/agents.ts';
import type { AgentsPort, UserSession } from '../../../src-main/service/agents-port.ts';
import { joinLine } from '../../../src-main/service/joined-line.ts';
import { FakeClock } from '../fakes/engine-bench.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const session = (sessionId: number, account: string, isAdministrator = false): UserSession => ({
  sessionId,
  account,
  name: `name of ${account}`,
  isAdministrator,
  signIn: `sign-in ${sessionId}`,
});

let sessions: UserSession[];
let changed: () => void;
let clock: FakeClock;
let warnings: string[];
let started: { readonly of: UserSession; readonly told: AgentTold; readonly child: ChildProcess }[];
let folderOf: (one: UserSession) => string | null;
let agents: Agents;
let cards: Record<string, string>;

const port: AgentsPort = {
  sessions: () => sessions,
  onChange: (listener) => {
    changed = listener;
    return () => (changed = () => {});
  },
  folderFor: (one) => folderOf(one),
  start(of, agent) {
    const told = takeAgentTold({ PORTREEVE_AGENT: agent });
    if (told === null) throw new Error('nothing was told');
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    started.push({ of, told, child });
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    return { processId: child.pid ?? 0, exited, stop: () => void child.kill('SIGKILL') };
  },
};

/** The app of an account whose prompt says whose it is. */
const app = {
  forAccount: ({ id }: { readonly id: string }) =>
    ({
      engine: { onChange: () => () => {} },
      router: { call: () => Promise.resolve({ ok: true, value: cards[id] }) },
      readState: () => ({ of: id }),
    }) as unknown as App,
};

beforeEach(() => {
  [sessions, started, warnings] = [[], [], []];
  cards = { ann: 'card of ann', ben: 'card of ben' };
  clock = new FakeClock();
  folderOf = () => '/somewhere';
  const folder = temporaryFolder();
  let next = 0;
  agents = new Agents({
    port,
    app,
    version: '1',
    clock,
    log: { warn: (line) => void warnings.push(line) },
    newAddress: () => `${folder}/${(next += 1)}.sock`,
  });
});
afterEach(async () => {
  agents.stop();
  await Promise.all(started.map(({ child }) => isOver(child)));
});

function isOver(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

function signIn(...who: UserSession[]): void {
  sessions = who;
  changed();
}

const count = (): number => started.length;
const newest = () => started.at(-1) ?? expect.fail('none was started');

async function reach(told: AgentTold): Promise<unknown> {
  const joined = await joinLine(told, {
    version: '1',
    events: ['promptChanged'],
    onState: () => {},
  });
  if (joined.kind !== 'joined') return joined.kind;
  const result = await joined.line.call('answerer', 'readPrompt', null);
  joined.line.close();
  return result;
}

test('each standard user has one, with a line of its own to its own cards; administrators have none', async () => {
  signIn(session(1, 'ann'), session(2, 'ben'), session(3, 'root', true));
  await expect.poll(count).toBe(2);
  const [ann, ben] = started;
  if (ann === undefined || ben === undefined) throw new Error('none');
  // The secret of one opens nothing of the other's.
  expect(await reach({ ...ann.told, secret: ben.told.secret })).toBe('refused');
  expect(await reach(ann.told)).toMatchObject({ value: `card of ${ann.of.account}` });
  expect(await reach(ben.told)).toMatchObject({ value: `card of ${ben.of.account}` });
  changed();
  await pause(50);
  expect(count()).toBe(2);
});

test('one that ends is started again with another line, more slowly each time, and at once after a good run', async () => {
  signIn(session(1, 'ann'));
  await expect.poll(count).toBe(1);
  const pauses = [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000];
  for (const [turn, ms] of pauses.entries()) {
    const { child, told } = newest();
    child.kill('SIGKILL');
    // oxlint-disable-next-line no-await-in-loop -- one life after the other
    await isOver(child);
    // oxlint-disable-next-line no-await-in-loop -- as above
    await expect.poll(() => reach(told)).toBe('none');
    clock.pass(ms - 1);
    // oxlint-disable-next-line no-await-in-loop -- as above
    await pause(20);
    expect(count()).toBe(turn + 1);
    clock.pass(1);
    // oxlint-disable-next-line no-await-in-loop -- as above
    await expect.poll(count).toBe(turn + 2);
    expect(newest().told.address).not.toBe(told.address);
    expect(newest().told.secret).not.toBe(told.secret);
  }
  clock.pass(60_000);
  const { child } = newest();
  child.kill('SIGKILL');
  await isOver(child);
  await pause(20);
  clock.pass(1000);
  await expect.poll(count).toBe(pauses.length + 2);
});

test('it ends with its session, and with the switch; neither comes back by itself', async () => {
  signIn(session(1, 'ann'), session(2, 'ben'));
  await expect.poll(count).toBe(2);
  const [first, second] = started;
  const ofAnn = first?.of.account === 'ann' ? first : second;
  signIn(session(2, 'ben'));
  await isOver(ofAnn?.child as ChildProcess);
  // The session's number, for somebody else.
  signIn(session(2, 'ben'), session(1, 'cora'));
  await expect.poll(count).toBe(3);
  agents.allow(false);
  await Promise.all(started.map(({ child }) => isOver(child)));
  for (const { told } of started) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await expect.poll(() => reach(told)).toBe('none');
  }
  clock.pass(600_000);
  await pause(20);
  expect(count()).toBe(3);
  agents.allow(true);
  await expect.poll(count).toBe(5);
});

test('one whose folder others could write to is not started before that is mended, and it is said', async () => {
  folderOf = () => null;
  signIn(session(1, 'ann'));
  await expect.poll(() => warnings).toEqual([expect.stringContaining('name of ann')]);
  expect(count()).toBe(0);
  folderOf = () => '/somewhere';
  clock.pass(1000);
  await expect.poll(count).toBe(1);
});

test('what an agent is told leaves no trace in the environment, and nothing else is taken for it', () => {
  const told = { address: '/x', secret: 'a'.repeat(64), folder: '/y' };
  const environment = { PORTREEVE_AGENT: JSON.stringify(told), PATH: '/bin' };
  expect(takeAgentTold(environment)).toEqual(told);
  expect(environment).toEqual({ PATH: '/bin' });
  for (const wrong of [
    undefined,
    '',
    '{}',
    'null',
    JSON.stringify({ ...told, secret: 'short' }),
    JSON.stringify({ ...told, more: 1 }),
  ]) {
    expect(takeAgentTold({ PORTREEVE_AGENT: wrong })).toBeNull();
  }
});
