/** A line over a real socket to a real router, whose handlers note what reached them. */
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import {
  type CallName,
  type EventName,
  type Handlers,
  calls,
} from '../../../src-preload/contract/calls.ts';
import type { Result } from '../../../src-preload/contract/model.ts';
import { createRouter } from '../../../src-main/ipc/router.ts';
import { callSchemas } from '../../../src-main/ipc/schemas.ts';
import { FrameReader } from '../../../src-main/line/frames.ts';
import { introduce } from '../../../src-main/line/greeting.ts';
import { newSecret } from '../../../src-main/line/presence.ts';
import { SealedLine } from '../../../src-main/line/sealed.ts';
import { type Line, openLine } from '../../../src-main/service/line-server.ts';
import type { LineTerms } from '../../../src-main/service/line-terms.ts';
import type { ServedApp } from '../../../src-main/service/served-caller.ts';
import { managerState } from '../../fakes/views.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

export const version = '1.2.3';

export interface LineBench {
  readonly address: string;
  readonly secret: string;
  readonly line: Line;
  /** What reached a handler. */
  readonly reached: CallName[];
  /** Replaces the handler of one call. */
  handle(name: CallName, handler: (input: never) => Promise<Result<unknown>>): void;
  /** Listeners that the served app has now. */
  listeners(): number;
  /** Makes the state of an event this big, and tells of it. */
  change(event: EventName, mark: string): void;
  connect(): Promise<net.Socket>;
  /** One that has proved itself. */
  admitted(): Promise<Admitted>;
}

export interface Admitted {
  readonly socket: net.Socket;
  readonly sealed: SealedLine;
}

export async function makeLine(terms: LineTerms, of = version): Promise<LineBench> {
  const reached: CallName[] = [];
  const own = new Map<CallName, (input: never) => Promise<Result<unknown>>>();
  const run = (name: CallName) => (input: never) => {
    reached.push(name);
    return own.get(name)?.(input) ?? Promise.resolve({ ok: true, value: null });
  };
  const names = Object.keys(calls) as CallName[];
  const handlers = Object.fromEntries(names.map((name) => [name, run(name)]));
  const listeners = new Set<(event: EventName) => void>();
  const marks: Record<EventName, string> = { promptChanged: 'first', managerChanged: 'first' };
  const app = {
    engine: {
      promptState: () => state('promptChanged'),
      managerState: () => managerState(),
      onChange: (listener: (event: EventName) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    router: createRouter({
      handlers: handlers as unknown as Handlers,
      schemas: callSchemas,
      logError: () => {},
    }),
    readState: (event: EventName) => state(event),
  } as unknown as ServedApp;
  const state = (event: EventName) => ({ mark: marks[event], cards: [] });
  const address = path.join(temporaryFolder(), 'line.sock');
  const secret = newSecret();
  const parts = { address, secret, version: of, app, terms, isOpenToAll: false };
  const line = await openLine(parts);
  if (line === null) throw new Error('no line');
  const connect = async (): Promise<net.Socket> => {
    const socket = net.connect(address);
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  return {
    address,
    secret,
    line,
    reached,
    handle: (name, handler) => void own.set(name, handler),
    listeners: () => listeners.size,
    change(event, mark) {
      marks[event] = mark;
      for (const listener of listeners) listener(event);
    },
    connect,
    async admitted() {
      const socket = await connect();
      const reader = new FrameReader(socket);
      const other = await introduce(socket, reader, secret);
      if (other === null) throw new Error('not admitted');
      return {
        socket,
        sealed: new SealedLine({ socket, reader, keys: other.keys, side: 'client' }),
      };
    },
  };
}

/** All that is said until the other side hangs up. */
export async function heardFrom(socket: net.Socket): Promise<Buffer> {
  const heard: Buffer[] = [];
  socket.on('data', (bytes) => heard.push(bytes));
  if (!socket.closed) await once(socket, 'close');
  return Buffer.concat(heard);
}
