/**
 * Rule tables and mappings on their way to the driver: sent at once where there is a session, and again with each new one,
 * since a driver that was loaded anew knows nothing.
 */
import type { ProcessMapping, RuleHits, TableOutcome } from '../engine/ports.ts';
import { processText } from '../engine/policy/rule.ts';
import type { Decoded } from './bytes.ts';
import type { IoctlReply } from './device.ts';
import * as messages from './rule-messages.ts';
import type { Session } from './session.ts';
import * as wire from './wire.gen.ts';

/** Mappings that are remembered; the driver refuses those whose process has exited. */
const MAX_REMEMBERED = 8192;
/** Parts of a table that are under way at once. */
const PARTS_AT_ONCE = 4;

interface Table {
  readonly bytes: Uint8Array;
  readonly version: number;
}

const sessionEnded: TableOutcome = { ok: false, problem: null };

const problems = new Map<number, string>([
  [wire.TABLE_INCOMPLETE, 'parts of it did not arrive'],
  [wire.TABLE_DAMAGED, 'it was damaged on its way'],
  [wire.TABLE_INVALID, 'the driver does not take it for a rule table'],
  [wire.TABLE_NO_MEMORY, 'the driver has no memory for it'],
]);

export class RuleSync {
  #session: Session | null = null;
  #table: Table | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #mappings = new Map<string, ProcessMapping>();

  /** A new session: everything goes to it that went to the last one. Null: the session is lost. */
  attach(session: Session | null): void {
    this.#session = session;
    if (session === null) return;
    if (this.#table !== null) void this.#queue(this.#table);
    void this.#map([...this.#mappings.values()]);
  }

  setTable(bytes: Uint8Array, version: number): Promise<TableOutcome> {
    this.#table = { bytes, version };
    return this.#queue(this.#table);
  }

  mapProcesses(mappings: readonly ProcessMapping[]): Promise<number> {
    for (const mapping of mappings) this.#remember(mapping);
    return this.#map(mappings);
  }

  async ruleHits(): Promise<readonly RuleHits[]> {
    const sums = new Map<number, number>();
    for (let first: number | null = 0; first !== null;) {
      const at: number = first;
      // oxlint-disable-next-line no-await-in-loop -- each reply says where the next begins
      const reply = decoded(await this.#askHits(at), messages.decodeHits);
      for (const { ruleId, hits } of reply?.hits ?? []) {
        sums.set(ruleId, (sums.get(ruleId) ?? 0) + hits);
      }
      first = reply?.next ?? null;
    }
    return [...sums].map(([ruleId, hits]) => ({ ruleId, hits }));
  }

  /** One table after the other: parts of two would mix. */
  #queue(table: Table): Promise<TableOutcome> {
    const sent = this.#turn.then(() => this.#send(table));
    this.#turn = sent;
    return sent;
  }

  async #send(table: Table): Promise<TableOutcome> {
    const session = this.#session;
    if (session === null) return sessionEnded;
    if (table !== this.#table) return { ok: false, problem: 'a newer table takes its place' };
    const begin = (id: bigint) => messages.encodeTableBegin(id, table.bytes, table.version);
    const begun = outcomeOf(
      await session.ask(wire.IOCTL_TABLE_BEGIN, begin, wire.TABLE_RESULT_BYTES),
    );
    if (!begun.ok) return begun;
    await sendParts(session, table.bytes);
    const commit = messages.encodeTableCommit;
    return outcomeOf(await session.ask(wire.IOCTL_TABLE_COMMIT, commit, wire.TABLE_RESULT_BYTES));
  }

  async #map(mappings: readonly ProcessMapping[]): Promise<number> {
    const session = this.#session;
    if (session === null) return 0;
    const replies = [];
    for (let at = 0; at < mappings.length; at += wire.MAX_MAPPINGS) {
      const some = mappings.slice(at, at + wire.MAX_MAPPINGS);
      const encode = (id: bigint) => messages.encodeMappings(id, some);
      replies.push(session.ask(wire.IOCTL_MAP_PROCESSES, encode, wire.MAPPED_BYTES));
    }
    const mapped = (await Promise.all(replies)).map((reply) =>
      decoded(reply, messages.decodeMapped),
    );
    return mapped.reduce((sum, one) => sum + (one?.accepted ?? 0), 0);
  }

  #remember(mapping: ProcessMapping): void {
    const key = processText(mapping.process);
    this.#mappings.delete(key);
    if (mapping.subjectId !== null) this.#mappings.set(key, mapping);
    const [oldest] = this.#mappings.keys();
    if (this.#mappings.size > MAX_REMEMBERED && oldest !== undefined) this.#mappings.delete(oldest);
  }

  async #askHits(first: number): Promise<IoctlReply | undefined> {
    const capacity = wire.HITS_BYTES + wire.MAX_RULE_HITS * wire.RULE_HIT_BYTES;
    const encode = (id: bigint) => messages.encodeHitsRequest(id, first);
    return this.#session?.ask(wire.IOCTL_RULE_HITS, encode, capacity);
  }
}

/** A part that the driver refuses shows when the table is committed. */
async function sendParts(session: Session, bytes: Uint8Array): Promise<void> {
  const parts = [];
  for (let at = 0; at < bytes.length; at += wire.MAX_TABLE_PART_BYTES) {
    const part = bytes.subarray(at, at + wire.MAX_TABLE_PART_BYTES);
    const encode = (id: bigint) => messages.encodeTablePart(id, at, part);
    parts.push(session.ask(wire.IOCTL_TABLE_PART, encode, 0));
    // oxlint-disable-next-line no-await-in-loop -- only so many at once
    if (parts.length >= PARTS_AT_ONCE) await parts[parts.length - PARTS_AT_ONCE];
  }
  await Promise.all(parts);
}

function outcomeOf(reply: IoctlReply): TableOutcome {
  if (!reply.ok) {
    const ended = reply.failure.code === 'gone';
    return ended ? sessionEnded : { ok: false, problem: 'the driver does not answer' };
  }
  const result = messages.decodeTableResult(reply.output);
  if (!result.ok) return { ok: false, problem: result.error };
  const { status } = result.value;
  if (status === wire.TABLE_DONE) return { ok: true };
  return { ok: false, problem: problems.get(status) ?? `the driver says ${status}` };
}

function decoded<T>(
  reply: IoctlReply | undefined,
  decode: (bytes: Uint8Array) => Decoded<T>,
): T | null {
  const result = reply?.ok === true ? decode(reply.output) : null;
  return result?.ok === true ? result.value : null;
}
