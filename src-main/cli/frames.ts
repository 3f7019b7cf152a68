/**
 * The frames between the command line and a running Portreeve: the length of the text in bytes, 32 bits with the lowest
 * byte first, then so many bytes of JSON in UTF-8.
 */
import type { Socket } from 'node:net';

const HEAD_BYTES = 4;

/** Before it is known who speaks. */
export const MAX_GREETING_BYTES = 1024;
/** A file of rules may have 16 million characters; JSON in JSON needs more. */
export const MAX_FRAME_BYTES = 64 * 2 ** 20;

/** What has been said is no frame, or too long. */
export class FrameError extends Error {}

/** A frame of this value. Throws `FrameError` when it is too long to be taken. */
export function encodeFrame(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value));
  if (text.length > MAX_FRAME_BYTES) throw new FrameError('too long');
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(text.length);
  return Buffer.concat([head, text]);
}

/** Resolves when the other side has room again: who does not read does not fill our memory. */
export function sendFrame(socket: Socket, value: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(encodeFrame(value), (error) => (error ? reject(error) : resolve()));
  });
}

/** Frames one after the other, read only when they are asked for. */
export class FrameReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /**
   * The next value; undefined at an end between two frames. Throws `FrameError` for what is longer than `most`, no JSON,
   * or half a frame, and the socket's error.
   */
  async next(most: number): Promise<unknown> {
    const isMore = await this.#fill(HEAD_BYTES);
    if (!isMore && this.#size === 0) return undefined;
    if (!isMore) throw new FrameError('half a frame');
    const length = this.#take(HEAD_BYTES).readUInt32LE();
    if (length > most) throw new FrameError('too long');
    if (!(await this.#fill(length))) throw new FrameError('half a frame');
    return parse(this.#take(length));
  }

  /** False when the other side ends first. */
  async #fill(bytes: number): Promise<boolean> {
    while (this.#size < bytes) {
      // oxlint-disable-next-line no-await-in-loop -- one chunk comes after the other
      const chunk = await this.#chunks.next();
      if (chunk.done === true) return false;
      this.#parts.push(chunk.value);
      this.#size += chunk.value.length;
    }
    return true;
  }

  #take(bytes: number): Buffer {
    const all = this.#parts.length === 1 ? this.#parts[0] : undefined;
    const joined = all ?? Buffer.concat(this.#parts);
    const rest = joined.subarray(bytes);
    this.#parts = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
    return joined.subarray(0, bytes);
  }
}

function parse(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString()) as unknown;
  } catch {
    throw new FrameError('no JSON');
  }
}
