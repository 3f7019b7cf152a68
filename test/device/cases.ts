/**
 * What Portreeve's client and its device do with any driver that runs: the lab, and portreeve.sys in Wine. In order: each
 * case finds what the one before has left. What only one of them can do is in its own suite.
 */
import assert from 'node:assert/strict';

import { type DeviceKind, type FailureCode, failure } from '../../src-main/driver/device.ts';
import type { Peer, PeerEvent } from './peer.ts';

const HOLD_MS = 60_000;
const FLOOD = 10_000;

export type Outcome = 'permitted' | 'blocked' | 'ended';

/** What its program does with a socket while it is held: nothing, or it closes it as soon as it is told to, or by itself. */
export type Fate = 'stays' | 'closes';

/** A connection of another program. */
export interface Connection {
  readonly outcome: Promise<Outcome>;
  /** Tells it to close the socket. */
  close(): Promise<void>;
  /** The program is killed. */
  kill(): Promise<void>;
}

/** A driver, and who uses it. */
export interface System {
  /** How its device explains itself. */
  readonly explain: DeviceKind['explain'];
  /** How a client is refused while there is another. */
  readonly second: FailureCode;
  /** Why the hold of a program ends that is killed: it has gone, or only its socket has. */
  readonly programKilled: string;
  /** What a held connection says of itself. */
  readonly path: RegExp;
  readonly target: { readonly address: string; readonly port: number };
  /** Another process with Portreeve's client, which has not been started. */
  client(name: string): Promise<Peer>;
  connect(fate: Fate): Promise<Connection>;
  /** So many connections, some at once; how many were permitted. */
  flood(count: number): Promise<number>;
  /** Starts the driver. */
  load(): Promise<void>;
  /** Ends it; rejects when it has left something, or a rule was broken. */
  unload(): Promise<void>;
  /** Rejects when a rule was broken or something is open; the lab says so only at its end. */
  clean(): Promise<void>;
}

export type DeviceCase = readonly [
  name: string,
  run: (bench: Bench) => Promise<string | undefined>,
];

/** A system, and its first client. */
export class Bench {
  readonly system: System;
  #client: Peer | null = null;

  constructor(system: System) {
    this.system = system;
  }

  get client(): Peer {
    if (this.#client === null) throw new Error('there is no client yet');
    return this.#client;
  }

  async newClient(): Promise<Peer> {
    this.#client = await this.system.client('client');
    return this.#client;
  }

  async attach(holdMs = HOLD_MS, always: string | null = null): Promise<void> {
    await this.client.call('start', { holdMs, always });
    await this.attached();
  }

  async attached(): Promise<void> {
    const event = await this.client.next();
    assert.deepEqual(event, { event: 'connected', description: 'Driver 0.1.0' });
  }

  /** The client says that there is no device for it, why, and what to do. */
  async refused(peer: Peer, code: FailureCode): Promise<void> {
    await peer.call('start', { holdMs: HOLD_MS, always: null });
    const { event, reason, remedy } = await peer.next();
    const said = this.system.explain(failure(code).failure);
    assert.deepEqual([event, reason, remedy], ['lost', said.reason, said.remedy]);
  }

  /** A connection that is on hold. */
  async hold(fate: Fate = 'stays'): Promise<{ held: PeerEvent; connection: Connection }> {
    const connection = await this.system.connect(fate);
    // Looked at later; a rejection in between is not an unhandled one.
    connection.outcome.catch(() => undefined);
    const held = await this.client.next();
    assert.equal(held.event, 'held');
    return { held, connection };
  }

  async settledAs(verdict: string, reason: string): Promise<void> {
    const { event, detail } = await this.client.next();
    assert.deepEqual([event, detail?.verdict, detail?.reason], ['settled', verdict, reason]);
  }

  async answers(verdict: 'allow' | 'block', expected: Outcome): Promise<PeerEvent> {
    const { held, connection } = await this.hold();
    assert.equal(await this.client.call('answer', { id: held.detail?.id, verdict }), 1);
    assert.equal(await connection.outcome, expected);
    await this.settledAs(verdict, 'answered');
    return held;
  }
}

export const beginning: readonly DeviceCase[] = [
  ['a client without a driver says so, and attaches by itself once there is one', attachFirst],
  ['a connection is held and told with its program', heldAndTold],
  ['an answer blocks', (bench) => bench.answers('block', 'blocked').then(() => undefined)],
  ['a socket that closes ends its hold', closed],
  ['a second client is refused', second],
  ['nobody answers', timeOut],
  ['a read is cancelled', cancelled],
  ['a client is killed', killed],
  ['a program is killed', programKilled],
];

/** Nobody is attached before them. */
export const end: readonly DeviceCase[] = [
  ['10 000 connections', flood],
  ['the driver is unloaded and leaves nothing', unload],
  ['the driver is loaded again', again],
];

async function attachFirst(bench: Bench): Promise<undefined> {
  await bench.refused(await bench.newClient(), 'not-installed');
  await bench.system.load();
  await bench.attached();
}

async function heldAndTold(bench: Bench): Promise<string> {
  const started = performance.now();
  const held = await bench.answers('allow', 'permitted');
  const connection = held.detail?.connection;
  assert.notEqual(connection?.process.created, '0');
  assert.match(connection?.path ?? '', bench.system.path);
  const { address, port } = bench.system.target;
  assert.deepEqual([connection?.target.address, connection?.target.port], [address, port]);
  return `${(performance.now() - started).toFixed(0)} ms through files and polling`;
}

async function closed(bench: Bench): Promise<undefined> {
  const { connection } = await bench.hold('closes');
  await connection.close();
  assert.equal(await connection.outcome, 'ended');
  await bench.settledAs('block', 'endpoint-closed');
  await bench.system.clean();
}

async function second(bench: Bench): Promise<undefined> {
  const other = await bench.system.client('second');
  await bench.refused(other, bench.system.second);
  await other.call('stop');
  await other.end();
  await bench.answers('allow', 'permitted');
}

async function timeOut(bench: Bench): Promise<undefined> {
  await bench.client.call('stop');
  await bench.attach(1000);
  const { connection } = await bench.hold();
  assert.equal(await connection.outcome, 'blocked');
  await bench.settledAs('block', 'watchdog');
  await bench.client.call('stop');
}

async function cancelled(bench: Bench): Promise<undefined> {
  assert.deepEqual(await bench.client.call('cancelRead'), { cancelled: 'gone', closed: 'gone' });
}

/** Its policy stays: what it left on hold, and what comes after it, is blocked. */
async function killed(bench: Bench): Promise<undefined> {
  await bench.attach();
  const { connection } = await bench.hold();
  await bench.client.kill();
  assert.equal(await connection.outcome, 'blocked');
  const late = await bench.system.connect('stays');
  assert.equal(await late.outcome, 'blocked');
  await bench.newClient();
  await bench.attach();
  for (const expected of ['client-lost', 'no-client']) {
    // oxlint-disable-next-line no-await-in-loop -- one event after the other
    const { event, detail } = await bench.client.next();
    assert.deepEqual([event, detail?.reason], ['decided', expected]);
  }
  await bench.system.clean();
}

async function programKilled(bench: Bench): Promise<undefined> {
  const { connection } = await bench.hold();
  await connection.kill();
  await bench.settledAs('block', bench.system.programKilled);
  await bench.system.clean();
  await bench.client.call('stop');
}

/** What a client that answers by itself has told: the loss of its session explains refused connections. */
function heard(peer: Peer): string {
  const told = peer.events().map(({ event, reason }) => `${event} ${reason ?? ''}`);
  return `the client was told: ${told.join('; ')}`;
}

async function flood(bench: Bench): Promise<string> {
  await bench.attach(HOLD_MS, 'allow');
  const started = performance.now();
  const permitted = await bench.system.flood(FLOOD);
  const microseconds = ((performance.now() - started) * 1000) / FLOOD;
  const told = heard(bench.client);
  assert.equal(permitted, FLOOD, `${permitted} of ${FLOOD} permitted; ${told}`);
  await bench.system.clean();
  return `${microseconds.toFixed(0)} us each`;
}

async function unload(bench: Bench): Promise<undefined> {
  await bench.client.call('stop');
  await bench.system.unload();
}

async function again(bench: Bench): Promise<undefined> {
  await bench.system.load();
  await bench.client.end();
  await bench.newClient();
  await bench.attach();
  await bench.answers('allow', 'permitted');
  await bench.client.call('stop');
  await bench.system.unload();
  await bench.client.end();
}
