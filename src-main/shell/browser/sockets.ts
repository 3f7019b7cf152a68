/**
 * The bridge of the browser shell: JSON frames over one WebSocket per role. A newer window of a role takes over; the
 * older one is told so by its close code.
 *
 *   page -> main   { id, call, input }
 *   main -> page   { id, result } or { event, payload }
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { type EventName, type Role, events } from '../../../src-preload/contract/calls.ts';
import type { Router } from '../../ipc/router.ts';

export const closeCode = { takenOver: 4001, noSession: 4003, misused: 1008, stopping: 1001 };

/** A prompt sends answers; a manager also whole files of rules, whose text is at most 16 Mi characters. */
const maxFrameBytes: Readonly<Record<Role, number>> = { prompt: 64 * 1024, manager: 64 * 2 ** 20 };
const maxCallsAtOnce = 64;
/** A page that reads slower than this gets fewer, newer states. */
const maxBufferedBytes = 256 * 1024;
const slowPageRetryMs = 16;

/** Reads the state that an event carries, when it is about to be sent. */
export type ReadState = (event: EventName) => unknown;

export interface Sockets {
  /** Takes an upgrade request over; `admitted` false makes a socket that is closed at once with the reason. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, who: Accepted): void;
  /** Sends the event's state to the window of its role, if one is open: at once, but once for many changes. */
  changed(event: EventName): void;
  isOpen(role: Role): boolean;
  close(): void;
}

export interface Accepted {
  readonly role: Role;
  readonly admitted: boolean;
}

/** The sockets of both roles over one router. */
export function createSockets(router: Router, readState: ReadState): Sockets {
  const serverFor = (role: Role): WebSocketServer =>
    new WebSocketServer({
      noServer: true,
      maxPayload: maxFrameBytes[role],
      perMessageDeflate: false,
    });
  const servers = { prompt: serverFor('prompt'), manager: serverFor('manager') };
  const owners = new Map<Role, Owner>();

  const own = (role: Role, socket: WebSocket): void => {
    owners.get(role)?.socket.close(closeCode.takenOver, 'a newer window took over');
    const owner = createOwner(role, socket, router, readState);
    owners.set(role, owner);
    socket.on('close', () => {
      if (owners.get(role) === owner) owners.delete(role);
    });
  };

  return {
    accept(request, socket, head, { role, admitted }) {
      servers[role].handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('error', () => webSocket.terminate());
        if (admitted) own(role, webSocket);
        else webSocket.close(closeCode.noSession, 'no session');
      });
    },
    changed(event) {
      owners.get(events[event].role)?.changed(event);
    },
    isOpen: (role) => owners.has(role),
    close() {
      for (const { socket } of owners.values()) socket.close(closeCode.stopping, 'stopping');
      servers.prompt.close();
      servers.manager.close();
    },
  };
}

interface Owner {
  readonly socket: WebSocket;
  changed(event: EventName): void;
}

function createOwner(role: Role, socket: WebSocket, router: Router, readState: ReadState): Owner {
  const dirty = new Set<EventName>();
  let flushing = false;
  let running = 0;

  const send = (frame: object): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  };

  const flush = (): void => {
    if (socket.bufferedAmount > maxBufferedBytes) {
      setTimeout(flush, slowPageRetryMs);
      return;
    }
    flushing = false;
    for (const event of dirty) send({ event, payload: readState(event) });
    dirty.clear();
  };

  const answer = async (frame: CallFrame): Promise<void> => {
    running++;
    const result = await router.call(role, frame.call, frame.input);
    running--;
    send({ id: frame.id, result });
  };

  socket.on('message', (data: Buffer, isBinary) => {
    const frame = isBinary ? null : parseFrame(data);
    if (frame === null || running >= maxCallsAtOnce) socket.close(closeCode.misused, 'misused');
    else void answer(frame);
  });

  return {
    socket,
    changed(event) {
      dirty.add(event);
      if (flushing) return;
      flushing = true;
      setImmediate(flush);
    },
  };
}

interface CallFrame {
  readonly id: number;
  readonly call: unknown;
  readonly input: unknown;
}

function parseFrame(data: Buffer): CallFrame | null {
  try {
    const value: unknown = JSON.parse(data.toString());
    if (typeof value !== 'object' || value === null || !('id' in value)) return null;
    if (!Number.isSafeInteger(value.id)) return null;
    return {
      id: value.id as number,
      call: 'call' in value ? value.call : undefined,
      input: 'input' in value ? value.input : undefined,
    };
  } catch {
    return null;
  }
}
