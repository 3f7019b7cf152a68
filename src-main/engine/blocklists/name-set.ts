/**
 * A million names and everything below them, in three typed arrays. Names are kept from right to left with a dot below
 * every other character, sorted, and without those that are below another one. Then the last entry that is not after
 * what is looked for is the only one that can cover it: one binary search, whatever the names and however many labels.
 */

interface Keys {
  /** The keys, one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each key starts in `bytes`, and the end. */
  readonly starts: Uint32Array<ArrayBuffer>;
}

export interface NameSet extends Keys {
  /** Every STRIDEth key: small enough for the processor's cache, where a search spends most of its steps. */
  readonly directory: Keys;
  /** The line of each key in its file, from 1. */
  readonly lines: Uint32Array<ArrayBuffer>;
}

const STRIDE = 64;

/** Sorts below every other character of a name. */
const DOT = 1;
const DOT_CHARACTER = 0x2e;
const MAX_NAME = 253;
/** Only one name is looked at at a time. */
const scratch = Buffer.alloc(MAX_NAME);

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
    const keys = copyOf(all, kept);
    const directory = copyOf(
      keys,
      kept.map((_, index) => index).filter((index) => index % STRIDE === 0),
    );
    const lines = Uint32Array.from(kept, (index) => this.#lines[index] ?? 0);
    return { ...keys, directory, lines };
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
  let last = -1;
  return sorted.filter((index) => {
    if (last >= 0) {
      const start = keys.starts[index] ?? 0;
      const length = (keys.starts[index + 1] ?? 0) - start;
      const name = { bytes: keys.bytes.subarray(start, start + length), length };
      if (covers(keys, last, name)) return false;
    }
    last = index;
    return true;
  });
}

function copyOf({ bytes, starts }: Keys, wanted: Uint32Array): Keys {
  const newStarts = new Uint32Array(wanted.length + 1);
  for (const [place, index] of wanted.entries()) {
    const size = (starts[index + 1] ?? 0) - (starts[index] ?? 0);
    newStarts[place + 1] = (newStarts[place] ?? 0) + size;
  }
  const newBytes = new Uint8Array(newStarts.at(-1) ?? 0);
  for (const [place, index] of wanted.entries()) {
    newBytes.set(bytes.subarray(starts[index], starts[index + 1]), newStarts[place]);
  }
  return { bytes: newBytes, starts: newStarts };
}

/** Writes the key of a name. */
function copyKey(name: string, into: Uint8Array, start: number): void {
  const last = name.length - 1;
  for (let at = 0; at <= last; at += 1) {
    const code = name.charCodeAt(last - at);
    into[start + at] = code === DOT_CHARACTER ? DOT : code;
  }
}

interface Wanted {
  /** The key; what is behind `length` does not belong to it. */
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** The entry that is this name, in canonical form, or above it; -1 when there is none. */
export function findName(set: NameSet, name: string): number {
  if (name.length > MAX_NAME) return -1;
  copyKey(name, scratch, 0);
  const wanted = { bytes: scratch, length: name.length };
  const near = lastNotAfter(set.directory, 0, set.directory.starts.length - 1, wanted);
  if (near < 0) return -1;
  const from = near * STRIDE;
  const found = lastNotAfter(set, from, Math.min(from + STRIDE, set.lines.length), wanted);
  return covers(set, found, wanted) ? found : -1;
}

/** The last key from `from` to before `to` that does not sort behind the wanted one; one before `from` when all do. */
function lastNotAfter(keys: Keys, from: number, to: number, wanted: Wanted): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isAfter(keys, middle, wanted)) high = middle;
    else low = middle + 1;
  }
  return low - 1;
}

function isAfter({ bytes, starts }: Keys, entry: number, wanted: Wanted): boolean {
  const start = starts[entry] ?? 0;
  const size = (starts[entry + 1] ?? 0) - start;
  const common = Math.min(size, wanted.length);
  for (let at = 0; at < common; at += 1) {
    const difference = (bytes[start + at] ?? 0) - (wanted.bytes[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return size > wanted.length;
}

/** Whether the entry is the wanted name or above it. */
function covers({ bytes, starts }: Keys, entry: number, wanted: Wanted): boolean {
  const start = starts[entry] ?? 0;
  const size = (starts[entry + 1] ?? 0) - start;
  if (size > wanted.length || (size < wanted.length && wanted.bytes[size] !== DOT)) return false;
  for (let at = 0; at < size; at += 1) if (bytes[start + at] !== wanted.bytes[at]) return false;
  return true;
}

/** The name of an entry, as people write it. */
export function nameAt({ bytes, starts }: Keys, entry: number): string {
  const key = bytes.subarray(starts[entry], starts[entry + 1]);
  return Buffer.from(key.toReversed()).toString('latin1').replaceAll('\u0001', '.');
}
