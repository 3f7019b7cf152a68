/** What is tested in Wine, in order: each case finds what the one before has left. */
import assert from 'node:assert/strict';
import path from 'node:path';

import { Bench, type DeviceCase, beginning, end } from '../device/cases.ts';
import { type PeerEvent, until } from '../device/peer.ts';
import { hostileCases } from '../hostile/list.ts';
import { answeredBy, needsConnections, stepNames } from '../hostile/victim.ts';
import { accessCases } from './access.ts';
import { agentCases } from './agents.ts';
import { type Guest, startGuest } from './guest.ts';
import { identityCases } from './identity.ts';
import { lockdownCases } from './lockdown.ts';
import { policyCases } from './policy.ts';
import { folder, installDriver } from './prefix.ts';
import { system } from './system.ts';

const HOSTILE_MS = 600_000;

const bench = new Bench(system);
let hostile: Guest;

type Case = readonly [name: string, run: () => Promise<string | undefined>];

function shared(cases: readonly DeviceCase[]): Case[] {
  return cases.map(([name, run]) => [name, () => run(bench)]);
}

export const cases: readonly Case[] = [
  ['the filter engine starts', () => system.start().then(() => undefined)],
  ...shared(beginning),
  ['an answer allows when the reauthorization comes late', late],
  ['an open with a lesser token is refused', strangers],
  ['a hostile client starts', hostileStarts],
  ...hostileCases.map(([name]): Case => [`hostile: ${name}`, () => hostileCase(name)]),
  ...stepNames.map((step): Case => [`killed after ${step}`, () => killedAfter(step)]),
  ['an honest client again', honestAgain],
  ...shared(end),
  ...identityCases,
  ...policyCases,
  ...accessCases,
  ...agentCases,
  ...lockdownCases,
  ['a driver of another version is refused', otherVersion],
];

async function late(): Promise<undefined> {
  await bench.attach();
  await system.program.call('reauthorize', 'later');
  await bench.answers('allow', 'permitted');
  await bench.answers('block', 'blocked');
  await system.program.call('reauthorize', 'inside');
  await bench.client.call('stop');
}

/** Wine does not tell what became of IRP_MJ_CREATE, so it is HELLO that is refused. */
async function strangers(): Promise<undefined> {
  for (const [token, expected] of [
    ['filtered', 'access-denied'],
    ['same', 'greeted'],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal(await bench.client.call('helloAs', token), expected, token);
  }
}

async function hostileStarts(): Promise<undefined> {
  hostile = await startGuest('hostile');
}

/** Does what `guest` asks for until `running` has ended. */
async function serve(guest: Guest, running: Promise<unknown>): Promise<void> {
  const state = { done: false };
  const ended = running.finally(() => {
    state.done = true;
  });
  ended.catch(() => undefined);
  while (!state.done) {
    // oxlint-disable-next-line no-await-in-loop -- what it asks for, one after the other
    await until('the hostile client', HOSTILE_MS, () => state.done || guest.hasNews());
    // oxlint-disable-next-line no-await-in-loop
    if (guest.hasNews()) connectFor(guest, await guest.next());
  }
  await ended;
}

function connectFor(guest: Guest, { event, count }: PeerEvent): void {
  if (event !== 'connect' || count === undefined) return;
  void system.many(count, HOSTILE_MS).then((permitted) => guest.call('connected', permitted));
}

async function hostileCase(name: string): Promise<undefined> {
  await serve(hostile, hostile.call('hostile', name, HOSTILE_MS));
  await system.clean();
}

async function killedAfter(step: string): Promise<undefined> {
  const victim = await startGuest('victim');
  const there = victim.call('victim', step);
  let permitted = Promise.resolve(0);
  if (needsConnections(step)) {
    assert.equal((await victim.next()).event, 'listens');
    permitted = system.many(2, HOSTILE_MS);
  }
  await there;
  await victim.kill();
  assert.equal(await permitted, answeredBy(step));
  await system.clean();
}

/** Somebody who keeps to the rules, in another process. */
async function honestAgain(): Promise<undefined> {
  await hostile.end();
  await bench.attach(60_000, 'allow');
  assert.equal(await system.many(10, HOSTILE_MS), 10);
  await system.clean();
  await bench.client.call('stop');
}

/** The same sources with the next number of the protocol. */
async function otherVersion(): Promise<undefined> {
  installDriver('portreeve', path.join(folder, 'next/portreeve.sys'));
  await system.load();
  await bench.refused(await bench.newClient(), 'wrong-version');
  await bench.client.call('stop');
  await system.unload();
  await Promise.all([bench.client.end(), system.program.end()]);
}
