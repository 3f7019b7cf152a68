/**
 * Whole messages of the wire: requests as bytes, replies as the engine's own types. Times become milliseconds since 1970,
 * addresses text, paths strings in which lone surrogates survive. Whatever the bytes are, the result is a value.
 */
import type { Connection, DriverEvent, HoldAnswer, Reason } from '../engine/ports.ts';
import type { Verdict } from '../../src-preload/contract/model.ts';
import { addressText } from './address.ts';
import { fits, malformed, viewOf } from './bytes.ts';
import type { Decoded } from './bytes.ts';
import * as wire from './wire.gen.ts';

export interface Policy {
  readonly holdMs: number;
  readonly mode: 'ask' | 'lockdown';
  readonly loopback: 'allow' | 'ask';
  readonly noClient: Verdict;
  readonly watchdog: Verdict;
  readonly full: Verdict;
  readonly unknownReauthorize: Verdict;
}

export interface Answer {
  readonly id: bigint;
  readonly verdict: HoldAnswer;
}

export interface EventBatch {
  readonly session: bigint;
  readonly sequence: bigint;
  readonly decidedLost: number;
  readonly events: readonly DriverEvent[];
}

const verdictNumber: Record<HoldAnswer, number> = {
  allow: wire.VERDICT_ALLOW,
  block: wire.VERDICT_BLOCK,
  keep: wire.VERDICT_KEEP,
};

const reasons = new Map<number, Reason>([
  [wire.REASON_NONE, 'none'],
  [wire.REASON_ANSWERED, 'answered'],
  [wire.REASON_WATCHDOG, 'watchdog'],
  [wire.REASON_CLIENT_LOST, 'client-lost'],
  [wire.REASON_NO_CLIENT, 'no-client'],
  [wire.REASON_FULL, 'full'],
  [wire.REASON_ENDPOINT_CLOSED, 'endpoint-closed'],
  [wire.REASON_PROCESS_EXITED, 'process-exited'],
  [wire.REASON_UNLOAD, 'unload'],
  [wire.REASON_PEND_FAILED, 'pend-failed'],
  [wire.REASON_NO_MEMORY, 'no-memory'],
  [wire.REASON_POWER, 'power'],
]);

/** HELLO, input. `clientVersion` is major << 16 | minor << 8 | patch. */
export function encodeHello(clientVersion: number): Uint8Array {
  const { bytes, view, header } = message(wire.HELLO_BYTES, wire.KIND_HELLO);
  wire.writeHello(view, 0, { header, clientVersion });
  return bytes;
}

export function decodeWelcome(bytes: Uint8Array): Decoded<wire.Welcome> {
  return ofKind(wire.decodeWelcome(viewOf(bytes)), wire.KIND_WELCOME);
}

/** SET_POLICY, input. */
export function encodePolicy(session: bigint, policy: Policy): Uint8Array {
  const { bytes, view, header } = message(wire.POLICY_BYTES, wire.KIND_POLICY);
  wire.writePolicy(view, 0, {
    header,
    session,
    holdMs: policy.holdMs,
    mode: policy.mode === 'ask' ? wire.MODE_ASK : wire.MODE_LOCKDOWN,
    loopback: policy.loopback === 'ask' ? wire.LOOPBACK_ASK : wire.LOOPBACK_ALLOW,
    noClientVerdict: verdictNumber[policy.noClient],
    watchdogVerdict: verdictNumber[policy.watchdog],
    fullVerdict: verdictNumber[policy.full],
    unknownReauthorizeVerdict: verdictNumber[policy.unknownReauthorize],
  });
  return bytes;
}

/** READ_EVENTS, input. */
export function encodeRead(session: bigint): Uint8Array {
  const { bytes, view, header } = message(wire.READ_BYTES, wire.KIND_READ);
  wire.writeRead(view, 0, { header, session });
  return bytes;
}

/** ANSWER, input: at most MAX_ANSWERS. */
export function encodeAnswers(session: bigint, answers: readonly Answer[]): Uint8Array {
  const size = wire.ANSWERS_BYTES + answers.length * wire.ANSWER_BYTES;
  const { bytes, view, header } = message(size, wire.KIND_ANSWERS);
  wire.writeAnswers(view, 0, { header, session, count: answers.length });
  answers.forEach(({ id, verdict }, index) => {
    const at = wire.ANSWERS_BYTES + index * wire.ANSWER_BYTES;
    wire.writeAnswer(view, at, { id, verdict: verdictNumber[verdict] });
  });
  return bytes;
}

/** ANSWER, output: one result per answer, in their order. */
export function decodeResults(bytes: Uint8Array): Decoded<wire.AnswerResult[]> {
  const view = viewOf(bytes);
  const head = ofKind(wire.decodeResults(view), wire.KIND_RESULTS);
  if (!head.ok) return head;
  const { header, count } = head.value;
  if (header.size !== wire.RESULTS_BYTES + count * wire.ANSWER_RESULT_BYTES) {
    return malformed('pr_results holds another number of results than it says');
  }
  const results: wire.AnswerResult[] = [];
  for (let at = wire.RESULTS_BYTES; at < header.size; at += wire.ANSWER_RESULT_BYTES) {
    const result = wire.decodeAnswerResult(view, at);
    if (!result.ok) return result;
    results.push(result.value);
  }
  return { ok: true, value: results };
}

/** STATUS, input. */
export function encodeStatusRequest(session: bigint): Uint8Array {
  const { bytes, view, header } = message(wire.STATUS_REQUEST_BYTES, wire.KIND_STATUS_REQUEST);
  wire.writeStatusRequest(view, 0, { header, session });
  return bytes;
}

export function decodeStatus(bytes: Uint8Array): Decoded<wire.Status> {
  return ofKind(wire.decodeStatus(viewOf(bytes)), wire.KIND_STATUS);
}

/** READ_EVENTS, output. Events of unknown kinds are skipped. */
export function decodeEvents(bytes: Uint8Array): Decoded<EventBatch> {
  const view = viewOf(bytes);
  const head = ofKind(wire.decodeEvents(view), wire.KIND_EVENTS);
  if (!head.ok) return head;
  const { header, session, sequence, decidedLost } = head.value;
  const body = new DataView(view.buffer, view.byteOffset, header.size);
  const events = decodeEach(body, head.value.count);
  if (!events.ok) return events;
  return { ok: true, value: { session, sequence, decidedLost, events: events.value } };
}

function decodeEach(body: DataView, count: number): Decoded<DriverEvent[]> {
  const events: DriverEvent[] = [];
  let at: number = wire.EVENTS_BYTES;
  for (let index = 0; index < count; index += 1) {
    const header = wire.decodeHeader(body, at);
    if (!header.ok) return header;
    if (!fits(body, at, header.value.size, wire.HEADER_BYTES))
      return malformed('an event is cut off');
    const event = decodeEvent(body, at, header.value);
    if (!event.ok) return event;
    if (event.value !== null) events.push(event.value);
    at = nextMultipleOf8(at + header.value.size);
  }
  return { ok: true, value: events };
}

function decodeEvent(body: DataView, at: number, header: wire.Header): Decoded<DriverEvent | null> {
  switch (header.kind) {
    case wire.EVENT_HELD:
    case wire.EVENT_DECIDED:
      return connectionEvent(body, at);
    case wire.EVENT_SETTLED:
      return settledEvent(body, at);
    default:
      return { ok: true, value: null };
  }
}

function settledEvent(body: DataView, at: number): Decoded<DriverEvent> {
  const decoded = wire.decodeSettledEvent(body, at);
  if (!decoded.ok) return decoded;
  const { id, time } = decoded.value;
  const outcome = outcomeOf(decoded.value);
  if (outcome === null) return malformed('pr_settled_event has an unknown verdict or reason');
  return { ok: true, value: { kind: 'settled', id, time: millisecondsOf(time), ...outcome } };
}

function connectionEvent(body: DataView, at: number): Decoded<DriverEvent> {
  const decoded = wire.decodeConnectionEvent(body, at);
  if (!decoded.ok) return decoded;
  const { header, connection: raw, pathOffset, pathBytes } = decoded.value;
  const fault = connectionFault(raw, pathBytes);
  if (fault !== null) return malformed(fault);
  const connection = connectionOf(raw, utf16(body, at + pathOffset, pathBytes));
  if (header.kind === wire.EVENT_HELD) return heldEvent(raw, connection);
  const outcome = outcomeOf(raw);
  if (outcome === null) return malformed('pr_connection has an unknown verdict or reason');
  return { ok: true, value: { kind: 'decided', connection, ...outcome } };
}

function heldEvent(
  { id, deadline }: wire.Connection,
  connection: Connection,
): Decoded<DriverEvent> {
  if (id === 0n) return malformed('a held connection has no id');
  return { ok: true, value: { kind: 'held', id, connection, deadline: millisecondsOf(deadline) } };
}

function connectionFault(raw: wire.Connection, pathBytes: number): string | null {
  if (raw.family !== wire.FAMILY_IPV4 && raw.family !== wire.FAMILY_IPV6) {
    return 'pr_connection has an unknown family';
  }
  if (raw.direction !== wire.DIRECTION_OUTBOUND && raw.direction !== wire.DIRECTION_INBOUND) {
    return 'pr_connection has an unknown direction';
  }
  if (pathBytes % 2 !== 0 || pathBytes > wire.MAX_PATH_BYTES) return 'the path has a wrong length';
  return null;
}

function connectionOf(raw: wire.Connection, path: string): Connection {
  return {
    process: { id: raw.processId, created: raw.processCreated },
    path,
    pathCut: (raw.flags & wire.CONNECTION_PATH_CUT) !== 0,
    target: {
      address: addressText(raw.remote.address, raw.family, raw.remote.scopeId),
      hostName: null,
      port: raw.remote.port,
      protocol: raw.protocol,
      direction: raw.direction === wire.DIRECTION_OUTBOUND ? 'outbound' : 'inbound',
      loopback: (raw.flags & wire.CONNECTION_LOOPBACK) !== 0,
    },
    localAddress: addressText(raw.local.address, raw.family, raw.local.scopeId),
    time: millisecondsOf(raw.time),
    ...listenerOf(raw),
    ...(raw.serviceTag === 0n ? {} : { serviceTag: raw.serviceTag }),
  };
}

function listenerOf(raw: wire.Connection): Pick<Connection, 'listener'> {
  if (raw.listeningSince === 0n) return {};
  const everywhere = (raw.flags & wire.CONNECTION_LISTENS_WIDE) !== 0;
  return { listener: { since: millisecondsOf(raw.listeningSince), everywhere } };
}

function outcomeOf(raw: {
  readonly verdict: number;
  readonly reason: number;
}): { verdict: Verdict; reason: Reason } | null {
  const reason = reasons.get(raw.reason);
  if (reason === undefined) return null;
  if (raw.verdict === wire.VERDICT_ALLOW) return { verdict: 'allow', reason };
  return raw.verdict === wire.VERDICT_BLOCK ? { verdict: 'block', reason } : null;
}

/** 1970-01-01 in 100 ns units since 1601-01-01. */
const EPOCH = 116_444_736_000_000_000n;

/** FILETIME to whole milliseconds since 1970; 0 stays 0 and means unknown. */
export function millisecondsOf(filetime: bigint): number {
  return filetime === 0n ? 0 : Number((filetime - EPOCH) / 10_000n);
}

/** Keeps lone surrogates, which a UTF-8 round trip would not. An empty part may say that it is anywhere. */
function utf16(body: DataView, at: number, bytes: number): string {
  if (bytes === 0) return '';
  return Buffer.from(body.buffer, body.byteOffset + at, bytes).toString('utf16le');
}

function nextMultipleOf8(at: number): number {
  return at + ((8 - (at % 8)) % 8);
}

/** The same, when it is of this kind. */
export function ofKind<T extends { readonly header: wire.Header }>(
  decoded: Decoded<T>,
  kind: number,
): Decoded<T> {
  if (!decoded.ok || decoded.value.header.kind === kind) return decoded;
  return malformed(`a message of kind ${decoded.value.header.kind} instead of ${kind}`);
}

/** Room for a message, and its header. */
export function message(size: number, kind: number) {
  const bytes = new Uint8Array(size);
  const header: wire.Header = { size, kind, version: wire.PROTOCOL_VERSION };
  return { bytes, view: viewOf(bytes), header };
}
