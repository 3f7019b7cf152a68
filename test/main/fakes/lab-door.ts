/** The lab's door as a supervisor speaks it (driver/lab/frontdoors/exec_wire.h), without any program behind it. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

const HELLO = 1;
const WELCOME = 2;
const PROCESS_START = 3;
const PROCESS_EXIT = 4;
const ATTEMPT = 5;
const ENDPOINT_CLOSE = 6;
const ANSWER = 7;
const VERSION = 1;

export type DoorAnswer = 'permitted' | 'blocked' | 'ended';
const answers: readonly DoorAnswer[] = ['permitted', 'blocked', 'ended'];

export interface Attempt {
  readonly processId: number;
  /** IPv4, dotted. */
  readonly address: string;
  readonly port: number;
  /** IANA number; TCP when left out. */
  readonly protocol?: number;
}

export class LabDoor {
  readonly #socket: Socket;
  readonly #waiting = new Map<bigint, (answer: DoorAnswer) => void>();
  readonly #welcomed: Promise<void>;
  #welcome: () => void = () => undefined;
  #rest = Buffer.alloc(0);
  #lastId = 0n;

  constructor(doorPath: string) {
    this.#welcomed = new Promise((resolve) => {
      this.#welcome = resolve;
    });
    this.#socket = connect(doorPath);
    this.#socket.on('data', (chunk) => this.#receive(chunk));
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => this.#end());
    this.#send(HELLO, u32(VERSION));
  }

  async ready(): Promise<void> {
    await this.#welcomed;
  }

  /** `path` as bytes may be anything that Linux allows. */
  startProcess(id: number, path: string | Uint8Array, created = 133_500_000_000_000_000n): void {
    this.#send(PROCESS_START, u64(BigInt(id)), u64(created), u64(1n), Buffer.from(path as string));
  }

  exitProcess(id: number): void {
    this.#send(PROCESS_EXIT, u64(BigInt(id)));
  }

  /** The verdict, and the endpoint so that it can be closed. */
  attempt(given: Attempt): { readonly endpoint: bigint; readonly answer: Promise<DoorAnswer> } {
    this.#lastId += 1n;
    const id = this.#lastId;
    const answer = new Promise<DoorAnswer>((resolve) => this.#waiting.set(id, resolve));
    this.#send(ATTEMPT, attemptBytes(id, given));
    return { endpoint: id, answer };
  }

  closeEndpoint(endpoint: bigint): void {
    this.#send(ENDPOINT_CLOSE, u64(endpoint));
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(kind: number, ...parts: readonly Uint8Array[]): void {
    const body = Buffer.concat(parts);
    this.#socket.write(Buffer.concat([u32(8 + body.length), u32(kind), body]));
  }

  #receive(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (this.#rest.length - at >= 8 && this.#rest.length - at >= this.#rest.readUInt32LE(at)) {
      this.#take(this.#rest.readUInt32LE(at + 4), this.#rest.subarray(at + 8));
      at += this.#rest.readUInt32LE(at);
    }
    this.#rest = this.#rest.subarray(at);
  }

  #take(kind: number, body: Buffer): void {
    if (kind === WELCOME) this.#welcome();
    if (kind === ANSWER) {
      this.#settle(body.readBigUInt64LE(0), answers[body.readUInt32LE(8)] ?? 'ended');
    }
  }

  #settle(id: bigint, answer: DoorAnswer): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }

  #end(): void {
    for (const id of this.#waiting.keys()) this.#settle(id, 'ended');
  }
}

/** struct door_attempt; the endpoint has the attempt's number. */
function attemptBytes(id: bigint, { processId, address, port, protocol = 6 }: Attempt): Buffer {
  const bytes = Buffer.alloc(80);
  bytes.writeBigUInt64LE(id, 0);
  bytes.writeBigUInt64LE(BigInt(processId), 8);
  bytes.writeBigUInt64LE(id, 16);
  bytes.set([127, 0, 0, 1], 24);
  bytes.writeUInt16LE(40_000, 40);
  bytes.set(address.split('.').map(Number), 48);
  bytes.writeUInt16LE(port, 64);
  bytes.set([4, protocol], 72);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
