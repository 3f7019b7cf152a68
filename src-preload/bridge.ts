/**
 * Derives what a page gets as `window.portreeve` from the contract: one closure per call and event of one role, frozen.
 * What carries the calls (Electron's IPC, a WebSocket, a test's fake) is the transport.
 */
import {
  calls,
  events,
  type Bridge,
  type CallName,
  type EventName,
  type Role,
} from './contract/calls.ts';
import type { Result } from './contract/model.ts';

export interface Transport {
  /** Resolves to the `Result` that main sent. A rejection becomes an `internal` result. */
  invoke(name: CallName, input: unknown): Promise<unknown>;
  /** Payloads only: an event object never gets this far. Returns the function that ends it. */
  subscribe(name: EventName, listener: (payload: unknown) => void): () => void;
}

/** The frozen bridge of `role` over `transport`; it has nothing that the contract gives to another role. */
export function createBridge<R extends Role>(role: R, transport: Transport): Bridge<R> {
  const bridge = {
    role,
    calls: Object.freeze(
      Object.fromEntries(namesOfRole(calls, role).map((name) => [name, callOver(transport, name)])),
    ),
    events: Object.freeze(
      Object.fromEntries(
        namesOfRole(events, role).map((name) => [name, eventOver(transport, name)]),
      ),
    ),
  };
  // The table was built from the same object that the type is derived from.
  return Object.freeze(bridge) as unknown as Bridge<R>;
}

function namesOfRole<Name extends string>(
  table: Record<Name, { readonly role: Role }>,
  role: Role,
): Name[] {
  const names = Object.keys(table) as Name[];
  return names.filter((name) => table[name].role === role);
}

function callOver(transport: Transport, name: CallName) {
  return async (input: unknown): Promise<unknown> => {
    try {
      return await transport.invoke(name, input);
    } catch {
      return noAnswer;
    }
  };
}

function eventOver(transport: Transport, name: EventName) {
  return (listener: (payload: unknown) => void): (() => void) =>
    transport.subscribe(name, (payload) => {
      listener(payload);
    });
}

const noAnswer: Result<never> = Object.freeze({
  ok: false,
  code: 'internal',
  message: 'Portreeve did not answer. Nothing was changed that you can see here; try again.',
});
