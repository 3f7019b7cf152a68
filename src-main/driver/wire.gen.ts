/** Made from driver/protocol/portreeve_wire.h by `npm run protocol`. Do not edit. */
import { copyBytes, fits, isZero, malformed, partFits, putBytes, within, within64 } from './bytes.ts';
import type { Decoded } from './bytes.ts';

export const PROTOCOL_VERSION = 1;
export const ADDRESS_BYTES = 16;
export const MAX_PATH_BYTES = 8192;
export const MAX_EVENT_BATCH_BYTES = 65536;
export const MIN_EVENT_BATCH_BYTES = 16384;
export const MAX_ANSWERS = 1024;
export const MAX_HELD = 4096;
export const MAX_HELD_PER_PROCESS = 256;
export const MAX_DECIDED_KEPT = 1024;
export const MIN_HOLD_MS = 1000;
export const MAX_HOLD_MS = 3600000;
export const IOCTL_HELLO = 1236996;
export const IOCTL_SET_POLICY = 1237000;
export const IOCTL_READ_EVENTS = 1237004;
export const IOCTL_ANSWER = 1237008;
export const IOCTL_STATUS = 1237012;
export const KIND_HELLO = 1;
export const KIND_WELCOME = 2;
export const KIND_POLICY = 3;
export const KIND_READ = 4;
export const KIND_EVENTS = 5;
export const KIND_ANSWERS = 6;
export const KIND_RESULTS = 7;
export const KIND_STATUS = 8;
export const KIND_STATUS_REQUEST = 9;
export const EVENT_HELD = 257;
export const EVENT_SETTLED = 258;
export const EVENT_DECIDED = 259;
export const FAMILY_IPV4 = 4;
export const FAMILY_IPV6 = 6;
export const DIRECTION_OUTBOUND = 1;
export const DIRECTION_INBOUND = 2;
export const VERDICT_NONE = 0;
export const VERDICT_ALLOW = 1;
export const VERDICT_BLOCK = 2;
export const VERDICT_KEEP = 3;
export const REASON_NONE = 0;
export const REASON_ANSWERED = 1;
export const REASON_WATCHDOG = 2;
export const REASON_CLIENT_LOST = 3;
export const REASON_NO_CLIENT = 4;
export const REASON_FULL = 5;
export const REASON_ENDPOINT_CLOSED = 6;
export const REASON_PROCESS_EXITED = 7;
export const REASON_UNLOAD = 8;
export const REASON_PEND_FAILED = 9;
export const REASON_NO_MEMORY = 10;
export const REASON_POWER = 11;
export const LOOPBACK_ALLOW = 1;
export const LOOPBACK_ASK = 2;
export const MODE_ASK = 1;
export const MODE_LOCKDOWN = 2;
export const CONNECTION_LOOPBACK = 1;
export const CONNECTION_PATH_CUT = 2;
export const ANSWER_ACCEPTED = 0;
export const ANSWER_UNKNOWN = 1;
export const ANSWER_INVALID = 2;

/** struct pr_header */
export interface Header {
  readonly size: number;
  readonly kind: number;
  readonly version: number;
}

export const HEADER_BYTES = 8;

/** The caller has checked the range, as `decode` does. */
export function readHeader(view: DataView, at: number): Header {
  return {
    size: view.getUint32(at + 0, true),
    kind: view.getUint16(at + 4, true),
    version: view.getUint16(at + 6, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeHeader(view: DataView, at: number, value: Header): void {
  view.setUint32(at + 0, within(value.size, 4294967295), true);
  view.setUint16(at + 4, within(value.kind, 65535), true);
  view.setUint16(at + 6, within(value.version, 65535), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeHeader(view: DataView, at = 0): Decoded<Header> {
  if (at + HEADER_BYTES > view.byteLength) return malformed('pr_header is cut off');
  return { ok: true, value: readHeader(view, at) };
}

/** struct pr_hello */
export interface Hello {
  readonly header: Header;
  readonly clientVersion: number;
}

export const HELLO_BYTES = 16;

/** The caller has checked the range, as `decode` does. */
export function readHello(view: DataView, at: number): Hello {
  return {
    header: readHeader(view, at + 0),
    clientVersion: view.getUint32(at + 8, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeHello(view: DataView, at: number, value: Hello): void {
  writeHeader(view, at + 0, value.header);
  view.setUint32(at + 8, within(value.clientVersion, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeHello(view: DataView, at = 0): Decoded<Hello> {
  if (at + HELLO_BYTES > view.byteLength) return malformed('pr_hello is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, HELLO_BYTES)) return malformed('pr_hello has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_hello has another version');
  if (!isZero(view, at + 12, 4)) return malformed('pr_hello.reserved is not zero');
  return { ok: true, value: readHello(view, at) };
}

/** struct pr_welcome */
export interface Welcome {
  readonly header: Header;
  readonly session: bigint;
  readonly loadedAt: bigint;
  readonly driverVersion: number;
  readonly maxHeld: number;
  readonly maxHeldPerProcess: number;
  readonly maxHoldMs: number;
}

export const WELCOME_BYTES = 40;

/** The caller has checked the range, as `decode` does. */
export function readWelcome(view: DataView, at: number): Welcome {
  return {
    header: readHeader(view, at + 0),
    session: view.getBigUint64(at + 8, true),
    loadedAt: view.getBigUint64(at + 16, true),
    driverVersion: view.getUint32(at + 24, true),
    maxHeld: view.getUint32(at + 28, true),
    maxHeldPerProcess: view.getUint32(at + 32, true),
    maxHoldMs: view.getUint32(at + 36, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeWelcome(view: DataView, at: number, value: Welcome): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.session), true);
  view.setBigUint64(at + 16, within64(value.loadedAt), true);
  view.setUint32(at + 24, within(value.driverVersion, 4294967295), true);
  view.setUint32(at + 28, within(value.maxHeld, 4294967295), true);
  view.setUint32(at + 32, within(value.maxHeldPerProcess, 4294967295), true);
  view.setUint32(at + 36, within(value.maxHoldMs, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeWelcome(view: DataView, at = 0): Decoded<Welcome> {
  if (at + WELCOME_BYTES > view.byteLength) return malformed('pr_welcome is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, WELCOME_BYTES)) return malformed('pr_welcome has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_welcome has another version');
  return { ok: true, value: readWelcome(view, at) };
}

/** struct pr_policy */
export interface Policy {
  readonly header: Header;
  readonly session: bigint;
  readonly holdMs: number;
  readonly mode: number;
  readonly loopback: number;
  readonly noClientVerdict: number;
  readonly watchdogVerdict: number;
  readonly fullVerdict: number;
  readonly unknownReauthorizeVerdict: number;
}

export const POLICY_BYTES = 32;

/** The caller has checked the range, as `decode` does. */
export function readPolicy(view: DataView, at: number): Policy {
  return {
    header: readHeader(view, at + 0),
    session: view.getBigUint64(at + 8, true),
    holdMs: view.getUint32(at + 16, true),
    mode: view.getUint8(at + 20),
    loopback: view.getUint8(at + 21),
    noClientVerdict: view.getUint8(at + 22),
    watchdogVerdict: view.getUint8(at + 23),
    fullVerdict: view.getUint8(at + 24),
    unknownReauthorizeVerdict: view.getUint8(at + 25),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writePolicy(view: DataView, at: number, value: Policy): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.session), true);
  view.setUint32(at + 16, within(value.holdMs, 4294967295), true);
  view.setUint8(at + 20, within(value.mode, 255));
  view.setUint8(at + 21, within(value.loopback, 255));
  view.setUint8(at + 22, within(value.noClientVerdict, 255));
  view.setUint8(at + 23, within(value.watchdogVerdict, 255));
  view.setUint8(at + 24, within(value.fullVerdict, 255));
  view.setUint8(at + 25, within(value.unknownReauthorizeVerdict, 255));
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodePolicy(view: DataView, at = 0): Decoded<Policy> {
  if (at + POLICY_BYTES > view.byteLength) return malformed('pr_policy is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, POLICY_BYTES)) return malformed('pr_policy has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_policy has another version');
  if (!isZero(view, at + 26, 6)) return malformed('pr_policy.reserved is not zero');
  return { ok: true, value: readPolicy(view, at) };
}

/** struct pr_read */
export interface Read {
  readonly header: Header;
  readonly session: bigint;
}

export const READ_BYTES = 16;

/** The caller has checked the range, as `decode` does. */
export function readRead(view: DataView, at: number): Read {
  return {
    header: readHeader(view, at + 0),
    session: view.getBigUint64(at + 8, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeRead(view: DataView, at: number, value: Read): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.session), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeRead(view: DataView, at = 0): Decoded<Read> {
  if (at + READ_BYTES > view.byteLength) return malformed('pr_read is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, READ_BYTES)) return malformed('pr_read has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_read has another version');
  return { ok: true, value: readRead(view, at) };
}

/** struct pr_events */
export interface Events {
  readonly header: Header;
  readonly session: bigint;
  readonly sequence: bigint;
  readonly count: number;
  readonly decidedLost: number;
}

export const EVENTS_BYTES = 32;

/** The caller has checked the range, as `decode` does. */
export function readEvents(view: DataView, at: number): Events {
  return {
    header: readHeader(view, at + 0),
    session: view.getBigUint64(at + 8, true),
    sequence: view.getBigUint64(at + 16, true),
    count: view.getUint32(at + 24, true),
    decidedLost: view.getUint32(at + 28, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeEvents(view: DataView, at: number, value: Events): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.session), true);
  view.setBigUint64(at + 16, within64(value.sequence), true);
  view.setUint32(at + 24, within(value.count, 4294967295), true);
  view.setUint32(at + 28, within(value.decidedLost, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeEvents(view: DataView, at = 0): Decoded<Events> {
  if (at + EVENTS_BYTES > view.byteLength) return malformed('pr_events is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, EVENTS_BYTES)) return malformed('pr_events has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_events has another version');
  return { ok: true, value: readEvents(view, at) };
}

/** struct pr_endpoint */
export interface Endpoint {
  readonly address: Uint8Array;
  readonly scopeId: number;
  readonly port: number;
}

export const ENDPOINT_BYTES = 24;

/** The caller has checked the range, as `decode` does. */
export function readEndpoint(view: DataView, at: number): Endpoint {
  return {
    address: copyBytes(view, at + 0, 16),
    scopeId: view.getUint32(at + 16, true),
    port: view.getUint16(at + 20, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeEndpoint(view: DataView, at: number, value: Endpoint): void {
  putBytes(view, at + 0, value.address, 16);
  view.setUint32(at + 16, within(value.scopeId, 4294967295), true);
  view.setUint16(at + 20, within(value.port, 65535), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeEndpoint(view: DataView, at = 0): Decoded<Endpoint> {
  if (at + ENDPOINT_BYTES > view.byteLength) return malformed('pr_endpoint is cut off');
  if (!isZero(view, at + 22, 2)) return malformed('pr_endpoint.reserved is not zero');
  return { ok: true, value: readEndpoint(view, at) };
}

/** struct pr_connection */
export interface Connection {
  readonly id: bigint;
  readonly processId: bigint;
  readonly processCreated: bigint;
  readonly time: bigint;
  readonly deadline: bigint;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly family: number;
  readonly protocol: number;
  readonly direction: number;
  readonly verdict: number;
  readonly reason: number;
  readonly flags: number;
  readonly compartment: number;
}

export const CONNECTION_BYTES = 104;

/** The caller has checked the range, as `decode` does. */
export function readConnection(view: DataView, at: number): Connection {
  return {
    id: view.getBigUint64(at + 0, true),
    processId: view.getBigUint64(at + 8, true),
    processCreated: view.getBigUint64(at + 16, true),
    time: view.getBigUint64(at + 24, true),
    deadline: view.getBigUint64(at + 32, true),
    local: readEndpoint(view, at + 40),
    remote: readEndpoint(view, at + 64),
    family: view.getUint8(at + 88),
    protocol: view.getUint8(at + 89),
    direction: view.getUint8(at + 90),
    verdict: view.getUint8(at + 91),
    reason: view.getUint8(at + 92),
    flags: view.getUint32(at + 96, true),
    compartment: view.getUint32(at + 100, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeConnection(view: DataView, at: number, value: Connection): void {
  view.setBigUint64(at + 0, within64(value.id), true);
  view.setBigUint64(at + 8, within64(value.processId), true);
  view.setBigUint64(at + 16, within64(value.processCreated), true);
  view.setBigUint64(at + 24, within64(value.time), true);
  view.setBigUint64(at + 32, within64(value.deadline), true);
  writeEndpoint(view, at + 40, value.local);
  writeEndpoint(view, at + 64, value.remote);
  view.setUint8(at + 88, within(value.family, 255));
  view.setUint8(at + 89, within(value.protocol, 255));
  view.setUint8(at + 90, within(value.direction, 255));
  view.setUint8(at + 91, within(value.verdict, 255));
  view.setUint8(at + 92, within(value.reason, 255));
  view.setUint32(at + 96, within(value.flags, 4294967295), true);
  view.setUint32(at + 100, within(value.compartment, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeConnection(view: DataView, at = 0): Decoded<Connection> {
  if (at + CONNECTION_BYTES > view.byteLength) return malformed('pr_connection is cut off');
  if (!isZero(view, at + 62, 2)) return malformed('pr_connection.local.reserved is not zero');
  if (!isZero(view, at + 86, 2)) return malformed('pr_connection.remote.reserved is not zero');
  if (!isZero(view, at + 93, 3)) return malformed('pr_connection.reserved is not zero');
  return { ok: true, value: readConnection(view, at) };
}

/** struct pr_connection_event */
export interface ConnectionEvent {
  readonly header: Header;
  readonly connection: Connection;
  readonly pathOffset: number;
  readonly pathBytes: number;
}

export const CONNECTION_EVENT_BYTES = 120;

/** The caller has checked the range, as `decode` does. */
export function readConnectionEvent(view: DataView, at: number): ConnectionEvent {
  return {
    header: readHeader(view, at + 0),
    connection: readConnection(view, at + 8),
    pathOffset: view.getUint32(at + 112, true),
    pathBytes: view.getUint32(at + 116, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeConnectionEvent(view: DataView, at: number, value: ConnectionEvent): void {
  writeHeader(view, at + 0, value.header);
  writeConnection(view, at + 8, value.connection);
  view.setUint32(at + 112, within(value.pathOffset, 4294967295), true);
  view.setUint32(at + 116, within(value.pathBytes, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeConnectionEvent(view: DataView, at = 0): Decoded<ConnectionEvent> {
  if (at + CONNECTION_EVENT_BYTES > view.byteLength) return malformed('pr_connection_event is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, CONNECTION_EVENT_BYTES)) return malformed('pr_connection_event has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_connection_event has another version');
  if (!isZero(view, at + 70, 2)) return malformed('pr_connection_event.connection.local.reserved is not zero');
  if (!isZero(view, at + 94, 2)) return malformed('pr_connection_event.connection.remote.reserved is not zero');
  if (!isZero(view, at + 101, 3)) return malformed('pr_connection_event.connection.reserved is not zero');
  if (!partFits(view.getUint32(at + 112, true), view.getUint32(at + 116, true), CONNECTION_EVENT_BYTES, size)) return malformed('pr_connection_event.path is out of range');
  return { ok: true, value: readConnectionEvent(view, at) };
}

/** struct pr_settled_event */
export interface SettledEvent {
  readonly header: Header;
  readonly id: bigint;
  readonly time: bigint;
  readonly verdict: number;
  readonly reason: number;
}

export const SETTLED_EVENT_BYTES = 32;

/** The caller has checked the range, as `decode` does. */
export function readSettledEvent(view: DataView, at: number): SettledEvent {
  return {
    header: readHeader(view, at + 0),
    id: view.getBigUint64(at + 8, true),
    time: view.getBigUint64(at + 16, true),
    verdict: view.getUint8(at + 24),
    reason: view.getUint8(at + 25),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeSettledEvent(view: DataView, at: number, value: SettledEvent): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.id), true);
  view.setBigUint64(at + 16, within64(value.time), true);
  view.setUint8(at + 24, within(value.verdict, 255));
  view.setUint8(at + 25, within(value.reason, 255));
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeSettledEvent(view: DataView, at = 0): Decoded<SettledEvent> {
  if (at + SETTLED_EVENT_BYTES > view.byteLength) return malformed('pr_settled_event is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, SETTLED_EVENT_BYTES)) return malformed('pr_settled_event has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_settled_event has another version');
  if (!isZero(view, at + 26, 6)) return malformed('pr_settled_event.reserved is not zero');
  return { ok: true, value: readSettledEvent(view, at) };
}

/** struct pr_answer */
export interface Answer {
  readonly id: bigint;
  readonly verdict: number;
}

export const ANSWER_BYTES = 16;

/** The caller has checked the range, as `decode` does. */
export function readAnswer(view: DataView, at: number): Answer {
  return {
    id: view.getBigUint64(at + 0, true),
    verdict: view.getUint8(at + 8),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeAnswer(view: DataView, at: number, value: Answer): void {
  view.setBigUint64(at + 0, within64(value.id), true);
  view.setUint8(at + 8, within(value.verdict, 255));
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeAnswer(view: DataView, at = 0): Decoded<Answer> {
  if (at + ANSWER_BYTES > view.byteLength) return malformed('pr_answer is cut off');
  if (!isZero(view, at + 9, 7)) return malformed('pr_answer.reserved is not zero');
  return { ok: true, value: readAnswer(view, at) };
}

/** struct pr_answers */
export interface Answers {
  readonly header: Header;
  readonly session: bigint;
  readonly count: number;
}

export const ANSWERS_BYTES = 24;

/** The caller has checked the range, as `decode` does. */
export function readAnswers(view: DataView, at: number): Answers {
  return {
    header: readHeader(view, at + 0),
    session: view.getBigUint64(at + 8, true),
    count: view.getUint32(at + 16, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeAnswers(view: DataView, at: number, value: Answers): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.session), true);
  view.setUint32(at + 16, within(value.count, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeAnswers(view: DataView, at = 0): Decoded<Answers> {
  if (at + ANSWERS_BYTES > view.byteLength) return malformed('pr_answers is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, ANSWERS_BYTES)) return malformed('pr_answers has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_answers has another version');
  if (!isZero(view, at + 20, 4)) return malformed('pr_answers.reserved is not zero');
  return { ok: true, value: readAnswers(view, at) };
}

/** struct pr_answer_result */
export interface AnswerResult {
  readonly id: bigint;
  readonly status: number;
}

export const ANSWER_RESULT_BYTES = 16;

/** The caller has checked the range, as `decode` does. */
export function readAnswerResult(view: DataView, at: number): AnswerResult {
  return {
    id: view.getBigUint64(at + 0, true),
    status: view.getUint32(at + 8, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeAnswerResult(view: DataView, at: number, value: AnswerResult): void {
  view.setBigUint64(at + 0, within64(value.id), true);
  view.setUint32(at + 8, within(value.status, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeAnswerResult(view: DataView, at = 0): Decoded<AnswerResult> {
  if (at + ANSWER_RESULT_BYTES > view.byteLength) return malformed('pr_answer_result is cut off');
  if (!isZero(view, at + 12, 4)) return malformed('pr_answer_result.reserved is not zero');
  return { ok: true, value: readAnswerResult(view, at) };
}

/** struct pr_results */
export interface Results {
  readonly header: Header;
  readonly count: number;
  readonly accepted: number;
}

export const RESULTS_BYTES = 16;

/** The caller has checked the range, as `decode` does. */
export function readResults(view: DataView, at: number): Results {
  return {
    header: readHeader(view, at + 0),
    count: view.getUint32(at + 8, true),
    accepted: view.getUint32(at + 12, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeResults(view: DataView, at: number, value: Results): void {
  writeHeader(view, at + 0, value.header);
  view.setUint32(at + 8, within(value.count, 4294967295), true);
  view.setUint32(at + 12, within(value.accepted, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeResults(view: DataView, at = 0): Decoded<Results> {
  if (at + RESULTS_BYTES > view.byteLength) return malformed('pr_results is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, RESULTS_BYTES)) return malformed('pr_results has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_results has another version');
  return { ok: true, value: readResults(view, at) };
}

/** struct pr_status_request */
export interface StatusRequest {
  readonly header: Header;
  readonly session: bigint;
}

export const STATUS_REQUEST_BYTES = 16;

/** The caller has checked the range, as `decode` does. */
export function readStatusRequest(view: DataView, at: number): StatusRequest {
  return {
    header: readHeader(view, at + 0),
    session: view.getBigUint64(at + 8, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeStatusRequest(view: DataView, at: number, value: StatusRequest): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.session), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeStatusRequest(view: DataView, at = 0): Decoded<StatusRequest> {
  if (at + STATUS_REQUEST_BYTES > view.byteLength) return malformed('pr_status_request is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, STATUS_REQUEST_BYTES)) return malformed('pr_status_request has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_status_request has another version');
  return { ok: true, value: readStatusRequest(view, at) };
}

/** struct pr_status */
export interface Status {
  readonly header: Header;
  readonly session: bigint;
  readonly classified: bigint;
  readonly allowed: bigint;
  readonly blocked: bigint;
  readonly heldTotal: bigint;
  readonly answered: bigint;
  readonly watchdog: bigint;
  readonly clientLost: bigint;
  readonly noClient: bigint;
  readonly full: bigint;
  readonly endpointClosed: bigint;
  readonly pendFailed: bigint;
  readonly decidedLost: bigint;
  readonly heldNow: number;
  readonly heldPeak: number;
  readonly datagramsHeld: bigint;
  readonly datagramsRefused: bigint;
  readonly datagramsInjected: bigint;
}

export const STATUS_BYTES = 144;

/** The caller has checked the range, as `decode` does. */
export function readStatus(view: DataView, at: number): Status {
  return {
    header: readHeader(view, at + 0),
    session: view.getBigUint64(at + 8, true),
    classified: view.getBigUint64(at + 16, true),
    allowed: view.getBigUint64(at + 24, true),
    blocked: view.getBigUint64(at + 32, true),
    heldTotal: view.getBigUint64(at + 40, true),
    answered: view.getBigUint64(at + 48, true),
    watchdog: view.getBigUint64(at + 56, true),
    clientLost: view.getBigUint64(at + 64, true),
    noClient: view.getBigUint64(at + 72, true),
    full: view.getBigUint64(at + 80, true),
    endpointClosed: view.getBigUint64(at + 88, true),
    pendFailed: view.getBigUint64(at + 96, true),
    decidedLost: view.getBigUint64(at + 104, true),
    heldNow: view.getUint32(at + 112, true),
    heldPeak: view.getUint32(at + 116, true),
    datagramsHeld: view.getBigUint64(at + 120, true),
    datagramsRefused: view.getBigUint64(at + 128, true),
    datagramsInjected: view.getBigUint64(at + 136, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeStatus(view: DataView, at: number, value: Status): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.session), true);
  view.setBigUint64(at + 16, within64(value.classified), true);
  view.setBigUint64(at + 24, within64(value.allowed), true);
  view.setBigUint64(at + 32, within64(value.blocked), true);
  view.setBigUint64(at + 40, within64(value.heldTotal), true);
  view.setBigUint64(at + 48, within64(value.answered), true);
  view.setBigUint64(at + 56, within64(value.watchdog), true);
  view.setBigUint64(at + 64, within64(value.clientLost), true);
  view.setBigUint64(at + 72, within64(value.noClient), true);
  view.setBigUint64(at + 80, within64(value.full), true);
  view.setBigUint64(at + 88, within64(value.endpointClosed), true);
  view.setBigUint64(at + 96, within64(value.pendFailed), true);
  view.setBigUint64(at + 104, within64(value.decidedLost), true);
  view.setUint32(at + 112, within(value.heldNow, 4294967295), true);
  view.setUint32(at + 116, within(value.heldPeak, 4294967295), true);
  view.setBigUint64(at + 120, within64(value.datagramsHeld), true);
  view.setBigUint64(at + 128, within64(value.datagramsRefused), true);
  view.setBigUint64(at + 136, within64(value.datagramsInjected), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeStatus(view: DataView, at = 0): Decoded<Status> {
  if (at + STATUS_BYTES > view.byteLength) return malformed('pr_status is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, STATUS_BYTES)) return malformed('pr_status has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_status has another version');
  return { ok: true, value: readStatus(view, at) };
}
