/**
 * The frames between two of Portreeve's processes: the length of what follows in bytes, 32 bits with the lowest byte first,
 * then so many bytes: JSON in UTF-8, or sealed (sealed.ts).
 */
import type { Socket } from 'node:net';

const HEAD_BYTES = 4;

/** Before it is known who speaks. */
export const MAX_GREETING_BYTES = 1024;
/** A file of rules may have 16 million characters; JSON in JSON needs more. */
export const MAX_FRAME_BYTES = 64 * 2 ** 20;

/** What has been said is no frame, or too long. */
export class FrameError extends Error {}

/** A frame of these bytes. Throws `FrameError` when it is too long to be taken. */
export function frameOf(bytes: Buffer): Buffer {
  if (bytes.length > MAX_FRAME_BYTES) throw new FrameError('too long');
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(bytes.length);
  return Buffer.concat([head, bytes]);
}

/** A frame of this value. Throws `FrameError` when it is too long to be taken. */
export function encodeFrame(value: unknown): Buffer {
  return frameOf(Buffer.from(JSON.stringify(value)));
}

/** Resolves when the other side has room again: who does not read does not fill our memory. */
export function sendFrame(socket: Socket, value: unknown): Promise<void> {
  return sendBytes(socket, encodeFrame(value));
}

/** The same with a frame that is made already. */
export function sendBytes(socket: Socket, frame: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(frame, (error) => (error ? reject(error) : resolve()));
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
    const bytes = await this.nextBytes(most);
    return bytes === undefined ? undefined : parseFrame(bytes);
  }

  /** The same, not looked into. */
  async nextBytes(most: number): Promise<Buffer | undefined> {
    const isMore = await this.#fill(HEAD_BYTES);
    if (!isMore && this.#size === 0) return undefined;
    if (!isMore) throw new FrameError('half a frame');
    const length = this.#take(HEAD_BYTES).readUInt32LE();
    if (length > most) throw new FrameError('too long');
    if (!(await this.#fill(length))) throw new FrameError('half a frame');
    return this.#take(length);
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

/** Throws `FrameError` for what is no JSON. */
export function parseFrame(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString()) as unknown;
  } catch {
    throw new FrameError('no JSON');
  }
}
