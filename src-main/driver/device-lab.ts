/**
 * The lab's control socket as a device. Frames, little-endian:
 *   request { u32 size; u32 op; u64 request_id; u32 ioctl_code; u32 output_capacity; u8 input[] }  op 1 ioctl, 2 cancel
 *   reply   { u32 size; u32 ntstatus; u64 request_id; u8 output[] }  the first, with id 0, is the status of the open
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

import type { DriverFailure } from '../engine/ports.ts';
import { ntstatusFailure } from './device.ts';
import type { Device, DeviceFailure, DeviceKind, IoctlReply, Opened } from './device.ts';
import { MAX_EVENT_BATCH_BYTES } from './wire.gen.ts';

const REQUEST_HEADER = 24;
const REPLY_HEADER = 16;
const MAX_REPLY = REPLY_HEADER + MAX_EVENT_BATCH_BYTES;
const OP_IOCTL = 1;
const OP_CANCEL = 2;
const OPEN_MS = 5000;

type Settle = (reply: IoctlReply) => void;

/** The lab at this socket path. */
export function labDevice(socketPath: string): DeviceKind {
  return { open: () => openLab(socketPath), explain };
}

function openLab(socketPath: string): Promise<Opened> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const device = new LabDevice(socket, resolve);
    socket.setTimeout(OPEN_MS, () => device.end({ code: 'gone', detail: '' }));
    socket.on('error', (error) => device.end({ code: codeOf(error), detail: '' }));
    socket.on('close', () => device.end({ code: 'gone', detail: '' }));
  });
}

function codeOf(error: NodeJS.ErrnoException): DeviceFailure['code'] {
  if (error.code === 'EACCES' || error.code === 'EPERM') return 'access-denied';
  return error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? 'not-installed' : 'gone';
}

class LabDevice implements Device {
  readonly #socket: Socket;
  readonly #waiting = new Map<bigint, Settle>();
  #opened: ((opened: Opened) => void) | null;
  #lastId = 0n;
  #rest: Buffer = Buffer.alloc(0);
  #end: DeviceFailure | null = null;

  constructor(socket: Socket, opened: (opened: Opened) => void) {
    this.#socket = socket;
    this.#opened = opened;
    socket.on('data', (chunk) => this.#receive(chunk));
  }

  ioctl(
    code: number,
    input: Uint8Array,
    outputCapacity: number,
    signal?: AbortSignal,
  ): Promise<IoctlReply> {
    if (this.#end !== null) return Promise.resolve({ ok: false, failure: this.#end });
    this.#lastId += 1n;
    const id = this.#lastId;
    this.#socket.write(requestFrame({ op: OP_IOCTL, id, code, outputCapacity }, input));
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      signal?.addEventListener('abort', () => this.#cancel(id), { once: true });
    });
  }

  close(): Promise<void> {
    this.end({ code: 'gone', detail: '' });
    return Promise.resolve();
  }

  /** Ends the handle and everything that waits on it, for this reason. Only the first counts. */
  end(why: DeviceFailure): void {
    if (this.#end !== null) return;
    this.#end = why;
    this.#socket.destroy();
    this.#opened?.({ ok: false, failure: why });
    this.#opened = null;
    for (const settle of this.#waiting.values()) settle({ ok: false, failure: why });
    this.#waiting.clear();
  }

  #cancel(id: bigint): void {
    if (this.#end !== null || !this.#waiting.has(id)) return;
    this.#socket.write(requestFrame({ op: OP_CANCEL, id, code: 0, outputCapacity: 0 }));
  }

  #receive(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= REPLY_HEADER) {
      const size = bytes.readUInt32LE(0);
      if (size < REPLY_HEADER || size > MAX_REPLY) {
        this.end({ code: 'protocol', detail: `a frame of ${size} bytes` });
        return;
      }
      if (bytes.length < size) break;
      this.#settle(bytes.subarray(0, size));
      bytes = bytes.subarray(size);
    }
    this.#rest = bytes;
  }

  #settle(frame: Buffer): void {
    const status = frame.readUInt32LE(4);
    const id = frame.readBigUInt64LE(8);
    if (id === 0n) {
      this.#finishOpen(status);
      return;
    }
    const settle = this.#waiting.get(id);
    this.#waiting.delete(id);
    settle?.(
      status === 0 ? { ok: true, output: frame.subarray(REPLY_HEADER) } : ntstatusFailure(status),
    );
  }

  #finishOpen(status: number): void {
    this.#socket.setTimeout(0);
    if (status !== 0) {
      this.end(ntstatusFailure(status).failure);
      return;
    }
    this.#opened?.({ ok: true, device: this });
    this.#opened = null;
  }
}

interface Request {
  readonly op: number;
  readonly id: bigint;
  readonly code: number;
  readonly outputCapacity: number;
}

function requestFrame(request: Request, input: Uint8Array = new Uint8Array()): Buffer {
  const frame = Buffer.alloc(REQUEST_HEADER + input.length);
  frame.writeUInt32LE(frame.length, 0);
  frame.writeUInt32LE(request.op, 4);
  frame.writeBigUInt64LE(request.id, 8);
  frame.writeUInt32LE(request.code, 16);
  frame.writeUInt32LE(request.outputCapacity, 20);
  frame.set(input, REQUEST_HEADER);
  return frame;
}

const restart = 'Portreeve tries again by itself; if that does not help, start it again.';

function explain({ code, detail }: DeviceFailure): DriverFailure {
  switch (code) {
    case 'not-installed':
      return { reason: 'The lab driver is not running.', remedy: restart };
    case 'access-denied':
      return {
        reason: 'The lab driver belongs to another user.',
        remedy: 'Start Portreeve as the user who started the lab.',
      };
    case 'busy':
      return {
        reason: 'Another Portreeve is already in charge of the lab driver.',
        remedy: 'Close the other one; this one takes over by itself.',
      };
    case 'wrong-version':
      return {
        reason: 'The lab driver was built from another version of Portreeve.',
        remedy: 'Build it again with `npm run lab`, then start Portreeve again.',
      };
    case 'gone':
      return { reason: 'The lab driver has stopped.', remedy: restart };
    case 'protocol':
    case 'refused':
      return {
        reason: `The lab driver gave an answer that makes no sense (${detail}).`,
        remedy: restart,
      };
    default:
      return unreachable(code);
  }
}

function unreachable(value: never): never {
  throw new Error(`unexpected ${String(value)}`);
}
