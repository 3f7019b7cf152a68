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
export const MAX_TABLE_BYTES = 67108864;
export const MAX_TABLE_PART_BYTES = 131072;
export const MAX_MAP_BYTES = 1048576;
export const MAX_PATH_BUCKET = 16;
export const MAX_MAPPINGS = 1024;
export const MAX_RULE_HITS = 4096;
export const IOCTL_HELLO = 1236996;
export const IOCTL_SET_POLICY = 1237000;
export const IOCTL_READ_EVENTS = 1237004;
export const IOCTL_ANSWER = 1237008;
export const IOCTL_STATUS = 1237012;
export const IOCTL_TABLE_BEGIN = 1237016;
export const IOCTL_TABLE_PART = 1237020;
export const IOCTL_TABLE_COMMIT = 1237024;
export const IOCTL_MAP_PROCESSES = 1237028;
export const IOCTL_RULE_HITS = 1237032;
export const KIND_HELLO = 1;
export const KIND_WELCOME = 2;
export const KIND_POLICY = 3;
export const KIND_READ = 4;
export const KIND_EVENTS = 5;
export const KIND_ANSWERS = 6;
export const KIND_RESULTS = 7;
export const KIND_STATUS = 8;
export const KIND_STATUS_REQUEST = 9;
export const KIND_TABLE_BEGIN = 10;
export const KIND_TABLE_PART = 11;
export const KIND_TABLE_COMMIT = 12;
export const KIND_TABLE_RESULT = 13;
export const KIND_TABLE = 14;
export const KIND_MAPPINGS = 15;
export const KIND_MAPPED = 16;
export const KIND_HITS_REQUEST = 17;
export const KIND_HITS = 18;
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
export const CONNECTION_LISTENS_WIDE = 4;
export const ANSWER_ACCEPTED = 0;
export const ANSWER_UNKNOWN = 1;
export const ANSWER_INVALID = 2;
export const TABLE_DONE = 0;
export const TABLE_INCOMPLETE = 1;
export const TABLE_DAMAGED = 2;
export const TABLE_INVALID = 3;
export const TABLE_NO_MEMORY = 4;
export const RULE_ASK = 0;
export const RULE_ALLOW = 1;
export const RULE_BLOCK = 2;
export const HITS_END = 4294967295;
export const TABLE_MAP_ASK = 4294967295;
export const MAP_NO_RULE = 4294967295;
export const MAP_LIST = 2147483648;

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
  readonly listeningSince: bigint;
  readonly serviceTag: bigint;
}

export const CONNECTION_BYTES = 120;

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
    listeningSince: view.getBigUint64(at + 104, true),
    serviceTag: view.getBigUint64(at + 112, true),
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
  view.setBigUint64(at + 104, within64(value.listeningSince), true);
  view.setBigUint64(at + 112, within64(value.serviceTag), true);
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

export const CONNECTION_EVENT_BYTES = 136;

/** The caller has checked the range, as `decode` does. */
export function readConnectionEvent(view: DataView, at: number): ConnectionEvent {
  return {
    header: readHeader(view, at + 0),
    connection: readConnection(view, at + 8),
    pathOffset: view.getUint32(at + 128, true),
    pathBytes: view.getUint32(at + 132, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeConnectionEvent(view: DataView, at: number, value: ConnectionEvent): void {
  writeHeader(view, at + 0, value.header);
  writeConnection(view, at + 8, value.connection);
  view.setUint32(at + 128, within(value.pathOffset, 4294967295), true);
  view.setUint32(at + 132, within(value.pathBytes, 4294967295), true);
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
  if (!partFits(view.getUint32(at + 128, true), view.getUint32(at + 132, true), CONNECTION_EVENT_BYTES, size)) return malformed('pr_connection_event.path is out of range');
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
  readonly ruled: bigint;
  readonly tableVersion: bigint;
  readonly tableRules: number;
  readonly processes: number;
}

export const STATUS_BYTES = 168;

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
    ruled: view.getBigUint64(at + 144, true),
    tableVersion: view.getBigUint64(at + 152, true),
    tableRules: view.getUint32(at + 160, true),
    processes: view.getUint32(at + 164, true),
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
  view.setBigUint64(at + 144, within64(value.ruled), true);
  view.setBigUint64(at + 152, within64(value.tableVersion), true);
  view.setUint32(at + 160, within(value.tableRules, 4294967295), true);
  view.setUint32(at + 164, within(value.processes, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeStatus(view: DataView, at = 0): Decoded<Status> {
  if (at + STATUS_BYTES > view.byteLength) return malformed('pr_status is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, STATUS_BYTES)) return malformed('pr_status has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_status has another version');
  return { ok: true, value: readStatus(view, at) };
}

/** struct pr_table_begin */
export interface TableBegin {
  readonly header: Header;
  readonly session: bigint;
  readonly version: bigint;
  readonly checksum: bigint;
  readonly bytes: number;
}

export const TABLE_BEGIN_BYTES = 40;

/** The caller has checked the range, as `decode` does. */
export function readTableBegin(view: DataView, at: number): TableBegin {
  return {
    header: readHeader(view, at + 0),
    session: view.getBigUint64(at + 8, true),
    version: view.getBigUint64(at + 16, true),
    checksum: view.getBigUint64(at + 24, true),
    bytes: view.getUint32(at + 32, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeTableBegin(view: DataView, at: number, value: TableBegin): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.session), true);
  view.setBigUint64(at + 16, within64(value.version), true);
  view.setBigUint64(at + 24, within64(value.checksum), true);
  view.setUint32(at + 32, within(value.bytes, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeTableBegin(view: DataView, at = 0): Decoded<TableBegin> {
  if (at + TABLE_BEGIN_BYTES > view.byteLength) return malformed('pr_table_begin is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, TABLE_BEGIN_BYTES)) return malformed('pr_table_begin has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_table_begin has another version');
  if (!isZero(view, at + 36, 4)) return malformed('pr_table_begin.reserved is not zero');
  return { ok: true, value: readTableBegin(view, at) };
}

/** struct pr_table_part */
export interface TablePart {
  readonly header: Header;
  readonly session: bigint;
  readonly offset: number;
  readonly bytes: number;
}

export const TABLE_PART_BYTES = 24;

/** The caller has checked the range, as `decode` does. */
export function readTablePart(view: DataView, at: number): TablePart {
  return {
    header: readHeader(view, at + 0),
    session: view.getBigUint64(at + 8, true),
    offset: view.getUint32(at + 16, true),
    bytes: view.getUint32(at + 20, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeTablePart(view: DataView, at: number, value: TablePart): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.session), true);
  view.setUint32(at + 16, within(value.offset, 4294967295), true);
  view.setUint32(at + 20, within(value.bytes, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeTablePart(view: DataView, at = 0): Decoded<TablePart> {
  if (at + TABLE_PART_BYTES > view.byteLength) return malformed('pr_table_part is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, TABLE_PART_BYTES)) return malformed('pr_table_part has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_table_part has another version');
  return { ok: true, value: readTablePart(view, at) };
}

/** struct pr_table_commit */
export interface TableCommit {
  readonly header: Header;
  readonly session: bigint;
}

export const TABLE_COMMIT_BYTES = 16;

/** The caller has checked the range, as `decode` does. */
export function readTableCommit(view: DataView, at: number): TableCommit {
  return {
    header: readHeader(view, at + 0),
    session: view.getBigUint64(at + 8, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeTableCommit(view: DataView, at: number, value: TableCommit): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.session), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeTableCommit(view: DataView, at = 0): Decoded<TableCommit> {
  if (at + TABLE_COMMIT_BYTES > view.byteLength) return malformed('pr_table_commit is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, TABLE_COMMIT_BYTES)) return malformed('pr_table_commit has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_table_commit has another version');
  return { ok: true, value: readTableCommit(view, at) };
}

/** struct pr_table_result */
export interface TableResult {
  readonly header: Header;
  readonly version: bigint;
  readonly status: number;
}

export const TABLE_RESULT_BYTES = 24;

/** The caller has checked the range, as `decode` does. */
export function readTableResult(view: DataView, at: number): TableResult {
  return {
    header: readHeader(view, at + 0),
    version: view.getBigUint64(at + 8, true),
    status: view.getUint32(at + 16, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeTableResult(view: DataView, at: number, value: TableResult): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.version), true);
  view.setUint32(at + 16, within(value.status, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeTableResult(view: DataView, at = 0): Decoded<TableResult> {
  if (at + TABLE_RESULT_BYTES > view.byteLength) return malformed('pr_table_result is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, TABLE_RESULT_BYTES)) return malformed('pr_table_result has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_table_result has another version');
  if (!isZero(view, at + 20, 4)) return malformed('pr_table_result.reserved is not zero');
  return { ok: true, value: readTableResult(view, at) };
}

/** struct pr_mapping */
export interface Mapping {
  readonly processId: bigint;
  readonly processCreated: bigint;
  readonly subject: number;
}

export const MAPPING_BYTES = 24;

/** The caller has checked the range, as `decode` does. */
export function readMapping(view: DataView, at: number): Mapping {
  return {
    processId: view.getBigUint64(at + 0, true),
    processCreated: view.getBigUint64(at + 8, true),
    subject: view.getUint32(at + 16, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeMapping(view: DataView, at: number, value: Mapping): void {
  view.setBigUint64(at + 0, within64(value.processId), true);
  view.setBigUint64(at + 8, within64(value.processCreated), true);
  view.setUint32(at + 16, within(value.subject, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeMapping(view: DataView, at = 0): Decoded<Mapping> {
  if (at + MAPPING_BYTES > view.byteLength) return malformed('pr_mapping is cut off');
  if (!isZero(view, at + 20, 4)) return malformed('pr_mapping.reserved is not zero');
  return { ok: true, value: readMapping(view, at) };
}

/** struct pr_mappings */
export interface Mappings {
  readonly header: Header;
  readonly session: bigint;
  readonly count: number;
}

export const MAPPINGS_BYTES = 24;

/** The caller has checked the range, as `decode` does. */
export function readMappings(view: DataView, at: number): Mappings {
  return {
    header: readHeader(view, at + 0),
    session: view.getBigUint64(at + 8, true),
    count: view.getUint32(at + 16, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeMappings(view: DataView, at: number, value: Mappings): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.session), true);
  view.setUint32(at + 16, within(value.count, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeMappings(view: DataView, at = 0): Decoded<Mappings> {
  if (at + MAPPINGS_BYTES > view.byteLength) return malformed('pr_mappings is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, MAPPINGS_BYTES)) return malformed('pr_mappings has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_mappings has another version');
  if (!isZero(view, at + 20, 4)) return malformed('pr_mappings.reserved is not zero');
  return { ok: true, value: readMappings(view, at) };
}

/** struct pr_mapped */
export interface Mapped {
  readonly header: Header;
  readonly accepted: number;
  readonly unknown: number;
}

export const MAPPED_BYTES = 16;

/** The caller has checked the range, as `decode` does. */
export function readMapped(view: DataView, at: number): Mapped {
  return {
    header: readHeader(view, at + 0),
    accepted: view.getUint32(at + 8, true),
    unknown: view.getUint32(at + 12, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeMapped(view: DataView, at: number, value: Mapped): void {
  writeHeader(view, at + 0, value.header);
  view.setUint32(at + 8, within(value.accepted, 4294967295), true);
  view.setUint32(at + 12, within(value.unknown, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeMapped(view: DataView, at = 0): Decoded<Mapped> {
  if (at + MAPPED_BYTES > view.byteLength) return malformed('pr_mapped is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, MAPPED_BYTES)) return malformed('pr_mapped has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_mapped has another version');
  return { ok: true, value: readMapped(view, at) };
}

/** struct pr_hits_request */
export interface HitsRequest {
  readonly header: Header;
  readonly session: bigint;
  readonly first: number;
}

export const HITS_REQUEST_BYTES = 24;

/** The caller has checked the range, as `decode` does. */
export function readHitsRequest(view: DataView, at: number): HitsRequest {
  return {
    header: readHeader(view, at + 0),
    session: view.getBigUint64(at + 8, true),
    first: view.getUint32(at + 16, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeHitsRequest(view: DataView, at: number, value: HitsRequest): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.session), true);
  view.setUint32(at + 16, within(value.first, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeHitsRequest(view: DataView, at = 0): Decoded<HitsRequest> {
  if (at + HITS_REQUEST_BYTES > view.byteLength) return malformed('pr_hits_request is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, HITS_REQUEST_BYTES)) return malformed('pr_hits_request has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_hits_request has another version');
  if (!isZero(view, at + 20, 4)) return malformed('pr_hits_request.reserved is not zero');
  return { ok: true, value: readHitsRequest(view, at) };
}

/** struct pr_rule_hit */
export interface RuleHit {
  readonly ruleId: number;
  readonly hits: number;
}

export const RULE_HIT_BYTES = 8;

/** The caller has checked the range, as `decode` does. */
export function readRuleHit(view: DataView, at: number): RuleHit {
  return {
    ruleId: view.getUint32(at + 0, true),
    hits: view.getUint32(at + 4, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeRuleHit(view: DataView, at: number, value: RuleHit): void {
  view.setUint32(at + 0, within(value.ruleId, 4294967295), true);
  view.setUint32(at + 4, within(value.hits, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeRuleHit(view: DataView, at = 0): Decoded<RuleHit> {
  if (at + RULE_HIT_BYTES > view.byteLength) return malformed('pr_rule_hit is cut off');
  return { ok: true, value: readRuleHit(view, at) };
}

/** struct pr_hits */
export interface Hits {
  readonly header: Header;
  readonly count: number;
  readonly next: number;
}

export const HITS_BYTES = 16;

/** The caller has checked the range, as `decode` does. */
export function readHits(view: DataView, at: number): Hits {
  return {
    header: readHeader(view, at + 0),
    count: view.getUint32(at + 8, true),
    next: view.getUint32(at + 12, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeHits(view: DataView, at: number, value: Hits): void {
  writeHeader(view, at + 0, value.header);
  view.setUint32(at + 8, within(value.count, 4294967295), true);
  view.setUint32(at + 12, within(value.next, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeHits(view: DataView, at = 0): Decoded<Hits> {
  if (at + HITS_BYTES > view.byteLength) return malformed('pr_hits is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, HITS_BYTES)) return malformed('pr_hits has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_hits has another version');
  return { ok: true, value: readHits(view, at) };
}

/** struct pr_table_subject */
export interface TableSubject {
  readonly id: number;
  readonly map: number;
  readonly ruleFirst: number;
  readonly ruleCount: number;
}

export const TABLE_SUBJECT_BYTES = 16;

/** The caller has checked the range, as `decode` does. */
export function readTableSubject(view: DataView, at: number): TableSubject {
  return {
    id: view.getUint32(at + 0, true),
    map: view.getUint32(at + 4, true),
    ruleFirst: view.getUint32(at + 8, true),
    ruleCount: view.getUint32(at + 12, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeTableSubject(view: DataView, at: number, value: TableSubject): void {
  view.setUint32(at + 0, within(value.id, 4294967295), true);
  view.setUint32(at + 4, within(value.map, 4294967295), true);
  view.setUint32(at + 8, within(value.ruleFirst, 4294967295), true);
  view.setUint32(at + 12, within(value.ruleCount, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeTableSubject(view: DataView, at = 0): Decoded<TableSubject> {
  if (at + TABLE_SUBJECT_BYTES > view.byteLength) return malformed('pr_table_subject is cut off');
  return { ok: true, value: readTableSubject(view, at) };
}

/** struct pr_table_rule */
export interface TableRule {
  readonly ruleId: number;
  readonly rank: number;
  readonly outcome: number;
}

export const TABLE_RULE_BYTES = 12;

/** The caller has checked the range, as `decode` does. */
export function readTableRule(view: DataView, at: number): TableRule {
  return {
    ruleId: view.getUint32(at + 0, true),
    rank: view.getUint32(at + 4, true),
    outcome: view.getUint32(at + 8, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeTableRule(view: DataView, at: number, value: TableRule): void {
  view.setUint32(at + 0, within(value.ruleId, 4294967295), true);
  view.setUint32(at + 4, within(value.rank, 4294967295), true);
  view.setUint32(at + 8, within(value.outcome, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeTableRule(view: DataView, at = 0): Decoded<TableRule> {
  if (at + TABLE_RULE_BYTES > view.byteLength) return malformed('pr_table_rule is cut off');
  return { ok: true, value: readTableRule(view, at) };
}

/** struct pr_table_path */
export interface TablePath {
  readonly hash: number;
  readonly subject: number;
  readonly text: number;
  readonly units: number;
}

export const TABLE_PATH_BYTES = 16;

/** The caller has checked the range, as `decode` does. */
export function readTablePath(view: DataView, at: number): TablePath {
  return {
    hash: view.getUint32(at + 0, true),
    subject: view.getUint32(at + 4, true),
    text: view.getUint32(at + 8, true),
    units: view.getUint32(at + 12, true),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeTablePath(view: DataView, at: number, value: TablePath): void {
  view.setUint32(at + 0, within(value.hash, 4294967295), true);
  view.setUint32(at + 4, within(value.subject, 4294967295), true);
  view.setUint32(at + 8, within(value.text, 4294967295), true);
  view.setUint32(at + 12, within(value.units, 4294967295), true);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeTablePath(view: DataView, at = 0): Decoded<TablePath> {
  if (at + TABLE_PATH_BYTES > view.byteLength) return malformed('pr_table_path is cut off');
  return { ok: true, value: readTablePath(view, at) };
}

/** struct pr_table */
export interface Table {
  readonly header: Header;
  readonly version: bigint;
  readonly subjectCount: number;
  readonly ruleCount: number;
  readonly bucketCount: number;
  readonly pathCount: number;
  readonly mapBytes: number;
  readonly textUnits: number;
  readonly pathSeed: number;
  readonly everybody: TableSubject;
  readonly protocolClass: Uint8Array;
}

export const TABLE_BYTES = 320;

/** The caller has checked the range, as `decode` does. */
export function readTable(view: DataView, at: number): Table {
  return {
    header: readHeader(view, at + 0),
    version: view.getBigUint64(at + 8, true),
    subjectCount: view.getUint32(at + 16, true),
    ruleCount: view.getUint32(at + 20, true),
    bucketCount: view.getUint32(at + 24, true),
    pathCount: view.getUint32(at + 28, true),
    mapBytes: view.getUint32(at + 32, true),
    textUnits: view.getUint32(at + 36, true),
    pathSeed: view.getUint32(at + 40, true),
    everybody: readTableSubject(view, at + 48),
    protocolClass: copyBytes(view, at + 64, 256),
  };
}

/** Reserved fields stay as they are: write into zeroed bytes. */
export function writeTable(view: DataView, at: number, value: Table): void {
  writeHeader(view, at + 0, value.header);
  view.setBigUint64(at + 8, within64(value.version), true);
  view.setUint32(at + 16, within(value.subjectCount, 4294967295), true);
  view.setUint32(at + 20, within(value.ruleCount, 4294967295), true);
  view.setUint32(at + 24, within(value.bucketCount, 4294967295), true);
  view.setUint32(at + 28, within(value.pathCount, 4294967295), true);
  view.setUint32(at + 32, within(value.mapBytes, 4294967295), true);
  view.setUint32(at + 36, within(value.textUnits, 4294967295), true);
  view.setUint32(at + 40, within(value.pathSeed, 4294967295), true);
  writeTableSubject(view, at + 48, value.everybody);
  putBytes(view, at + 64, value.protocolClass, 256);
}

/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */
export function decodeTable(view: DataView, at = 0): Decoded<Table> {
  if (at + TABLE_BYTES > view.byteLength) return malformed('pr_table is cut off');
  const size = view.getUint32(at, true);
  if (!fits(view, at, size, TABLE_BYTES)) return malformed('pr_table has a wrong size');
  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('pr_table has another version');
  if (!isZero(view, at + 44, 4)) return malformed('pr_table.reserved is not zero');
  return { ok: true, value: readTable(view, at) };
}
