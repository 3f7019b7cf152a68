/**
 * One open handle from handshake to loss: keeps two READ_EVENTS with the driver at all times, hands batches on in their
 * order, and sends all answers of one tick as one request.
 */
import type { DriverEvent, HoldAnswer } from '../engine/ports.ts';
import { failure } from './device.ts';
import type { Device, DeviceFailure, IoctlReply } from './device.ts';
import * as messages from './messages.ts';
import type { EventBatch, Policy } from './messages.ts';
import * as wire from './wire.gen.ts';

const READS = 2;
const TICK_MS = 1000;
/** Ticks of silence after which a driver is given up. */
export const PATIENCE = 5;

export interface SessionListener {
  events(events: readonly DriverEvent[], decidedLost: number): void;
}

export interface Welcome {
  readonly session: bigint;
  readonly driverVersion: number;
}

export type Greeted =
  | { readonly ok: true; readonly welcome: Welcome }
  | { readonly ok: false; readonly failure: DeviceFailure };

/** The handshake: HELLO, then SET_POLICY. */
export async function greet(
  device: Device,
  version: number,
  policy: Policy,
  patience = PATIENCE,
): Promise<Greeted> {
  const hello = await request(
    device,
    { code: wire.IOCTL_HELLO, input: messages.encodeHello(version), capacity: wire.WELCOME_BYTES },
    patience,
  );
  if (!hello.ok) return hello;
  const welcome = messages.decodeWelcome(hello.output);
  if (!welcome.ok) return { ok: false, failure: protocol(welcome.error) };
  const { session, driverVersion } = welcome.value;
  const set = await request(
    device,
    { code: wire.IOCTL_SET_POLICY, input: messages.encodePolicy(session, policy), capacity: 0 },
    patience,
  );
  return set.ok ? { ok: true, welcome: { session, driverVersion } } : set;
}

/**
 * A driver that does not answer is given up: closing the handle ends the request. Its silence is counted in ticks: however
 * long this process gets no time or the computer sleeps, it is one tick, and the reply that came meanwhile is heard first.
 */
async function request(
  device: Device,
  { code, input, capacity }: Request,
  patience: number,
): Promise<IoctlReply> {
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
    if (ticks === patience) void device.close();
  }, TICK_MS);
  const reply = await device.ioctl(code, input, capacity);
  clearInterval(timer);
  if (reply.ok || ticks < patience) return reply;
  return failure('gone', `no answer to request 0x${code.toString(16)} for ${patience} s`);
}

interface Request {
  readonly code: number;
  readonly input: Uint8Array;
  readonly capacity: number;
}

function protocol(detail: string): DeviceFailure {
  return { code: 'protocol', detail };
}

interface Pending {
  readonly id: bigint;
  readonly verdict: HoldAnswer;
  readonly call: AnswerCall;
}

interface AnswerCall {
  open: number;
  accepted: number;
  readonly resolve: (accepted: number) => void;
}

export class Session {
  readonly #device: Device;
  readonly #id: bigint;
  readonly #listener: SessionListener;
  readonly #early = new Map<bigint, EventBatch>();
  #sequence = 0n;
  #over = false;
  #pending: Pending[] = [];
  /** Why a request has given the driver up: that is why the reads then end. */
  #silence: DeviceFailure | null = null;
  readonly #patience: number;

  constructor(device: Device, id: bigint, listener: SessionListener, patience = PATIENCE) {
    this.#device = device;
    this.#id = id;
    this.#listener = listener;
    this.#patience = patience;
  }

  /** Reads until the handle is lost, closes it, and says why. */
  async run(): Promise<DeviceFailure> {
    const lost = await Promise.race(Array.from({ length: READS }, () => this.#read()));
    this.#over = true;
    await this.#device.close();
    return this.#silence ?? lost;
  }

  /** Resolves with how many of them the driver took. */
  answer(ids: readonly bigint[], verdict: HoldAnswer): Promise<number> {
    if (ids.length === 0) return Promise.resolve(0);
    if (this.#pending.length === 0) queueMicrotask(() => this.#flush());
    return new Promise((resolve) => {
      const call: AnswerCall = { open: ids.length, accepted: 0, resolve };
      for (const id of ids) this.#pending.push({ id, verdict, call });
    });
  }

  /** A request of this session; `encode` is given its number. */
  ask(
    code: number,
    encode: (session: bigint) => Uint8Array,
    capacity: number,
  ): Promise<IoctlReply> {
    return this.#request({ code, input: encode(this.#id), capacity });
  }

  /** In the place of the one that the session began with. */
  async setPolicy(policy: Policy): Promise<boolean> {
    const encode = (session: bigint) => messages.encodePolicy(session, policy);
    return (await this.ask(wire.IOCTL_SET_POLICY, encode, 0)).ok;
  }

  async #request(what: Request): Promise<IoctlReply> {
    const reply = await request(this.#device, what, this.#patience);
    if (!reply.ok && reply.failure.code === 'gone' && reply.failure.detail !== '') {
      this.#silence ??= reply.failure;
    }
    return reply;
  }

  close(): Promise<void> {
    return this.#device.close();
  }

  async #read(): Promise<DeviceFailure> {
    const input = messages.encodeRead(this.#id);
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- the next read follows the last batch
      const reply = await this.#device.ioctl(
        wire.IOCTL_READ_EVENTS,
        input,
        wire.MAX_EVENT_BATCH_BYTES,
      );
      if (!reply.ok) return reply.failure;
      const fault = this.#take(messages.decodeEvents(reply.output));
      if (fault !== null) return protocol(fault);
    }
  }

  /** Two reads can be answered out of order; their sequence numbers put them right. */
  #take(decoded: ReturnType<typeof messages.decodeEvents>): string | null {
    if (this.#over) return null;
    if (!decoded.ok) return decoded.error;
    const batch = decoded.value;
    if (batch.session !== this.#id) return 'events of another session';
    const ahead = batch.sequence - this.#sequence;
    if (ahead < 1n || ahead > BigInt(READS)) return 'events are missing';
    this.#early.set(batch.sequence, batch);
    this.#deliver();
    return null;
  }

  #deliver(): void {
    for (;;) {
      const next = this.#early.get(this.#sequence + 1n);
      if (next === undefined) return;
      this.#early.delete(next.sequence);
      this.#sequence = next.sequence;
      this.#listener.events(next.events, next.decidedLost);
    }
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    for (let at = 0; at < pending.length; at += wire.MAX_ANSWERS) {
      void this.#send(pending.slice(at, at + wire.MAX_ANSWERS));
    }
  }

  async #send(answers: readonly Pending[]): Promise<void> {
    const input = messages.encodeAnswers(this.#id, answers);
    const capacity = wire.RESULTS_BYTES + answers.length * wire.ANSWER_RESULT_BYTES;
    const reply = await this.#request({ code: wire.IOCTL_ANSWER, input, capacity });
    const decoded = reply.ok ? messages.decodeResults(reply.output) : null;
    const results = decoded?.ok ? decoded.value : [];
    answers.forEach(({ id, call }, index) => {
      const result = results[index];
      settle(call, result?.id === id && result.status === wire.ANSWER_ACCEPTED);
    });
    if (decoded?.ok === false) await this.#device.close();
  }
}

function settle(call: AnswerCall, accepted: boolean): void {
  call.open -= 1;
  if (accepted) call.accepted += 1;
  if (call.open === 0) call.resolve(call.accepted);
}
