/**
 * A million names and everything below them, in three typed arrays. Names are kept from right to left with a dot below
 * every other character, sorted, and without those that are below another one. Then the last entry that is not after
 * what is looked for is the only one that can cover it: one binary search, whatever the names and however many labels.
 * Sorted names begin alike, so of each only what the one before it lacks is kept, in blocks that begin with a whole one
 * (front coding): that is a third of the memory.
 */

/** Keys one after the other, as they are collected. */
interface Keys {
  readonly bytes: Uint8Array;
  /** Where each key starts in `bytes`, and the end. */
  readonly starts: Uint32Array;
}

export interface NameSet {
  /** Of each key: how many bytes it shares with the one before it in its block, how many follow, and those. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each block of BLOCK keys starts in `bytes`, and the end. */
  readonly starts: Uint32Array<ArrayBuffer>;
  /** The line of each key in its file, from 1. */
  readonly lines: Uint32Array<ArrayBuffer>;
}

const BLOCK = 8;

/** Sorts below every other character of a name. */
const DOT = 1;
const DOT_CHARACTER = 0x2e;
const MAX_NAME = 253;
/** Only one name is looked at at a time: what is looked for, and the entry that it is compared with. */
const scratch = Buffer.alloc(MAX_NAME);
const entryScratch = Buffer.alloc(MAX_NAME);

/** Collects names, in canonical form, and makes a set of them. No name becomes an object: a million would need gigabytes. */
export class NameSetBuilder {
  #bytes = new Uint8Array(2 ** 16);
  #end = 0;
  readonly #starts: number[] = [0];
  readonly #lines: number[] = [];

  add(name: string, line: number): void {
    const end = this.#end + name.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    copyKey(name, this.#bytes, this.#end);
    this.#end = end;
    this.#starts.push(end);
    this.#lines.push(line);
  }

  /** How many names were added. */
  get size(): number {
    return this.#lines.length;
  }

  build(): NameSet {
    const all: Keys = { bytes: this.#bytes, starts: Uint32Array.from(this.#starts) };
    const order = Uint32Array.from(this.#lines.keys());
    sortKeys(all, order, 0);
    const kept = withoutCovered(all, order);
    const lines = Uint32Array.from(kept, (index) => this.#lines[index] ?? 0);
    return { ...frontCoded(all, kept), lines };
  }
}

/**
 * Sorts part of an order of keys that agree in their first `depth` bytes: three-way radix quicksort (Bentley and
 * Sedgewick, 1997). No list makes it slow: each pass settles one of the few characters that names have.
 */
function sortKeys(keys: Keys, order: Uint32Array, depth: number): void {
  let part = order;
  let at = depth;
  while (part.length > 1) {
    const pivot = byteAt(keys, part[part.length >> 1] ?? 0, at);
    const { less, more } = partition(keys, part, { pivot, at });
    sortKeys(keys, part.subarray(0, less), at);
    sortKeys(keys, part.subarray(more), at);
    part = part.subarray(less, more);
    // Equal keys to their end: the earlier line first.
    if (pivot < 0) return part.set(part.toSorted());
    at += 1;
  }
}

/** Moves keys with a smaller byte to the front and those with a greater one to the end. */
function partition(keys: Keys, part: Uint32Array, { pivot, at }: { pivot: number; at: number }) {
  let less = 0;
  let more = part.length;
  for (let place = 0; place < more;) {
    const byte = byteAt(keys, part[place] ?? 0, at);
    if (byte < pivot) swap(part, less++, place++);
    else if (byte > pivot) swap(part, place, --more);
    else place += 1;
  }
  return { less, more };
}

function swap(part: Uint32Array, one: number, other: number): void {
  const kept = part[one] ?? 0;
  part[one] = part[other] ?? 0;
  part[other] = kept;
}

/** -1 behind the end of the key, which sorts before every byte. */
function byteAt({ bytes, starts }: Keys, key: number, at: number): number {
  const place = (starts[key] ?? 0) + at;
  return place < (starts[key + 1] ?? 0) ? (bytes[place] ?? 0) : -1;
}

/** Of keys that are equal or below one another, the first, which covers all. */
function withoutCovered(keys: Keys, sorted: Uint32Array): Uint32Array {
  let last: Key | null = null;
  return sorted.filter((index) => {
    const from = keys.starts[index] ?? 0;
    const key = { bytes: keys.bytes, from, length: (keys.starts[index + 1] ?? 0) - from };
    if (last !== null && covers(last, key)) return false;
    last = key;
    return true;
  });
}

/** The wanted keys, in this order, in blocks. */
function frontCoded(keys: Keys, wanted: Uint32Array): Pick<NameSet, 'bytes' | 'starts'> {
  const starts = new Uint32Array(Math.ceil(wanted.length / BLOCK) + 1);
  const bytes = new Uint8Array(keys.bytes.length + 2 * wanted.length);
  let end = 0;
  let before: Uint8Array = new Uint8Array(0);
  for (const [place, index] of wanted.entries()) {
    const key = keys.bytes.subarray(keys.starts[index], keys.starts[index + 1]);
    const isFirst = place % BLOCK === 0;
    if (isFirst) starts[place / BLOCK] = end;
    const shared = isFirst ? 0 : sharedStart(before, key);
    bytes[end] = shared;
    bytes[end + 1] = key.length - shared;
    bytes.set(key.subarray(shared), end + 2);
    end += 2 + key.length - shared;
    before = key;
  }
  starts[starts.length - 1] = end;
  return { bytes: bytes.slice(0, end), starts };
}

function sharedStart(one: Uint8Array, other: Uint8Array): number {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1;
  return at;
}

/** Writes the key of a name. */
function copyKey(name: string, into: Uint8Array, start: number): void {
  const last = name.length - 1;
  for (let at = 0; at <= last; at += 1) {
    const code = name.charCodeAt(last - at);
    into[start + at] = code === DOT_CHARACTER ? DOT : code;
  }
}

/** A part of some bytes; no view of its own, since a search looks at some thirty of them. */
interface Key {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly length: number;
}

/** The entry that is this name, in canonical form, or above it; -1 when there is none. */
export function findName(set: NameSet, name: string): number {
  if (name.length > MAX_NAME) return -1;
  copyKey(name, scratch, 0);
  const wanted = { bytes: scratch, from: 0, length: name.length };
  const block = lastBlockNotAfter(set, wanted);
  let found = -1;
  for (const { entry, key } of entriesOf(set, block)) {
    if (isAfter(key, wanted)) break;
    found = covers(key, wanted) ? entry : -1;
  }
  return found;
}

/** The last block whose first key does not sort behind the wanted one; -1 when all do. */
function lastBlockNotAfter({ bytes, starts }: NameSet, wanted: Key): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const start = starts[middle] ?? 0;
    const first = { bytes, from: start + 2, length: bytes[start + 1] ?? 0 };
    if (isAfter(first, wanted)) high = middle;
    else low = middle + 1;
  }
  return low - 1;
}

/** The entries of a block; each key is good until the next is asked for. */
function* entriesOf(set: NameSet, block: number): Generator<{ entry: number; key: Key }> {
  const end = set.starts[block + 1] ?? 0;
  let entry = block * BLOCK;
  for (let at = set.starts[block] ?? end; at < end; entry += 1) {
    const shared = set.bytes[at] ?? 0;
    const rest = set.bytes[at + 1] ?? 0;
    for (let more = 0; more < rest; more += 1)
      entryScratch[shared + more] = set.bytes[at + 2 + more] ?? 0;
    at += 2 + rest;
    yield { entry, key: { bytes: entryScratch, from: 0, length: shared + rest } };
  }
}

function byteOf({ bytes, from }: Key, at: number): number {
  return bytes[from + at] ?? 0;
}

function isAfter(entry: Key, wanted: Key): boolean {
  const common = Math.min(entry.length, wanted.length);
  for (let at = 0; at < common; at += 1) {
    const difference = byteOf(entry, at) - byteOf(wanted, at);
    if (difference !== 0) return difference > 0;
  }
  return entry.length > wanted.length;
}

/** Whether the entry is the wanted name or above it. */
function covers(entry: Key, wanted: Key): boolean {
  const { length } = entry;
  if (length > wanted.length || (length < wanted.length && byteOf(wanted, length) !== DOT)) {
    return false;
  }
  for (let at = 0; at < length; at += 1) if (byteOf(entry, at) !== byteOf(wanted, at)) return false;
  return true;
}

/** The name of an entry, as people write it. */
export function nameAt(set: NameSet, wanted: number): string {
  for (const { entry, key } of entriesOf(set, Math.floor(wanted / BLOCK))) {
    if (entry !== wanted) continue;
    const reversed = key.bytes.slice(0, key.length).toReversed();
    return Buffer.from(reversed).toString('latin1').replaceAll('\u0001', '.');
  }
  return '';
}
