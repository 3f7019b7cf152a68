/** One open handle as an attacker holds it: requests of any shape, and what an honest client would send. */
import assert from 'node:assert/strict';

import type { Device, IoctlReply, Opened } from '../../src-main/driver/device.ts';
import * as messages from '../../src-main/driver/messages.ts';
import { defaultPolicy } from '../../src-main/driver/policy.ts';
import * as wire from '../../src-main/driver/wire.gen.ts';
import type { HoldAnswer } from '../../src-main/engine/ports.ts';

const HOLD_MS = 60_000;
/** The more are under way, the more each costs the thread that waits for them. */
const AT_ONCE = 6;

export interface World {
  /** Opens the device once more, in this process. */
  open(): Promise<Opened>;
  /** Another program makes so many connections at once; how many of them were permitted. */
  connect(count: number): Promise<number>;
}

export class Handle {
  readonly device: Device;
  session = 0n;

  constructor(device: Device) {
    this.device = device;
  }

  /** A handle that has said nothing. */
  static async open(world: World): Promise<Handle> {
    const opened = await world.open();
    if (!opened.ok) throw new Error(`the device does not open: ${opened.failure.code}`);
    return new Handle(opened.device);
  }

  /** One that has a session. The device may need a moment to see that the one before is gone. */
  static async greeted(world: World): Promise<Handle> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      // oxlint-disable-next-line no-await-in-loop
      const opened = await world.open();
      const handle = opened.ok ? new Handle(opened.device) : null;
      // oxlint-disable-next-line no-await-in-loop
      if (handle !== null && (await handle.hello())) return handle;
      // oxlint-disable-next-line no-await-in-loop
      await handle?.device.close();
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('the device stays in use');
  }

  async hello(): Promise<boolean> {
    const reply = await this.send(wire.IOCTL_HELLO, messages.encodeHello(1), wire.WELCOME_BYTES);
    const welcome = reply.ok ? messages.decodeWelcome(reply.output) : null;
    if (welcome?.ok !== true) return false;
    this.session = welcome.value.session;
    return true;
  }

  send(code: number, input: Uint8Array, room = 0): Promise<IoctlReply> {
    return this.device.ioctl(code, input, room);
  }

  setPolicy(): Promise<IoctlReply> {
    const policy = { ...defaultPolicy({ loopback: 'ask' }), holdMs: HOLD_MS };
    return this.send(wire.IOCTL_SET_POLICY, messages.encodePolicy(this.session, policy));
  }

  read(): Promise<IoctlReply> {
    const input = messages.encodeRead(this.session);
    return this.send(wire.IOCTL_READ_EVENTS, input, wire.MAX_EVENT_BATCH_BYTES);
  }

  /** Ids of holds, at least `count`. */
  async held(count: number): Promise<bigint[]> {
    const ids: bigint[] = [];
    while (ids.length < count) {
      // oxlint-disable-next-line no-await-in-loop -- one batch after the other
      const reply = await this.read();
      assert.ok(reply.ok, 'a read of the owner fails');
      const batch = messages.decodeEvents(reply.output);
      assert.ok(batch.ok, 'a batch is malformed');
      ids.push(...batch.value.events.flatMap((one) => (one.kind === 'held' ? [one.id] : [])));
    }
    return ids;
  }

  /** The statuses of the answers, or null when the request was refused. */
  async answer(ids: readonly bigint[], verdict: HoldAnswer): Promise<number[] | null> {
    const input = messages.encodeAnswers(
      this.session,
      ids.map((id) => ({ id, verdict })),
    );
    const room = wire.RESULTS_BYTES + ids.length * wire.ANSWER_RESULT_BYTES;
    const reply = await this.send(wire.IOCTL_ANSWER, input, room);
    if (!reply.ok) return null;
    const results = messages.decodeResults(reply.output);
    assert.ok(results.ok, 'results are malformed');
    return results.value.map(({ status }) => status);
  }

  async status(): Promise<wire.Status> {
    const input = messages.encodeStatusRequest(this.session);
    const reply = await this.send(wire.IOCTL_STATUS, input, wire.STATUS_BYTES);
    assert.ok(reply.ok, 'STATUS of the owner fails');
    const status = messages.decodeStatus(reply.output);
    assert.ok(status.ok, 'STATUS is malformed');
    return status.value;
  }

  close(): Promise<void> {
    return this.device.close();
  }
}

export interface Request {
  readonly code: number;
  readonly input: Uint8Array;
  readonly room: number;
}

/** Sends them all, some at a time; the requests that were accepted. */
export async function accepted(
  handle: Handle,
  requests: Iterable<Request>,
): Promise<readonly Request[]> {
  const taken: Request[] = [];
  const queue = requests[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      const { code, input, room } = next.value;
      // oxlint-disable-next-line no-await-in-loop -- a lane
      const reply = await handle.send(code, input, room);
      if (reply.ok) taken.push(next.value);
      else assert.notEqual(reply.failure.code, 'gone', 'the device is gone');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return taken;
}
