/** What is tested in Wine, in order: each case finds what the one before has left. */
import assert from 'node:assert/strict';

import path from 'node:path';

import { type FailureCode, failure } from '../../src-main/driver/device.ts';
import { explain } from '../../src-main/driver/device-windows.ts';
import { hostileCases } from '../hostile/list.ts';
import { answeredBy, needsConnections, stepNames } from '../hostile/victim.ts';
import { accessCases } from './access.ts';
import { Guest, type GuestEvent, until } from './guest.ts';
import { identityCases } from './identity.ts';
import { policyCases } from './policy.ts';
import { folder, installDriver, wine } from './prefix.ts';

const HOLD_MS = 60_000;
const FLOOD = 10_000;
const FLOOD_MS = 600_000;
const HOSTILE_MS = 600_000;

let client: Guest;
let program: Guest;
let endpoints = 0;

type Case = readonly [name: string, run: () => Promise<string | undefined>];

async function startService(service: 'fwpkclnt' | 'portreeve'): Promise<void> {
  const { output } = await wine.run('sc', 'start', service);
  assert.equal(await wine.stateOf(service), 'RUNNING', output);
}

async function attach(guest: Guest, holdMs = HOLD_MS, always: string | null = null): Promise<void> {
  await guest.call('start', { holdMs, always });
  const event = await guest.next();
  assert.deepEqual(event, { event: 'connected', description: 'Driver 0.1.0' });
}

/** The client says that there is no device for it, why, and what to do. */
async function refused(guest: Guest, code: FailureCode): Promise<void> {
  await guest.call('start', { holdMs: HOLD_MS, always: null });
  const { event, reason, remedy } = await guest.next();
  const said = explain(failure(code).failure);
  assert.deepEqual([event, reason, remedy], ['lost', said.reason, said.remedy]);
}

/** A connection that is on hold, and how it will end. */
async function hold(): Promise<{ held: GuestEvent; endpoint: number; answer: Promise<unknown> }> {
  endpoints += 1;
  const endpoint = endpoints;
  const answer = program.call('connect', { endpoint, port: 443 });
  // Looked at later; a rejection in between is not an unhandled one.
  answer.catch(() => undefined);
  const held = await client.next();
  assert.equal(held.event, 'held');
  return { held, endpoint, answer };
}

async function settledAs(verdict: string, reason: string): Promise<void> {
  const { event, detail } = await client.next();
  assert.deepEqual([event, detail?.verdict, detail?.reason], ['settled', verdict, reason]);
}

async function answers(verdict: 'allow' | 'block', expected: string): Promise<void> {
  const { held, answer } = await hold();
  assert.equal(await client.call('answer', { id: held.detail?.id, verdict }), 1);
  assert.equal(await answer, expected);
  await settledAs(verdict, 'answered');
}

/** No rule was broken, and nothing is open. */
async function clean(): Promise<void> {
  assert.deepEqual(await program.call('report'), { broken: 0, pends: 0, text: '' });
}

export const cases: readonly Case[] = [
  ['the services start', start],
  ['a client without a driver says so, and attaches by itself once there is one', attachFirst],
  ['a connection is held and told with its program', heldAndTold],
  ['an answer blocks', () => answers('block', 'blocked').then(() => undefined)],
  ['an answer allows when the reauthorization comes late', late],
  ['a socket that closes ends its hold', closed],
  ['a second client is refused', second],
  ['nobody answers', timeOut],
  ['a read is cancelled', cancelled],
  ['an open with a lesser token is refused', strangers],
  ['a client is killed', killed],
  ['a program is killed', programKilled],
  ['a hostile client starts', hostileStarts],
  ...hostileCases.map(([name]): Case => [`hostile: ${name}`, () => hostileCase(name)]),
  ...stepNames.map((step): Case => [`killed after ${step}`, () => killedAfter(step)]),
  ['an honest client again', honestAgain],
  ['10 000 connections', flood],
  ['the driver is unloaded and leaves nothing', unload],
  ['the driver is loaded again', again],
  ...identityCases,
  ...policyCases,
  ...accessCases,
  ['a driver of another version is refused', otherVersion],
];

/** Wine ends its services with the last program, so one is there from the beginning. */
async function start(): Promise<undefined> {
  program = await Guest.start('program');
  await startService('fwpkclnt');
}

async function attachFirst(): Promise<undefined> {
  client = await Guest.start('client');
  await refused(client, 'not-installed');
  await startService('portreeve');
  assert.equal((await client.next()).event, 'connected');
}

async function heldAndTold(): Promise<string> {
  const started = performance.now();
  const { held, answer } = await hold();
  const connection = held.detail?.connection;
  assert.equal(connection?.process.id, String(program.processId));
  assert.notEqual(connection?.process.created, '0');
  assert.match(connection?.path ?? '', /\\node\.exe$/i);
  assert.deepEqual([connection?.target.address, connection?.target.port], ['10.0.0.1', 443]);
  assert.equal(await client.call('answer', { id: held.detail?.id, verdict: 'allow' }), 1);
  assert.equal(await answer, 'permitted');
  await settledAs('allow', 'answered');
  return `${(performance.now() - started).toFixed(0)} ms through files and polling`;
}

async function late(): Promise<undefined> {
  await program.call('reauthorize', 'later');
  await answers('allow', 'permitted');
  await answers('block', 'blocked');
  await program.call('reauthorize', 'inside');
}

async function closed(): Promise<undefined> {
  const { endpoint, answer } = await hold();
  await program.call('close', endpoint);
  assert.equal(await answer, 'ended');
  await settledAs('block', 'endpoint-closed');
  await clean();
}

async function second(): Promise<undefined> {
  const other = await Guest.start('second');
  // Wine does not tell what became of IRP_MJ_CREATE, so it is HELLO that is refused, with another status.
  await refused(other, 'access-denied');
  await other.call('stop');
  await other.end();
  await answers('allow', 'permitted');
}

async function timeOut(): Promise<undefined> {
  await client.call('stop');
  await attach(client, 1000);
  const { answer } = await hold();
  assert.equal(await answer, 'blocked');
  await settledAs('block', 'watchdog');
  await client.call('stop');
}

async function cancelled(): Promise<undefined> {
  assert.deepEqual(await client.call('cancelRead'), { cancelled: 'gone', closed: 'gone' });
}

/** Wine does not tell what became of IRP_MJ_CREATE, so it is HELLO that is refused. */
async function strangers(): Promise<undefined> {
  for (const [token, expected] of [
    ['filtered', 'access-denied'],
    ['same', 'greeted'],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop
    assert.equal(await client.call('helloAs', token), expected, token);
  }
}

/** Its policy stays: what it left on hold, and what comes after it, is blocked. */
async function killed(): Promise<undefined> {
  await attach(client);
  const { answer } = await hold();
  await client.kill();
  assert.equal(await answer, 'blocked');
  endpoints += 1;
  assert.equal(await program.call('connect', { endpoint: endpoints, port: 80 }), 'blocked');
  client = await Guest.start('client');
  await attach(client);
  for (const expected of ['client-lost', 'no-client']) {
    // oxlint-disable-next-line no-await-in-loop
    const { event, detail } = await client.next();
    assert.deepEqual([event, detail?.reason], ['decided', expected]);
  }
  await clean();
}

async function programKilled(): Promise<undefined> {
  await hold();
  await program.kill();
  await settledAs('block', 'endpoint-closed');
  program = await Guest.start('program');
  await clean();
}

let hostile: Guest;

async function hostileStarts(): Promise<undefined> {
  await client.call('stop');
  hostile = await Guest.start('hostile');
}

/** Another program makes the connections that the hostile client wants to be asked about. */
async function many(count: number): Promise<number> {
  const from = endpoints + 1;
  endpoints += count;
  return (await program.call('many', { from, count }, HOSTILE_MS)) as number;
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

function connectFor(guest: Guest, { event, count }: GuestEvent): void {
  if (event !== 'connect' || count === undefined) return;
  void many(count).then((permitted) => guest.call('connected', permitted));
}

async function hostileCase(name: string): Promise<undefined> {
  await serve(hostile, hostile.call('hostile', name, HOSTILE_MS));
  await clean();
}

async function killedAfter(step: string): Promise<undefined> {
  const victim = await Guest.start('victim');
  const there = victim.call('victim', step);
  let permitted = Promise.resolve(0);
  if (needsConnections(step)) {
    assert.equal((await victim.next()).event, 'listens');
    permitted = many(2);
  }
  await there;
  await victim.kill();
  assert.equal(await permitted, answeredBy(step));
  await clean();
}

/** Somebody who keeps to the rules, in another process. What was decided meanwhile is told first. */
async function honestAgain(): Promise<undefined> {
  await hostile.end();
  await attach(client, HOLD_MS, 'allow');
  assert.equal(await many(10), 10);
  await clean();
}

/** What a client that answers by itself has told: the loss of its session explains refused connections. */
function heard(guest: Guest): string {
  const told = guest.events().map(({ event, reason }) => `${event} ${reason ?? ''}`);
  return `the client was told: ${told.join('; ')}`;
}

async function flood(): Promise<string> {
  await client.call('stop');
  await attach(client, HOLD_MS, 'allow');
  const result = await program.call('flood', FLOOD, FLOOD_MS);
  const { permitted, milliseconds } = result as { permitted: number; milliseconds: number };
  assert.equal(permitted, FLOOD, `${permitted} of ${FLOOD} permitted; ${heard(client)}`);
  await clean();
  return `${((milliseconds * 1000) / FLOOD).toFixed(0)} us each, 40 at once`;
}

async function stopDriver(): Promise<void> {
  const { output } = await wine.run('sc', 'stop', 'portreeve');
  assert.equal(await wine.stateOf('portreeve'), 'STOPPED', output);
}

async function unload(): Promise<undefined> {
  await client.call('stop');
  await stopDriver();
  await program.call('restart');
  await clean();
}

async function again(): Promise<undefined> {
  await startService('portreeve');
  await client.end();
  client = await Guest.start('client');
  await attach(client);
  await answers('allow', 'permitted');
  await client.call('stop');
  await stopDriver();
  await program.call('restart');
  await clean();
  await client.end();
}

/** The same sources with the next number of the protocol. */
async function otherVersion(): Promise<undefined> {
  installDriver('portreeve', path.join(folder, 'next/portreeve.sys'));
  await startService('portreeve');
  client = await Guest.start('client');
  await refused(client, 'wrong-version');
  await client.call('stop');
  await stopDriver();
  await Promise.all([client.end(), program.end()]);
}
