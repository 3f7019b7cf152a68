/** What the lanes share: the packages, and what a case does with them. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { type Guest, startGuest } from '../wine/guest.ts';
import { windowsPath } from '../wine/wine.ts';
import { type Snapshot, differences, takeSnapshot } from './audit.ts';
import { upgradingKey } from './failing.ts';
import { dataFolder, look, msiexec, startMachine, wine } from './machine.ts';
import { folder } from './pack.ts';

export type Case = readonly [name: string, run: () => Promise<string | undefined>];

export const versions = { older: '1.0.0', newer: '1.1.0', newest: '1.2.0' } as const;
export type Version = keyof typeof versions;

/** Wine 8 has no driver store. */
export const silent = ['DRIVERROUTE=service'];
export const rules = path.join(dataFolder, 'rules.db');

let before: Snapshot;
let program: Guest | null = null;

export function packageOf(version: Version): string {
  return path.join(folder, `portreeve-${versions[version]}.msi`);
}

export function msi(version: Version): string {
  return windowsPath(packageOf(version));
}

/** Looks at a Windows that nothing was done to yet, and starts it. */
export async function begin(): Promise<void> {
  before = takeSnapshot(wine);
  program = await startMachine();
}

/** The program that makes connections. */
export function connecting(): Guest {
  if (program === null) throw new Error('Windows does not run');
  return program;
}

export async function endMachine(): Promise<void> {
  await program?.end();
  program = null;
  await wine.stop();
}

/** A restart: what was in use goes with it. */
async function restart(): Promise<void> {
  await endMachine();
  program = await startMachine();
}

/** Starts Windows again, ends it, and looks at everything. `expected`: what has to differ; nothing else may. */
export async function audit(expected: readonly RegExp[]): Promise<undefined> {
  await restart();
  await endMachine();
  const found = differences(before, takeSnapshot(wine));
  assert.deepEqual(
    found.filter((line) => !expected.some((pattern) => pattern.test(line))),
    [],
  );
  for (const pattern of expected) {
    assert.ok(
      found.some((line) => pattern.test(line)),
      String(pattern),
    );
  }
}

/** An audit after which the lane goes on. */
export async function auditAndGoOn(expected: readonly RegExp[]): Promise<undefined> {
  await audit(expected);
  program = await startMachine();
}

/** Nothing may have changed by it. */
export async function refused(...args: readonly string[]): Promise<undefined> {
  const state = await look();
  assert.notEqual(await msiexec(...args), 0);
  assert.deepEqual(await look(), state);
}

/** Windows Installer tells an old version that it is removed by an upgrade; Wine is told to (failing.ts). */
export async function upgradeTo(
  version: Version,
  ...properties: readonly string[]
): Promise<number> {
  const key = `HKLM\\${upgradingKey}`;
  await wine.must('reg', 'add', key, '/v', 'Upgrading', '/d', '{new}', '/f', '/reg:64');
  const code = await msiexec('/i', msi(version), ...silent, ...properties);
  await wine.must('reg', 'delete', key, '/f', '/reg:64');
  return code;
}

/** A client of the driver that answers when it is told to. */
export async function startClient(): Promise<Guest> {
  const client = await startGuest('client', wine);
  await client.call('start', { holdMs: 600_000, always: null });
  assert.equal((await client.next()).event, 'connected');
  return client;
}

/** A connection that the driver holds. */
export async function hold(client: Guest, endpoint: number) {
  const answer = connecting().call('connect', { endpoint, port: 443 }, 600_000);
  answer.catch(() => undefined);
  const event = await client.next();
  assert.equal(event.event, 'held');
  return { answer, id: event.detail?.id };
}

/** The client still has its session: an answer of its own decides. */
export async function allow(
  client: Guest,
  { answer, id }: Awaited<ReturnType<typeof hold>>,
): Promise<void> {
  assert.equal(await client.call('answer', { id, verdict: 'allow' }), 1);
  assert.equal(await answer, 'permitted');
  assert.equal((await client.next()).event, 'settled');
}

/** What a user's Portreeve would have written by now. */
export function writeRules(): void {
  assert.ok(existsSync(dataFolder));
  writeFileSync(rules, 'rules of the user');
}
