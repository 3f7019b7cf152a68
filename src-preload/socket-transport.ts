/**
 * The browser shell's transport: JSON frames over one WebSocket that is opened anew whenever it closes.
 *
 *   page -> main   { id, call, input }
 *   main -> page   { id, result } or { event, payload }
 *
 * After a reconnect the page's state is read again and given to its listeners as if it had changed, so that pages need
 * to know nothing of connections. While there is none, listeners get the last state with the driver marked as lost.
 * Two close codes are final, or two windows would take the connection from each other for ever.
 */
import type { CallName, EventName, Role } from './contract/calls.ts';
import type { DriverState, Result } from './contract/model.ts';
import { noManager, noPrompt } from './contract/nothing.ts';
import type { Transport } from './bridge.ts';

/** What the transport uses of a WebSocket; a test gives its own. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((message: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  send(text: string): void;
}

interface Pending {
  readonly frame: string;
  readonly settle: (result: unknown) => void;
  sent: boolean;
}

type Listener = (payload: unknown) => void;

const connecting: DriverState = { kind: 'connecting' };

/** How a role's state is read and told, and what it is before anything was heard. */
const stateOfRole = {
  prompt: { read: 'readPrompt', changed: 'promptChanged', unknown: noPrompt(connecting) },
  manager: { read: 'readManager', changed: 'managerChanged', unknown: noManager(connecting) },
} as const satisfies Record<Role, { read: CallName; changed: EventName; unknown: object }>;

/** Close codes of the browser shell after which there is nothing to come back to. */
const finalCloses = new Map<number, DriverState>([
  [
    4001,
    {
      kind: 'lost',
      reason: 'Portreeve is open in another window.',
      remedy: 'Go on there, or reload this window to bring it back here.',
      cause: 'elsewhere',
    },
  ],
  [
    4003,
    {
      kind: 'lost',
      reason: 'This window does not belong to the Portreeve that is running.',
      remedy: 'Open the address that Portreeve showed when it started.',
      cause: 'no-session',
    },
  ],
]);

const firstRetryMs = 250;
const longestRetryMs = 4000;
/** A call that finds no connection waits this long for one. */
const patienceMs = 5000;

/** A transport that keeps itself connected; `open` makes a new socket. */
export class SocketTransport implements Transport {
  readonly #role: Role;
  readonly #open: () => Socket;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<EventName, Set<Listener>>();
  #socket: Socket | null = null;
  #nextId = 1;
  #retryMs = firstRetryMs;
  #wasConnected = false;
  #lastState: object;
  #closedForGood = false;

  constructor(role: Role, open: () => Socket) {
    this.#role = role;
    this.#open = open;
    this.#lastState = stateOfRole[role].unknown;
    this.#connect();
  }

  invoke(name: CallName, input: unknown): Promise<unknown> {
    if (this.#closedForGood) return Promise.resolve(notConnected);
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        if (this.#pending.get(id)?.sent === false) this.#settle(id, notConnected);
      }, patienceMs);
      const settle = (result: unknown): void => {
        clearTimeout(timer);
        resolve(result);
      };
      this.#pending.set(id, {
        frame: JSON.stringify({ id, call: name, input }),
        sent: false,
        settle,
      });
      this.#flush();
    });
  }

  subscribe(name: EventName, listener: Listener): () => void {
    const known = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, known.add(listener));
    return () => {
      known.delete(listener);
    };
  }

  #connect(): void {
    const socket = this.#open();
    socket.onopen = () => {
      this.#connected(socket);
    };
    socket.onmessage = (message) => {
      this.#receive(message.data);
    };
    socket.onclose = ({ code }) => {
      this.#disconnected(code);
    };
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    this.#retryMs = firstRetryMs;
    this.#flush();
    if (this.#wasConnected) void this.#refresh();
    this.#wasConnected = true;
  }

  #disconnected(code: number): void {
    this.#socket = null;
    const final = finalCloses.get(code);
    for (const [id, call] of this.#pending) {
      if (call.sent || final !== undefined) this.#settle(id, call.sent ? cutOff : notConnected);
    }
    this.#emitState({ ...this.#lastState, driver: final ?? appGone });
    this.#closedForGood = final !== undefined;
    if (!this.#closedForGood) this.#connectLater();
  }

  #connectLater(): void {
    setTimeout(() => {
      this.#connect();
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
  }

  async #refresh(): Promise<void> {
    const result = await this.invoke(stateOfRole[this.#role].read, null);
    if (isOk(result) && isObject(result.value)) this.#emitState(result.value);
  }

  #receive(data: unknown): void {
    const frame = parseFrame(data);
    if (frame === null) return;
    if (frame.kind === 'event') {
      this.#remember(frame.payload);
      this.#emit(frame.event, frame.payload);
      return;
    }
    if (isOk(frame.result)) this.#remember(frame.result.value);
    this.#settle(frame.id, frame.result);
  }

  #remember(value: unknown): void {
    if (isObject(value) && 'driver' in value) this.#lastState = value;
  }

  #emitState(state: object): void {
    this.#remember(state);
    this.#emit(stateOfRole[this.#role].changed, state);
  }

  #emit(name: EventName, payload: unknown): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(payload);
  }

  #settle(id: number, result: unknown): void {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    call?.settle(result);
  }

  #flush(): void {
    for (const call of this.#pending.values()) {
      if (this.#socket === null || call.sent) continue;
      call.sent = true;
      this.#socket.send(call.frame);
    }
  }
}

type Frame =
  | { readonly kind: 'event'; readonly event: EventName; readonly payload: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown };

function parseFrame(data: unknown): Frame | null {
  if (typeof data !== 'string') return null;
  const value: unknown = JSON.parse(data);
  if (!isObject(value)) return null;
  if ('event' in value && typeof value.event === 'string' && 'payload' in value) {
    return { kind: 'event', event: value.event as EventName, payload: value.payload };
  }
  if ('id' in value && typeof value.id === 'number' && 'result' in value) {
    return { kind: 'result', id: value.id, result: value.result };
  }
  return null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isOk(result: unknown): result is { readonly ok: true; readonly value: unknown } {
  return isObject(result) && 'ok' in result && result.ok === true && 'value' in result;
}

const appGone: DriverState = {
  kind: 'lost',
  reason: 'Portreeve is not running, so it holds no connections.',
  remedy: 'Start Portreeve again. This page connects by itself.',
  cause: 'app-gone',
};

const notConnected: Result<never> = {
  ok: false,
  code: 'driver-lost',
  message: 'Portreeve is not running. Nothing was changed; start it and try again.',
};

const cutOff: Result<never> = {
  ok: false,
  code: 'driver-lost',
  message:
    'The connection to Portreeve broke before it answered. Look whether your answer arrived.',
};
