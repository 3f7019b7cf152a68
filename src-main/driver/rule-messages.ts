/** Messages about rule tables, mappings and hits. See messages.ts. */
import type { ProcessMapping, RuleHits } from '../engine/ports.ts';
import { malformed, viewOf } from './bytes.ts';
import type { Decoded } from './bytes.ts';
import { message, ofKind } from './messages.ts';
import * as wire from './wire.gen.ts';

/** TABLE_BEGIN, input. */
export function encodeTableBegin(session: bigint, table: Uint8Array, version: number): Uint8Array {
  const { bytes, view, header } = message(wire.TABLE_BEGIN_BYTES, wire.KIND_TABLE_BEGIN);
  const checksum = checksumOf(table);
  const whole = { version: BigInt(version), checksum, bytes: table.length };
  wire.writeTableBegin(view, 0, { header, session, ...whole });
  return bytes;
}

/** The sum that portreeve_wire.h describes, over whole 32-bit words. */
function checksumOf(table: Uint8Array): bigint {
  const aligned = table.byteOffset % 4 === 0 ? table : table.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >>> 2);
  let a = 0;
  let b = 0;
  for (const word of words) {
    a = (a + word) | 0;
    b = (b + a) | 0;
  }
  return (BigInt(b >>> 0) << 32n) | BigInt(a >>> 0);
}

/** TABLE_PART, input: at most MAX_TABLE_PART_BYTES of the table. */
export function encodeTablePart(session: bigint, offset: number, part: Uint8Array): Uint8Array {
  const size = wire.TABLE_PART_BYTES + part.length;
  const { bytes, view, header } = message(size, wire.KIND_TABLE_PART);
  wire.writeTablePart(view, 0, { header, session, offset, bytes: part.length });
  bytes.set(part, wire.TABLE_PART_BYTES);
  return bytes;
}

/** TABLE_COMMIT, input. */
export function encodeTableCommit(session: bigint): Uint8Array {
  const { bytes, view, header } = message(wire.TABLE_COMMIT_BYTES, wire.KIND_TABLE_COMMIT);
  wire.writeTableCommit(view, 0, { header, session });
  return bytes;
}

/** TABLE_BEGIN and TABLE_COMMIT, output. */
export function decodeTableResult(bytes: Uint8Array): Decoded<wire.TableResult> {
  return ofKind(wire.decodeTableResult(viewOf(bytes)), wire.KIND_TABLE_RESULT);
}

/** MAP_PROCESSES, input: at most MAX_MAPPINGS. */
export function encodeMappings(session: bigint, mappings: readonly ProcessMapping[]): Uint8Array {
  const size = wire.MAPPINGS_BYTES + mappings.length * wire.MAPPING_BYTES;
  const { bytes, view, header } = message(size, wire.KIND_MAPPINGS);
  wire.writeMappings(view, 0, { header, session, count: mappings.length });
  mappings.forEach(({ process, subjectId }, index) => {
    const at = wire.MAPPINGS_BYTES + index * wire.MAPPING_BYTES;
    const { id: processId, created: processCreated } = process;
    wire.writeMapping(view, at, { processId, processCreated, subject: subjectId ?? 0 });
  });
  return bytes;
}

/** MAP_PROCESSES, output. */
export function decodeMapped(bytes: Uint8Array): Decoded<wire.Mapped> {
  return ofKind(wire.decodeMapped(viewOf(bytes)), wire.KIND_MAPPED);
}

/** RULE_HITS, input. */
export function encodeHitsRequest(session: bigint, first: number): Uint8Array {
  const { bytes, view, header } = message(wire.HITS_REQUEST_BYTES, wire.KIND_HITS_REQUEST);
  wire.writeHitsRequest(view, 0, { header, session, first });
  return bytes;
}

export interface HitsReply {
  readonly hits: readonly RuleHits[];
  /** Where the next request begins; null: that was all. */
  readonly next: number | null;
}

/** RULE_HITS, output. */
export function decodeHits(bytes: Uint8Array): Decoded<HitsReply> {
  const view = viewOf(bytes);
  const head = ofKind(wire.decodeHits(view), wire.KIND_HITS);
  if (!head.ok) return head;
  const { header, count, next } = head.value;
  if (header.size !== wire.HITS_BYTES + count * wire.RULE_HIT_BYTES) {
    return malformed('pr_hits holds another number of hits than it says');
  }
  const hits: RuleHits[] = [];
  for (let at = wire.HITS_BYTES; at < header.size; at += wire.RULE_HIT_BYTES) {
    hits.push(wire.readRuleHit(view, at));
  }
  return { ok: true, value: { hits, next: next === wire.HITS_END ? null : next } };
}
