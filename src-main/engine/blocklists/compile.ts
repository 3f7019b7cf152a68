/** A blocklist's file as sets that are searched in memory. Pure and slow (a million lines take seconds): run in a worker. */
import type { ListProblem, ListRefusal } from '../../../src-preload/contract/model.ts';
import { MAX_LINE, readLine } from './entry.ts';
import type { AddressSpan, LineContent } from './entry.ts';
import { NameSetBuilder } from './name-set.ts';
import type { NameSet } from './name-set.ts';
import { RangeSetBuilder } from './range-set.ts';
import type { RangeSet } from './range-set.ts';

/** Bytes of a file; hosts files of a million names have about 30 MB. */
export const MAX_LIST_BYTES = 64 * 2 ** 20;
export const MAX_ENTRIES = 2_000_000;
/** The first problems are kept with their lines, all are counted. */
export const MAX_PROBLEMS = 20;
const MAX_SHOWN = 80;

export interface CompiledList {
  readonly names: NameSet;
  readonly ipv4: RangeSet;
  readonly ipv6: RangeSet;
  /** Entries read, those included that others cover. */
  readonly entries: number;
  readonly problems: readonly ListProblem[];
  readonly problemCount: number;
}

export type Compiled =
  | { readonly ok: true; readonly list: CompiledList }
  | { readonly ok: false; readonly refusal: ListRefusal };

/** Lines that are wrong are named and left out; a file that is mostly wrong is no list and refused. */
export function compileList(file: Uint8Array): Compiled {
  if (file.length > MAX_LIST_BYTES) return refused('too-big');
  const collector = new Collector();
  for (const [line, text] of linesOf(file)) {
    collector.take(readLine(text), line, text);
    if (collector.entries > MAX_ENTRIES) return refused('too-many');
  }
  if (collector.entries === 0) return refused('empty');
  if (collector.problemCount > collector.lines) return refused('no-list');
  return { ok: true, list: collector.build() };
}

class Collector {
  readonly #names = new NameSetBuilder();
  readonly #ipv4 = new RangeSetBuilder(1);
  readonly #ipv6 = new RangeSetBuilder(4);
  readonly #problems: ListProblem[] = [];
  problemCount = 0;
  /** Lines that held entries. */
  lines = 0;

  get entries(): number {
    return this.#names.size + this.#ipv4.size + this.#ipv6.size;
  }

  take(content: LineContent, line: number, text: string): void {
    if (content.kind === 'problem') this.#reject(content, line, text);
    else if (content.kind !== 'nothing') this.lines += 1;
    if (content.kind === 'names') for (const name of content.names) this.#names.add(name, line);
    if (content.kind === 'span') this.#rangesOf(content.span).add(content.span, line);
  }

  build(): CompiledList {
    const { entries, problemCount } = this;
    const sets = { names: this.#names.build(), ipv4: this.#ipv4.build(), ipv6: this.#ipv6.build() };
    return { ...sets, entries, problems: this.#problems, problemCount };
  }

  #rangesOf({ first }: AddressSpan): RangeSetBuilder {
    return first.length === 4 ? this.#ipv4 : this.#ipv6;
  }

  #reject({ code }: { readonly code: ListProblem['code'] }, line: number, text: string): void {
    this.problemCount += 1;
    if (this.#problems.length >= MAX_PROBLEMS) return;
    this.#problems.push({ line, code, text: text.trim().slice(0, MAX_SHOWN) });
  }
}

/** Lines with their numbers, from 1. UTF-8, or UTF-16 where a byte order mark says so. */
function* linesOf(file: Uint8Array): Generator<[number, string]> {
  const bytes = inUtf8(file);
  let from = startsWith(bytes, [0xef, 0xbb, 0xbf]) ? 3 : 0;
  for (let line = 1; from < bytes.length; line += 1) {
    const found = bytes.indexOf(10, from);
    const end = found < 0 ? bytes.length : found;
    // One character more than allowed is enough to tell; a character has at most four bytes.
    yield [line, bytes.toString('utf8', from, Math.min(end, from + MAX_LINE * 4 + 4))];
    from = end + 1;
  }
}

function inUtf8(file: Uint8Array): Buffer {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const even = bytes.subarray(2, bytes.length - (bytes.length % 2));
  if (startsWith(bytes, [0xff, 0xfe])) return Buffer.from(even.toString('utf16le'));
  if (startsWith(bytes, [0xfe, 0xff]))
    return Buffer.from(Buffer.from(even).swap16().toString('utf16le'));
  return bytes;
}

function startsWith(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, at) => bytes[at] === byte);
}

function refused(refusal: ListRefusal): Compiled {
  return { ok: false, refusal };
}
