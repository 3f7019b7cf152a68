/** What the driver sends, as bytes: the other half of src-main/driver/messages.ts. */
import type { Connection, DriverEvent, Reason } from '../../../src-main/engine/ports.ts';
import * as wire from '../../../src-main/driver/wire.gen.ts';

const EPOCH = 116_444_736_000_000_000n;

const reasons: Record<Reason, number> = {
  none: wire.REASON_NONE,
  answered: wire.REASON_ANSWERED,
  watchdog: wire.REASON_WATCHDOG,
  'client-lost': wire.REASON_CLIENT_LOST,
  'no-client': wire.REASON_NO_CLIENT,
  full: wire.REASON_FULL,
  'endpoint-closed': wire.REASON_ENDPOINT_CLOSED,
  'process-exited': wire.REASON_PROCESS_EXITED,
  unload: wire.REASON_UNLOAD,
  'pend-failed': wire.REASON_PEND_FAILED,
  'no-memory': wire.REASON_NO_MEMORY,
  power: wire.REASON_POWER,
};

function header(size: number, kind: number): wire.Header {
  return { size, kind, version: wire.PROTOCOL_VERSION };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function filetime(milliseconds: number): bigint {
  return BigInt(milliseconds) * 10_000n + EPOCH;
}

function addressBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(wire.ADDRESS_BYTES);
  bytes.set(text.split('.').map(Number));
  return bytes;
}

function connectionOf(connection: Connection, rest: Partial<wire.Connection>): wire.Connection {
  const { target, process, time, pathCut, listener, serviceTag } = connection;
  const { localAddress = '0.0.0.0' } = connection;
  return {
    id: 0n,
    processId: process.id,
    processCreated: process.created,
    time: filetime(time),
    deadline: 0n,
    local: { address: addressBytes(localAddress), scopeId: 0, port: 0 },
    remote: { address: addressBytes(target.address), scopeId: 0, port: target.port },
    family: wire.FAMILY_IPV4,
    protocol: target.protocol,
    direction: target.direction === 'outbound' ? wire.DIRECTION_OUTBOUND : wire.DIRECTION_INBOUND,
    verdict: 0,
    reason: 0,
    flags:
      (target.loopback ? wire.CONNECTION_LOOPBACK : 0) |
      (pathCut ? wire.CONNECTION_PATH_CUT : 0) |
      (listener?.everywhere === true ? wire.CONNECTION_LISTENS_WIDE : 0),
    compartment: 1,
    listeningSince: listener === undefined ? 0n : filetime(listener.since),
    serviceTag: serviceTag ?? 0n,
    ...rest,
  };
}

function connectionEvent(kind: number, connection: wire.Connection, path: string): Uint8Array {
  const text = Buffer.from(path, 'utf16le');
  const size = wire.CONNECTION_EVENT_BYTES + text.length;
  const bytes = new Uint8Array(size);
  wire.writeConnectionEvent(viewOf(bytes), 0, {
    header: header(size, kind),
    connection,
    pathOffset: wire.CONNECTION_EVENT_BYTES,
    pathBytes: text.length,
  });
  bytes.set(text, wire.CONNECTION_EVENT_BYTES);
  return bytes;
}

function outcome(event: { readonly verdict: 'allow' | 'block'; readonly reason: Reason }) {
  const verdict = event.verdict === 'allow' ? wire.VERDICT_ALLOW : wire.VERDICT_BLOCK;
  return { verdict, reason: reasons[event.reason] };
}

/** One event. IPv4 only. */
export function eventBytes(event: DriverEvent): Uint8Array {
  if (event.kind === 'held') {
    const rest = { id: event.id, deadline: filetime(event.deadline) };
    const connection = connectionOf(event.connection, rest);
    return connectionEvent(wire.EVENT_HELD, connection, event.connection.path);
  }
  if (event.kind === 'decided') {
    const connection = connectionOf(event.connection, outcome(event));
    return connectionEvent(wire.EVENT_DECIDED, connection, event.connection.path);
  }
  const bytes = new Uint8Array(wire.SETTLED_EVENT_BYTES);
  wire.writeSettledEvent(viewOf(bytes), 0, {
    header: header(bytes.length, wire.EVENT_SETTLED),
    id: event.id,
    time: filetime(event.time),
    ...outcome(event),
  });
  return bytes;
}

export interface BatchHead {
  readonly session: bigint;
  readonly sequence: bigint;
  readonly decidedLost?: number;
}

/** READ_EVENTS, output. */
export function batchBytes(head: BatchHead, events: readonly Uint8Array[]): Uint8Array {
  const padded = events.map((event) =>
    Buffer.concat([event, Buffer.alloc((8 - (event.length % 8)) % 8)]),
  );
  const bytes = new Uint8Array(Buffer.concat([Buffer.alloc(wire.EVENTS_BYTES), ...padded]));
  wire.writeEvents(viewOf(bytes), 0, {
    header: header(bytes.length, wire.KIND_EVENTS),
    session: head.session,
    sequence: head.sequence,
    count: events.length,
    decidedLost: head.decidedLost ?? 0,
  });
  return bytes;
}

/** HELLO, output. */
export function welcomeBytes(session: bigint): Uint8Array {
  const bytes = new Uint8Array(wire.WELCOME_BYTES);
  wire.writeWelcome(viewOf(bytes), 0, {
    header: header(bytes.length, wire.KIND_WELCOME),
    session,
    loadedAt: EPOCH,
    driverVersion: 0x00010203,
    maxHeld: wire.MAX_HELD,
    maxHeldPerProcess: wire.MAX_HELD_PER_PROCESS,
    maxHoldMs: wire.MAX_HOLD_MS,
  });
  return bytes;
}

/** ANSWER, output. */
export function resultsBytes(results: readonly wire.AnswerResult[]): Uint8Array {
  const size = wire.RESULTS_BYTES + results.length * wire.ANSWER_RESULT_BYTES;
  const bytes = new Uint8Array(size);
  const accepted = results.filter(({ status }) => status === wire.ANSWER_ACCEPTED).length;
  wire.writeResults(viewOf(bytes), 0, {
    header: header(size, wire.KIND_RESULTS),
    count: results.length,
    accepted,
  });
  results.forEach((result, index) => {
    wire.writeAnswerResult(
      viewOf(bytes),
      wire.RESULTS_BYTES + index * wire.ANSWER_RESULT_BYTES,
      result,
    );
  });
  return bytes;
}
