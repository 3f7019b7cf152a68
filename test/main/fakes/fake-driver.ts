/**
 * A driver behind a real Unix socket: speaks the control socket's frames and the wire's bytes, holds what it is told to
 * hold, and checks its client: an id that is answered twice, or was never announced, is a fault.
 */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import path from 'node:path';

import * as wire from '../../../src-main/driver/wire.gen.ts';
import type { Connection, DriverEvent, Reason } from '../../../src-main/engine/ports.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { batchBytes, eventBytes, resultsBytes, welcomeBytes } from './wire-bytes.ts';

const OK = 0;
const CANCELLED = 0xc0000120;
const SHARING = 0xc0000043;

interface Client {
  readonly socket: Socket;
  readonly session: bigint;
  readonly reads: bigint[];
  sequence: bigint;
  greeted: boolean;
}

export interface Taken {
  readonly id: bigint;
  readonly verdict: number;
}

export class FakeDriver {
  readonly socketPath = path.join(temporaryFolder(), 'lab.sock');
  /** Every answer, in order. */
  readonly answers: Taken[] = [];
  /** How many ANSWER requests there were. */
  answerBatches = 0;
  /** What a client must never do, and did. */
  readonly faults: string[] = [];
  /** Held now. */
  readonly held = new Set<bigint>();
  policies = 0;
  /** What each policy said about the time without a client. */
  readonly noClients: number[] = [];
  /** Statuses for the next opens and HELLOs. */
  openStatus = OK;
  helloStatus = OK;
  /** What the next batches lie about their session and number. */
  lie: { readonly session?: bigint; readonly ahead?: bigint } = {};
  /** Takes everything and replies to nothing. */
  silent = false;
  /** Confirms answers with SETTLED, as the driver does. */
  confirms = true;
  readonly #announced = new Set<bigint>();
  readonly #queue: Uint8Array[] = [];
  readonly #waiters: (() => void)[] = [];
  #client: Client | null = null;
  #server: Server | null = null;
  #sessions = 100n;
  #lost = 0;

  async listen(): Promise<void> {
    this.#server = createServer((socket) => this.#accept(socket));
    await new Promise<void>((resolve) => this.#server?.listen(this.socketPath, resolve));
  }

  /** Dies: the client's handle is gone and nobody listens. */
  async close(): Promise<void> {
    this.drop();
    const server = this.#server;
    this.#server = null;
    await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
  }

  /** Ends the client's handle, and with it every hold. */
  drop(): void {
    this.#client?.socket.destroy();
    this.#client = null;
    this.held.clear();
    this.#announced.clear();
    this.#queue.length = 0;
  }

  /** Reads that wait for events now. */
  get reads(): number {
    return this.#client?.reads.length ?? 0;
  }

  /** Raw bytes instead of a reply to a read. */
  sendGarbage(bytes: Uint8Array): void {
    this.#client?.socket.write(bytes);
  }

  hold(id: bigint, connection: Connection, deadline = connection.time + 60_000): void {
    this.held.add(id);
    this.#announced.add(id);
    this.announce({ kind: 'held', id, connection, deadline });
  }

  settle(id: bigint, reason: Reason, verdict: 'allow' | 'block' = 'block'): void {
    if (!this.held.delete(id)) return;
    this.announce({ kind: 'settled', id, reason, verdict, time: Date.now() });
  }

  announce(event: DriverEvent): void {
    this.announceBytes(eventBytes(event));
  }

  announceBytes(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#pump();
  }

  loseRecords(count: number): void {
    this.#lost += count;
    this.#pump();
  }

  /** Resolves when this holds, looked at after each request of the client. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      // oxlint-disable-next-line no-await-in-loop -- one request after the other
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  #accept(socket: Socket): void {
    const status = this.#client === null ? this.openStatus : SHARING;
    reply(socket, 0n, status, new Uint8Array());
    if (status !== OK) return;
    this.#sessions += 1n;
    const client: Client = {
      socket,
      session: this.#sessions,
      reads: [],
      sequence: 0n,
      greeted: false,
    };
    this.#client = client;
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 4 && rest.length >= rest.readUInt32LE(0)) {
        const size = rest.readUInt32LE(0);
        this.#request(client, rest.subarray(0, size));
        rest = rest.subarray(size);
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#client === client) this.drop();
      this.#wake();
    });
  }

  #request(client: Client, frame: Buffer): void {
    if (this.silent) return;
    const op = frame.readUInt32LE(4);
    const id = frame.readBigUInt64LE(8);
    if (op === 2) this.#cancel(client, id);
    else this.#ioctl(client, id, frame);
    this.#pump();
    this.#wake();
  }

  #cancel(client: Client, id: bigint): void {
    const index = client.reads.indexOf(id);
    if (index < 0) return;
    client.reads.splice(index, 1);
    reply(client.socket, id, CANCELLED, new Uint8Array());
  }

  #ioctl(client: Client, id: bigint, frame: Buffer): void {
    const code = frame.readUInt32LE(16);
    const input = frame.subarray(24);
    if (code === wire.IOCTL_HELLO) {
      client.greeted = this.helloStatus === OK;
      reply(client.socket, id, this.helloStatus, welcomeBytes(client.session));
      return;
    }
    if (!client.greeted) this.faults.push('a request before HELLO');
    if (input.readBigUInt64LE(8) !== client.session) this.faults.push('a foreign session');
    if (code === wire.IOCTL_SET_POLICY) {
      this.policies += 1;
      this.noClients.push(wire.readPolicy(viewOf(input), 0).noClientVerdict);
      reply(client.socket, id, OK, new Uint8Array());
    } else if (code === wire.IOCTL_READ_EVENTS) {
      client.reads.push(id);
    } else if (code === wire.IOCTL_ANSWER) {
      reply(client.socket, id, OK, this.#answer(input));
    }
  }

  #answer(input: Buffer): Uint8Array {
    this.answerBatches += 1;
    const results: wire.AnswerResult[] = [];
    for (let at = wire.ANSWERS_BYTES; at < input.length; at += wire.ANSWER_BYTES) {
      const id = input.readBigUInt64LE(at);
      const verdict = input.readUInt8(at + 8);
      results.push({ id, status: this.#answerOne(id, verdict) });
    }
    return resultsBytes(results);
  }

  #answerOne(id: bigint, verdict: number): number {
    if (!this.#announced.has(id)) this.faults.push(`${id} was answered and never announced`);
    if (this.answers.some((one) => one.id === id && one.verdict !== wire.VERDICT_KEEP)) {
      this.faults.push(`${id} was answered twice`);
    }
    this.answers.push({ id, verdict });
    if (!this.held.has(id)) return wire.ANSWER_UNKNOWN;
    if (verdict === wire.VERDICT_KEEP) return wire.ANSWER_ACCEPTED;
    if (this.confirms)
      this.settle(id, 'answered', verdict === wire.VERDICT_ALLOW ? 'allow' : 'block');
    this.held.delete(id);
    return wire.ANSWER_ACCEPTED;
  }

  #pump(): void {
    const client = this.#client;
    if (client === null || (this.#queue.length === 0 && this.#lost === 0)) return;
    const read = client.reads.shift();
    if (read === undefined) return;
    client.sequence += 1n;
    const session = this.lie.session ?? client.session;
    const sequence = client.sequence + (this.lie.ahead ?? 0n);
    const events = this.#queue.splice(0, 100);
    reply(
      client.socket,
      read,
      OK,
      batchBytes({ session, sequence, decidedLost: this.#lost }, events),
    );
    this.#lost = 0;
    this.#pump();
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function reply(socket: Socket, id: bigint, status: number, output: Uint8Array): void {
  const frame = Buffer.alloc(16 + output.length);
  frame.writeUInt32LE(frame.length, 0);
  frame.writeUInt32LE(status, 4);
  frame.writeBigUInt64LE(id, 8);
  frame.set(output, 16);
  socket.write(frame);
}
