/**
 * What a hostile program does to the driver's device, once it has it. One list: it runs against the lab's socket under
 * sanitizers and against portreeve.sys in Wine. A case leaves the device to the next one; `honest` looks after each
 * whether anything has been left behind.
 */
import assert from 'node:assert/strict';

import * as messages from '../../src-main/driver/messages.ts';
import { defaultPolicy } from '../../src-main/driver/policy.ts';
import * as wire from '../../src-main/driver/wire.gen.ts';
import { Handle, type Request, type World, accepted } from './handle.ts';

export type HostileCase = readonly [name: string, run: (world: World) => Promise<void>];

const SIZES = 4096;
const ROOM = 4096;
const HOLDS = 8;
const READS = 40;
const READS_THAT_WAIT = 8;
const known = [
  wire.IOCTL_HELLO,
  wire.IOCTL_SET_POLICY,
  wire.IOCTL_READ_EVENTS,
  wire.IOCTL_ANSWER,
  wire.IOCTL_STATUS,
];
const UNKNOWN = [wire.ANSWER_UNKNOWN];
const ACCEPTED = [wire.ANSWER_ACCEPTED];

export const hostileCases: readonly HostileCase[] = [
  ['a second handle gets nothing', second],
  ['nothing works before HELLO, nor a second HELLO', beforeHello],
  ['control codes that are not ours', foreignCodes],
  ['every code with every size', everySize],
  ['output buffers that are too small', smallOutputs],
  ['mutated bodies', mutated],
  ['a nonce that is wrong or old', nonces],
  ['verdicts again, and for ids of others', ids],
  ['more requests than there is room for', flood],
  ['close against reads', closeRaces],
  ['lost with connections on hold', lost],
];

/** After a case: nothing is held, and a client that keeps to the rules gets its connections. */
export async function honest(world: World): Promise<void> {
  const handle = await Handle.greeted(world);
  assert.ok((await handle.setPolicy()).ok);
  assert.equal((await handle.status()).heldNow, 0, 'something is still held');
  const permitted = world.connect(HOLDS);
  const held = await handle.held(HOLDS);
  assert.deepEqual(await handle.answer(held, 'allow'), Array(HOLDS).fill(wire.ANSWER_ACCEPTED));
  assert.equal(await permitted, HOLDS);
  await handle.close();
}

async function greetedWithPolicy(world: World): Promise<Handle> {
  const handle = await Handle.greeted(world);
  assert.ok((await handle.setPolicy()).ok);
  return handle;
}

/** Of each request of a session one that would be accepted, but HELLO. READ would wait: its room is too small. */
function valid(session: bigint): readonly Request[] {
  const policy = defaultPolicy({ loopback: 'ask' });
  return [
    { code: wire.IOCTL_SET_POLICY, input: messages.encodePolicy(session, policy), room: 0 },
    { code: wire.IOCTL_READ_EVENTS, input: messages.encodeRead(session), room: ROOM },
    {
      code: wire.IOCTL_ANSWER,
      input: messages.encodeAnswers(session, [{ id: 1n << 60n, verdict: 'allow' }]),
      room: ROOM,
    },
    { code: wire.IOCTL_STATUS, input: messages.encodeStatusRequest(session), room: ROOM },
  ];
}

async function second(world: World): Promise<void> {
  const first = await greetedWithPolicy(world);
  const opened = await world.open();
  // Wine does not tell what became of IRP_MJ_CREATE: there such a handle is refused everything.
  if (opened.ok) {
    const thief = new Handle(opened.device);
    assert.ok(!(await thief.hello()), 'a second handle was greeted');
    assert.deepEqual(await accepted(thief, valid(first.session)), []);
    await thief.close();
  } else {
    assert.equal(opened.failure.code, 'busy');
  }
  assert.equal((await first.status()).heldNow, 0);
  await first.close();
}

async function beforeHello(world: World): Promise<void> {
  const handle = await Handle.greeted(world);
  const old = handle.session;
  assert.ok(!(await handle.hello()), 'a second HELLO was accepted');
  assert.notEqual((await handle.status()).session, 0n);
  await handle.close();
  const fresh = await Handle.open(world);
  assert.deepEqual(await accepted(fresh, [...valid(0n), ...valid(old), ...valid(1n)]), []);
  await fresh.close();
}

/** Every other method and access of ours, and functions and device types that nobody has. */
function* foreign(session: bigint): Generator<Request> {
  const codes = new Set<number>();
  for (const code of known) {
    for (let bits = 0; bits < 16; bits += 1) {
      codes.add(((code & ~0xc003) | ((bits & 12) << 12) | (bits & 3)) >>> 0);
    }
    for (let bit = 0; bit < 32; bit += 1) codes.add((code ^ (1 << bit)) >>> 0);
  }
  for (const function_ of [0, 1, 0x7ff, 0x800, 0x806, 0x807, 0x8ff, 0xfff]) {
    for (const type of [0, 0x12, 0x22, 0xffff]) {
      codes.add(((type << 16) | (3 << 14) | (function_ << 2)) >>> 0);
    }
  }
  for (const code of known) codes.delete(code);
  for (const code of codes) {
    for (const { input } of valid(session)) yield { code, input, room: ROOM };
    for (const size of [0, 1, 7, 8, 15, 255, SIZES]) {
      yield { code, input: new Uint8Array(size).fill(0xff), room: ROOM };
    }
  }
}

async function foreignCodes(world: World): Promise<void> {
  const handle = await greetedWithPolicy(world);
  assert.deepEqual(await accepted(handle, foreign(handle.session)), []);
  await handle.close();
}

/** The start of a message that would be accepted, whose header says the size that it has. */
function* sized(session: bigint): Generator<Request> {
  const hello = { code: wire.IOCTL_HELLO, input: messages.encodeHello(1), room: ROOM };
  for (const { code, input } of [hello, ...valid(session)]) {
    for (let size = 0; size <= SIZES; size += 1) {
      const bytes = new Uint8Array(size);
      bytes.set(input.subarray(0, size));
      if (size >= 4) new DataView(bytes.buffer).setUint32(0, size, true);
      yield { code, input: bytes, room: ROOM };
    }
  }
}

/** Only the exact size, where a request is not refused for another reason: HELLO was said, READ has no room. */
async function everySize(world: World): Promise<void> {
  const handle = await greetedWithPolicy(world);
  const taken = await accepted(handle, sized(handle.session));
  const sizes = taken.map(({ code, input }) => [code, input.length]);
  assert.deepEqual(
    sizes.toSorted(([a = 0], [b = 0]) => a - b),
    [
      [wire.IOCTL_SET_POLICY, wire.POLICY_BYTES],
      [wire.IOCTL_ANSWER, wire.ANSWERS_BYTES + wire.ANSWER_BYTES],
      [wire.IOCTL_STATUS, wire.STATUS_REQUEST_BYTES],
    ],
  );
  await handle.close();
}

async function smallOutputs(world: World): Promise<void> {
  const handle = await greetedWithPolicy(world);
  const [, read, answer, status] = valid(handle.session);
  assert.ok(read !== undefined && answer !== undefined && status !== undefined);
  const rooms = (request: Request, below: number): Request[] =>
    Array.from({ length: below }, (_, room) => ({ ...request, room }));
  const small = [
    ...rooms(answer, wire.RESULTS_BYTES + wire.ANSWER_RESULT_BYTES),
    ...rooms(status, wire.STATUS_BYTES),
    { ...read, room: 0 },
    { ...read, room: wire.MIN_EVENT_BATCH_BYTES - 1 },
  ];
  assert.deepEqual(await accepted(handle, small), []);
  await handle.close();
}

/** Each byte of each valid request with other values. */
function* mutations(session: bigint): Generator<Request & { readonly at: number }> {
  for (const request of valid(session)) {
    for (let at = 0; at < request.input.length; at += 1) {
      for (const change of [0x01, 0x02, 0x80, 0xff]) {
        const input = request.input.slice();
        input[at] = (input[at] ?? 0) ^ change;
        yield { ...request, input, at };
      }
    }
  }
}

/** Header and nonce have one value each. What else was accepted are values that the wire has, such as another hold time. */
async function mutated(world: World): Promise<void> {
  const handle = await greetedWithPolicy(world);
  const taken = await accepted(handle, mutations(handle.session));
  const wrong = taken.filter((request) => 'at' in request && (request.at as number) < 16);
  assert.deepEqual(wrong, []);
  for (const { code, input } of taken) assert.ok(code !== wire.IOCTL_STATUS, String(input));
  await handle.close();
}

async function nonces(world: World): Promise<void> {
  const first = await greetedWithPolicy(world);
  const old = first.session;
  await first.close();
  const handle = await greetedWithPolicy(world);
  assert.notEqual(handle.session, old, 'a nonce came again');
  for (const wrong of [old, 0n, 1n, handle.session + 2n, handle.session ^ (1n << 63n)]) {
    // oxlint-disable-next-line no-await-in-loop
    assert.deepEqual(await accepted(handle, valid(BigInt.asUintN(64, wrong))), []);
  }
  await handle.close();
}

/** A connection is answered once, by the session that heard of it, under its own id. */
async function ids(world: World): Promise<void> {
  const before = await greetedWithPolicy(world);
  const blocked = world.connect(1);
  const [old = 0n] = await before.held(1);
  await before.close();
  assert.equal(await blocked, 0, 'a connection of a lost client was permitted');

  const handle = await greetedWithPolicy(world);
  const permitted = world.connect(2);
  const [first = 0n, next = 0n] = await handle.held(2);
  const guesses = [0n, old, next + 1n, next + 1000n, first + (1n << 32n), (1n << 64n) - 1n];
  for (const guess of guesses) {
    // oxlint-disable-next-line no-await-in-loop
    assert.deepEqual(await handle.answer([guess], 'allow'), UNKNOWN, String(guess));
  }
  assert.equal((await handle.status()).heldNow, 2);
  assert.deepEqual(await handle.answer([first], 'allow'), ACCEPTED);
  assert.deepEqual(await handle.answer([first, first], 'block'), [...UNKNOWN, ...UNKNOWN]);
  assert.deepEqual(await handle.answer([next, next], 'allow'), [...ACCEPTED, ...UNKNOWN]);
  assert.equal(await permitted, 2);
  await handle.close();
}

/** More reads than wait: eight do, and are answered or end with the handle. */
async function flood(world: World): Promise<void> {
  const handle = await greetedWithPolicy(world);
  const reads = Array.from({ length: READS }, () => handle.read());
  await atLeast(READS - READS_THAT_WAIT, reads);
  const statuses = Array.from({ length: 500 }, () => ({
    code: wire.IOCTL_STATUS,
    input: messages.encodeStatusRequest(handle.session),
    room: ROOM,
  }));
  assert.equal((await accepted(handle, statuses)).length, 500);
  await handle.close();
  const replies = await Promise.all(reads);
  assert.ok(replies.every((reply) => !reply.ok));
  const busy = replies.filter((reply) => !reply.ok && reply.failure.code !== 'gone');
  assert.equal(busy.length, READS - READS_THAT_WAIT, 'another number of reads waited');
}

/** Resolves when so many of them have ended. */
async function atLeast(count: number, all: readonly Promise<unknown>[]): Promise<void> {
  const left = new Map(all.map((one, index) => [index, one.then(() => index)]));
  for (let ended = 0; ended < count; ended += 1) {
    // oxlint-disable-next-line no-await-in-loop -- the next one, whichever it is
    left.delete(await Promise.race(left.values()));
  }
}

async function closeRaces(world: World): Promise<void> {
  for (let round = 0; round < 25; round += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one round after the other
    await closeRace(world, round);
  }
}

/** Reads and requests are under way when the handle goes: each of them ends. */
async function closeRace(world: World, round: number): Promise<void> {
  const handle = await greetedWithPolicy(world);
  const under = [handle.read(), handle.read(), ...valid(handle.session).map(sendOf(handle))];
  if (round % 3 === 0) await under[2];
  await handle.close();
  await Promise.all(under);
}

function sendOf(handle: Handle) {
  return ({ code, input, room }: Request) => handle.send(code, input, room);
}

/** A client that goes without a word: what it held is blocked, as its policy says. */
async function lost(world: World): Promise<void> {
  const handle = await greetedWithPolicy(world);
  const permitted = world.connect(HOLDS);
  await handle.held(HOLDS);
  await handle.close();
  assert.equal(await permitted, 0);
}
