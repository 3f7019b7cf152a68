/** A hostile client of the device. On Windows and, to test the kit itself, in the lab. Nothing else is attached meanwhile. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

import type { Device, DeviceKind, IoctlReply } from '../../../src-main/driver/device.ts';
import {
  decodeWelcome,
  encodeAnswers,
  encodeHello,
  encodePolicy,
  encodeRead,
  encodeStatusRequest,
} from '../../../src-main/driver/messages.ts';
import { defaultPolicy } from '../../../src-main/driver/policy.ts';
import * as wire from '../../../src-main/driver/wire.gen.ts';
import type { Check } from './check.ts';
import { HoldClient } from './hold-client.ts';

const SIZES = [0, 1, 7, 64, 4096];
const FUNCTIONS = 16;
const DEVICE_TYPE = 0x12;
const MUTATIONS = 2000;
const CLOSES = 100;
const READ_MS = 200;
const REOPEN_MS = 1000;

export const hostile: readonly Check<DeviceKind>[] = [
  { id: 'hostile.second', title: 'a second client is refused', run: second },
  { id: 'hostile.codes', title: 'unknown control codes and sizes are refused', run: codes },
  { id: 'hostile.bodies', title: 'bodies that were tampered with do no harm', run: bodies },
  { id: 'hostile.close', title: 'handles close while requests wait', run: closes },
];

/** The handle before may need a moment to be gone. */
async function open(kind: DeviceKind): Promise<Device> {
  const end = performance.now() + REOPEN_MS;
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
    const opened = await kind.open();
    if (opened.ok) return opened.device;
    const { code } = opened.failure;
    if (code !== 'busy' || performance.now() > end) throw new Error(`no device: ${code}`);
    // oxlint-disable-next-line no-await-in-loop
    await pause(1);
  }
}

/** Still there, and it serves a client that behaves. */
async function serves(kind: DeviceKind): Promise<void> {
  const client = new HoldClient(kind);
  await client.start();
  await client.stop();
}

async function second(kind: DeviceKind): Promise<string> {
  const client = new HoldClient(kind);
  await client.start();
  const other = await kind.open();
  if (other.ok) await other.device.close();
  await client.stop();
  assert.ok(!other.ok, 'a second handle was opened');
  assert.equal(other.failure.code, 'busy');
  return other.failure.code;
}

/** Every method and access of each function around ours, with bodies of zeros: only ours may be known, and these are wrong. */
async function codes(kind: DeviceKind): Promise<string> {
  const device = await open(kind);
  const numbers = Array.from({ length: FUNCTIONS * 16 }, (_, index) => codeOf(index));
  let count = 0;
  for (const code of numbers) {
    // oxlint-disable-next-line no-await-in-loop -- one code after the other
    const replies = await Promise.all(SIZES.map((size) => request(device, code, size)));
    const taken = replies.findIndex(({ ok }) => ok);
    assert.equal(taken, -1, `0x${code.toString(16)} with ${SIZES[taken]} bytes was taken`);
    count += replies.length;
  }
  await device.close();
  await serves(kind);
  return `${count} requests`;
}

/** FILE_DEVICE_NETWORK; 4 methods and 4 accesses of each function. */
function codeOf(index: number): number {
  const method = index & 3;
  const access = (index >> 2) & 3;
  return ((DEVICE_TYPE << 16) | (access << 14) | ((0x7fc + (index >> 4)) << 2) | method) >>> 0;
}

function request(device: Device, code: number, size: number): Promise<IoctlReply> {
  return device.ioctl(code, new Uint8Array(size), size, AbortSignal.timeout(READ_MS));
}

/** Valid bodies of our own session with one to four bytes changed, in an order that is always the same. */
async function bodies(kind: DeviceKind): Promise<string> {
  const { device, session } = await greeted(kind);
  const random = generator(1);
  const valid: readonly (readonly [number, Uint8Array])[] = [
    [wire.IOCTL_HELLO, encodeHello(1)],
    [wire.IOCTL_READ_EVENTS, encodeRead(session)],
    [wire.IOCTL_ANSWER, encodeAnswers(session, [{ id: 1n, verdict: 'allow' }])],
    [wire.IOCTL_SET_POLICY, encodePolicy(session, defaultPolicy({ loopback: 'ask' }))],
    [wire.IOCTL_STATUS, encodeStatusRequest(session)],
  ];
  for (let index = 0; index < MUTATIONS; index += 1) {
    const [code, body] = valid[index % valid.length] ?? [0, new Uint8Array()];
    const signal = AbortSignal.timeout(READ_MS);
    void device.ioctl(code, mutated(body, random), wire.MAX_EVENT_BATCH_BYTES, signal);
    // oxlint-disable-next-line no-await-in-loop -- not all at once
    if (index % 100 === 0) await pause(1);
  }
  await pause(2 * READ_MS);
  await device.close();
  await serves(kind);
  return `${MUTATIONS} requests`;
}

async function greeted(kind: DeviceKind): Promise<{ device: Device; session: bigint }> {
  const device = await open(kind);
  const hello = await device.ioctl(wire.IOCTL_HELLO, encodeHello(1), wire.WELCOME_BYTES);
  const welcome = hello.ok ? decodeWelcome(hello.output) : null;
  if (welcome?.ok !== true) throw new Error('no welcome');
  return { device, session: welcome.value.session };
}

function mutated(body: Uint8Array, random: () => number): Uint8Array {
  const copy = Uint8Array.from(body);
  const changes = 1 + (random() % 4);
  for (let index = 0; index < changes; index += 1) copy[random() % copy.length] = random() & 0xff;
  return copy.subarray(0, random() % 8 === 0 ? random() % copy.length : copy.length);
}

/** A linear congruential generator (Numerical Recipes): the same bytes every time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}

async function closes(kind: DeviceKind): Promise<string> {
  for (let index = 0; index < CLOSES; index += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one handle after the other
    const { device, session } = await greeted(kind);
    const read = device.ioctl(
      wire.IOCTL_READ_EVENTS,
      encodeRead(session),
      wire.MAX_EVENT_BATCH_BYTES,
    );
    // oxlint-disable-next-line no-await-in-loop
    await device.close();
    // oxlint-disable-next-line no-await-in-loop
    assert.equal((await read).ok, false, 'a read of a closed handle was answered');
  }
  await serves(kind);
  return `${CLOSES} handles`;
}
