/**
 * Agents, by Windows' own functions as Wine has them. Sessions are a stand-in's (sessions/wtsapi32.c), beside a copy of Node that
 * takes it: Wine knows the names of those functions and nothing more.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { exitOf, root, run } from '../../scripts/process.ts';
import type { UserSession } from '../../src-main/service/agents-port.ts';
import { Peer, until } from '../device/peer.ts';
import { type Guest, startGuest } from './guest.ts';
import type { AgentReport } from './guest/agent.ts';
import { folder, wine } from './prefix.ts';
import { windowsNode, windowsPath } from './wine.ts';

type Case = readonly [name: string, run: () => Promise<string | undefined>];

const CALL_MS = 180_000;
const EXIT_MS = 20_000;
const ROUNDS = 8;
/** Handles that Node's own threads may have more or fewer. */
const NOISE = 5;
/** Less than the thread waits between two looks. */
const END_MS = 4000;
const wineUser = 'S-1-5-21-0-0-0-1000';
const agentAccount = 'S-1-5-21-1-2-3-1001';
const ownFolder = path.join(wine.drive, 'agent');
const reportName = 'report.json';

let guest: Guest;
let withSessions: ChildProcess | null = null;

interface SignedIn {
  readonly ids: readonly number[];
  readonly sessions: readonly UserSession[];
  readonly session: UserSession;
  readonly isSystem: boolean;
  readonly account: string;
  readonly integrity: string;
  readonly isAdministrator: boolean;
  readonly started: unknown;
  readonly folder: string | null;
  readonly badFolder: string | null;
}

interface Watched {
  readonly told: readonly boolean[];
  readonly endedMs: number;
  readonly late: number;
}

async function call<T>(name: string, input: unknown = null): Promise<T> {
  return (await guest.call(name, input, CALL_MS)) as T;
}

async function begin(): Promise<undefined> {
  guest = await startGuest('agents');
  rmSync(ownFolder, { recursive: true, force: true });
  mkdirSync(ownFolder);
}

/** Wine runs every program as an administrator, and its sessions have nobody: so nobody gets an agent. */
async function nobody(): Promise<undefined> {
  const found = await call<SignedIn>('signedIn');
  assert.deepEqual([found.account, found.integrity], [wineUser, 'high']);
  assert.deepEqual([found.isSystem, found.isAdministrator], [false, true]);
  assert.deepEqual([found.sessions, found.started], [[], null]);
  assert.deepEqual([found.folder, found.badFolder], [null, null]);
}

interface Started {
  readonly id: string;
  readonly created: string;
}

async function accounts(): Promise<string> {
  const own = await call<Started>('describe', guest.processId);
  assert.equal(await call('accountOf', own), wineUser);
  const other = await call<Started>('startProgram', {
    path: windowsPath(await windowsNode()),
    args: ['-e', 'setTimeout(() => 0, 600000)'],
  });
  assert.equal(await call('accountOf', other), wineUser);
  const another = { ...other, created: String(BigInt(other.created) - 1n) };
  assert.equal(await call('accountOf', another), null);
  assert.equal(await call('accountOf', { ...other, id: own.id }), null);
  await call('endProgram', other.id);
  assert.equal(await call('accountOf', { ...other, id: '0' }), null);
  const ms = await call<number>('accountMs');
  assert.ok(ms < 5, `${ms} ms`);
  return `${Math.round(ms * 1000)} microseconds`;
}

/** Wine keeps owner and mode of a file in place of its lists, and no label. */
async function folders(): Promise<string> {
  rmSync(path.join(wine.drive, 'agent-folder'), { recursive: true, force: true });
  const given = { folder: 'C:\\agent-folder', account: agentAccount };
  const first = await call<Record<string, string | null>>('makeAgentFolder', given);
  const again = await call<Record<string, string | null>>('makeAgentFolder', given);
  assert.deepEqual([first['made'], again['made']], ['made', 'there']);
  assert.match(first['security'] ?? '', /^O:S-1-5-21-0-0-0-1000/);
  return JSON.stringify(first);
}

async function report(name: string, livesMs: number): Promise<AgentReport & { id: number }> {
  const file = path.join(ownFolder, reportName);
  rmSync(file, { force: true });
  const wanted = { report: `C:\\agent\\${reportName}`, folder: 'C:\\agent', livesMs };
  const id = await call<number>(name, wanted);
  await until('its report', CALL_MS, () => existsSync(file));
  return { ...(JSON.parse(readFileSync(file, 'utf8')) as AgentReport), id };
}

/** Variables by which Wine finds itself are its own. */
function namesIn({ environment }: AgentReport): string[] {
  return Object.keys(environment).filter((name) => !name.startsWith('WINE'));
}

async function agent(): Promise<string> {
  const told = await report('startAgent', 600_000);
  assert.deepEqual(namesIn(told).toSorted(), [
    ...['APPDATA', 'LOCALAPPDATA', 'PATH', 'PORTREEVE_AGENT', 'ProgramData', 'SystemDrive'],
    ...['SystemRoot', 'TEMP', 'TMP', 'USERPROFILE'],
  ]);
  const { SystemRoot, PATH, TEMP, APPDATA } = told.environment;
  assert.deepEqual(
    [SystemRoot, PATH, TEMP, APPDATA].map((text) => text?.toLowerCase()),
    ['c:\\windows', 'c:\\windows\\system32', 'c:\\agent', 'c:\\agent\\appdata\\roaming'],
  );
  assert.deepEqual([told.args, told.folder], [['--agent'], 'C:\\agent']);
  assert.deepEqual([told.integrity, told.account], ['high', wineUser]);
  assert.deepEqual([told.station, told.desktop], ['WinSta0', 'Default']);
  assert.equal(told.hasHandle, false);
  await call('stopAgent', told.id);
  assert.equal(await call('agentEnded', told.id), 'ended');
  // It has ended, and its handle is closed.
  await call('stopAgent', told.id);
  return told.desktop;
}

/** What is not seen in an agent is there to be seen: in a program as Node starts it. */
async function other(): Promise<undefined> {
  const told = await report('startOther', 100);
  assert.equal(told.hasHandle, true);
  assert.ok(namesIn(told).includes('COMPUTERNAME'));
}

async function ends(): Promise<undefined> {
  const told = await report('startAgent', 500);
  assert.equal(await call('agentEnded', told.id), 'ended');
}

/** Handles in use after some rounds, each of which is one agent. */
async function handlesAfter(rounds: number, leak: boolean): Promise<number> {
  for (let index = 0; index < rounds; index += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { id } = await report('startAgent', 600_000);
    // oxlint-disable-next-line no-await-in-loop
    if (leak) await call('leakHandle');
    // oxlint-disable-next-line no-await-in-loop
    await call('stopAgent', id);
    // oxlint-disable-next-line no-await-in-loop
    await call('agentEnded', id);
  }
  return call<number>('lastHandle');
}

async function handles(): Promise<string> {
  const first = await handlesAfter(2, false);
  const same = await handlesAfter(ROUNDS, false);
  const more = await handlesAfter(ROUNDS, true);
  assert.ok(same - first < NOISE, `${first} ${same}`);
  assert.ok(more - same >= NOISE, `${same} ${more}`);
  return `${first}, ${same}, and with one left each time ${more}`;
}

/** Wine refuses to wait: the thread looks every few seconds, and ends when it is told to. */
async function notToBeWaitedFor(): Promise<undefined> {
  const { told, endedMs, late } = await call<Watched>('watch', 0);
  assert.deepEqual([told, late], [[], 0]);
  assert.ok(endedMs < END_MS, `${endedMs} ms`);
  await guest.end();
}

async function startWithSessions(): Promise<Guest> {
  const place = path.join(folder, 'sessions');
  const program = path.join(place, 'sessions.exe');
  mkdirSync(place, { recursive: true });
  copyFileSync(await windowsNode(), program);
  const source = path.join(root, 'test/wine/sessions/wtsapi32.c');
  const flags = ['-shared', '-s', '-Wall', '-Wextra', '-Werror', '-o', `${place}/wtsapi32.dll`];
  const { code, output } = await run('x86_64-w64-mingw32-gcc', [...flags, source]);
  assert.equal(code, 0, output);
  const key = 'HKCU\\Software\\Wine\\AppDefaults\\sessions.exe\\DllOverrides';
  await wine.must('reg', 'add', key, '/v', 'wtsapi32', '/d', 'native', '/f');
  return Peer.start(path.join(folder, 'run/sessions'), (own, log) => {
    const args = [path.join(folder, 'guest/main.js'), own].map(windowsPath);
    withSessions = wine.start(program, args, log);
    return withSessions;
  });
}

/** Administrators who may only deny: an administrator all the same, who gets no agent. */
async function sessions(): Promise<undefined> {
  guest = await startWithSessions();
  const found = await call<SignedIn>('signedIn');
  assert.deepEqual(found.ids, [0, 1, 2]);
  const [{ signIn, ...session } = {}] = found.sessions;
  assert.equal(found.sessions.length, 1);
  assert.deepEqual(session, {
    sessionId: 1,
    account: wineUser,
    name: 'ada',
    isAdministrator: true,
  });
  assert.match(signIn ?? '', /^[0-9a-f]+-[0-9a-f]+$/);
}

async function changes(): Promise<string> {
  const { told, endedMs, late } = await call<Watched>('watch', 3);
  assert.deepEqual([told, late], [[true, true, true], 0]);
  assert.ok(endedMs < END_MS, `${endedMs} ms`);
  return `ended within ${Math.round(endedMs)} ms`;
}

/** The thread is inside of Windows then. */
async function exits(): Promise<undefined> {
  assert.ok(withSessions !== null);
  await call('watchAndExit');
  const code = await Promise.race([exitOf(withSessions), pause(EXIT_MS, null, { ref: false })]);
  assert.equal(code, 0);
}

/** In a folder as each sign-in has one: Wine has one for all. */
async function names(): Promise<string> {
  const given = (folder_: string, ...all: string[]) => ({ folder: folder_, names: all });
  const [mine, theirs] = ['one', 'two'].map((name) => `\\BaseNamedObjects\\sign-in-${name}`);
  for (const place of [mine, theirs]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.equal(await call('makeNamesFolder', place), 0);
  }
  assert.equal(await call('pinNames', given(mine ?? '', 'C:', 'PIPE')), true);
  const targets = await call<string[][]>('targetsOf', given(mine ?? '', 'C:', 'PIPE'));
  for (const [everybodys, here] of targets) assert.equal(here, everybodys);
  assert.match(targets[0]?.[0] ?? '', /^\\Device\\/);
  assert.equal(await call('pinNames', given(mine ?? '', 'c:'.toUpperCase(), 'PIPE')), true);
  // What nobody has a meaning for has none here either, and a folder that is not there keeps everything away.
  assert.equal(await call('pinNames', given(theirs ?? '', 'C:', 'NOBODY:')), false);
  assert.equal(await call('pinNames', given('\\BaseNamedObjects\\none', 'C:')), false);
  return JSON.stringify(targets);
}

/** Somebody was quicker: what they made of the name does not count as ours. */
async function takenNames(): Promise<undefined> {
  const place = '\\BaseNamedObjects\\sign-in-taken';
  assert.equal(await call('makeNamesFolder', place), 0);
  assert.equal(await call('takeName', { folder: place, name: 'c:', target: '\\Device\\Evil' }), 0);
  assert.equal(await call('pinNames', { folder: place, names: ['PIPE', 'C:'] }), false);
}

export const agentCases: readonly Case[] = [
  ['agents: they begin', begin],
  ['agents: names of devices are everybody’s', names],
  ['agents: names that somebody else has taken', takenNames],
  ['agents: nobody gets one who may not', nobody],
  ['agents: the account of exactly one process', accounts],
  ['agents: a folder', folders],
  ['agents: environment, integrity, desktop, and no handle', agent],
  ['agents: another program has what an agent has not', other],
  ['agents: the end of one is told', ends],
  ['agents: no handle is left', handles],
  ['agents: where sessions cannot be waited for', notToBeWaitedFor],
  ['agents: who is signed in', sessions],
  ['agents: changes of sessions are waited for', changes],
  ['agents: a process ends while it waits', exits],
];
