/**
 * A line: where other processes of Portreeve's reach the service. Anybody may be able to connect; whoever does not prove at once
 * to know the secret learns a random number, and takes nobody's place.
 */
import net from 'node:net';
import { FrameReader } from '../line/frames.ts';
import { admit } from '../line/greeting.ts';
import { SealedLine } from '../line/sealed.ts';
import type { LineTerms } from './line-terms.ts';
import { type ServedApp, serveCaller } from './served-caller.ts';

export interface LineParts {
  /** Of a named pipe or a Unix socket. */
  readonly address: string;
  readonly secret: string;
  /** Of Portreeve, which callers are told. */
  readonly version: string;
  readonly app: ServedApp;
  readonly terms: LineTerms;
  /** Any account may connect: the caller is of another one. */
  readonly isOpenToAll: boolean;
}

export interface Line {
  /** Hangs up on everybody. */
  close(): void;
}

const GREETING_MS = 5000;
/** A greeting takes milliseconds: so many can begin meanwhile before one of them is cut off. */
const MAX_STRANGERS = 128;

/** Null when the address can not be listened at. */
export async function openLine(parts: LineParts): Promise<Line | null> {
  const server = net.createServer((socket) => void served.take(socket));
  const served = new LineServer(parts, () => void server.close());
  const { address, isOpenToAll } = parts;
  const all = { readableAll: isOpenToAll, writableAll: isOpenToAll };
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ path: address, ...all }, () => resolve(true));
  });
  if (!isListening) return null;
  // A connection that the system could not make is nobody's, and others are not disturbed.
  server.on('error', () => {});
  return {
    close() {
      server.close();
      served.close();
    },
  };
}

class LineServer {
  readonly #parts: LineParts;
  readonly #stopListening: () => void;
  /** The oldest first. */
  readonly #strangers = new Set<net.Socket>();
  readonly #callers = new Set<net.Socket>();

  constructor(parts: LineParts, stopListening: () => void) {
    this.#parts = parts;
    this.#stopListening = stopListening;
  }

  /** One connection to its end. Whatever it says, nobody else is disturbed. */
  async take(socket: net.Socket): Promise<void> {
    socket.on('error', () => socket.destroy());
    if (this.#isFull()) return void socket.destroy();
    this.#addStranger(socket);
    try {
      const line = await this.#greet(socket);
      if (line !== null) await this.#serve(socket, line);
    } catch {
      // A broken line, half a frame, what is no call, or a stranger.
    } finally {
      this.#strangers.delete(socket);
      this.#callers.delete(socket);
      socket.destroy();
    }
  }

  close(): void {
    for (const socket of [...this.#strangers, ...this.#callers]) socket.destroy();
  }

  /** An account's programs could else keep the service busy by connecting for as long as they like. */
  #closeToStrangers(): void {
    this.#stopListening();
    for (const socket of this.#strangers) socket.destroy();
  }

  #isFull(): boolean {
    return this.#callers.size >= this.#parts.terms.maxCallers;
  }

  #addStranger(socket: net.Socket): void {
    for (const oldest of this.#strangers) {
      if (this.#strangers.size < MAX_STRANGERS) break;
      this.#strangers.delete(oldest);
      oldest.destroy();
    }
    this.#strangers.add(socket);
  }

  /** Null for who does not know the secret, and for who comes when all places are taken. */
  async #greet(socket: net.Socket): Promise<SealedLine | null> {
    const reader = new FrameReader(socket);
    const late = setTimeout(() => socket.destroy(), GREETING_MS);
    try {
      const keys = await admit(socket, reader, this.#parts);
      return keys === null || this.#isFull()
        ? null
        : new SealedLine({ socket, reader, keys, side: 'server' });
    } finally {
      clearTimeout(late);
    }
  }

  #serve(socket: net.Socket, line: SealedLine): Promise<void> {
    this.#strangers.delete(socket);
    this.#callers.add(socket);
    if (this.#isFull() && this.#parts.terms.closesWhenFull) this.#closeToStrangers();
    return serveCaller(line, this.#parts.app, this.#parts.terms);
  }
}
