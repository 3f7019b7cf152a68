/**
 * What is said after a greeting, for nobody between the two: each frame is encrypted and signed (AES-256-GCM), and counts.
 * A pipe that everybody may open has other doors (on Windows whoever may write to it may also serve it), and who stands in one
 * could pass a greeting on; all it can do then is to listen to noise, or to cut the line.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Socket } from 'node:net';
import { FrameError, type FrameReader, frameOf, parseFrame, sendBytes } from './frames.ts';
import type { LineKeys } from './greeting.ts';

const cipher = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface SealedParts {
  readonly socket: Socket;
  readonly reader: FrameReader;
  readonly keys: LineKeys;
  /** Which side this one is. */
  readonly side: 'server' | 'client';
}

/** One connection after its greeting. */
export class SealedLine {
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #ours: Buffer;
  readonly #theirs: Buffer;
  #sent = 0n;
  #read = 0n;

  constructor({ socket, reader, keys, side }: SealedParts) {
    this.#socket = socket;
    this.#reader = reader;
    this.#ours = side === 'server' ? keys.ofServer : keys.ofClient;
    this.#theirs = side === 'server' ? keys.ofClient : keys.ofServer;
  }

  /** Resolves when the other side has room again. Throws `FrameError` when it is too long, with nothing sent. */
  send(value: unknown): Promise<void> {
    const text = Buffer.from(JSON.stringify(value));
    const seal = createCipheriv(cipher, this.#ours, nonceOf(this.#sent));
    const frame = frameOf(Buffer.concat([seal.update(text), seal.final(), seal.getAuthTag()]));
    this.#sent += 1n;
    return sendBytes(this.#socket, frame);
  }

  /**
   * The next value; undefined at an end between two frames. Throws `FrameError` for what is longer than `most` bytes, half a
   * frame, no JSON, or not what the other side has said at this place, and the socket's error.
   */
  async next(most: number): Promise<unknown> {
    const sealed = await this.#reader.nextBytes(most + TAG_BYTES);
    return sealed === undefined ? undefined : parseFrame(this.#opened(sealed));
  }

  /** Says no more, and hears no more. */
  end(): void {
    this.#socket.destroy();
  }

  /** Calls when the line is no more, whoever ended it. */
  onEnd(listener: () => void): void {
    if (this.#socket.closed) listener();
    else this.#socket.once('close', listener);
  }

  #opened(sealed: Buffer): Buffer {
    const at = sealed.length - TAG_BYTES;
    if (at < 0) throw new FrameError('not sealed');
    const open = createDecipheriv(cipher, this.#theirs, nonceOf(this.#read));
    this.#read += 1n;
    open.setAuthTag(sealed.subarray(at));
    try {
      return Buffer.concat([open.update(sealed.subarray(0, at)), open.final()]);
    } catch {
      throw new FrameError('not theirs');
    }
  }
}

/** A key is for one direction of one connection, so that a number that only grows never comes twice under it. */
function nonceOf(count: bigint): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeBigUInt64LE(count);
  return nonce;
}
