/**
 * Address ranges in typed arrays: sorted, without those that lie within another one. Then ends rise as starts do, and the
 * last range that does not start behind an address is the only one that has to be looked at.
 */
import type { AddressSpan } from './entry.ts';

export interface RangeSet {
  /** 32-bit words of an address: 1 or 4. */
  readonly words: number;
  readonly starts: Uint32Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
  /** The line of each range in its file, from 1. */
  readonly lines: Uint32Array<ArrayBuffer>;
}

/** Collects ranges of one address family. */
export class RangeSetBuilder {
  readonly #words: number;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #lines: number[] = [];

  constructor(words: number) {
    this.#words = words;
  }

  add({ first, last }: AddressSpan, line: number): void {
    this.#starts.push(...wordsOf(first));
    this.#ends.push(...wordsOf(last));
    this.#lines.push(line);
  }

  get size(): number {
    return this.#lines.length;
  }

  build(): RangeSet {
    const words = this.#words;
    const order = Uint32Array.from(this.#lines.keys()).toSorted((one, other) =>
      this.#order(one, other),
    );
    const kept: number[] = [];
    for (const index of order) {
      const last = kept.at(-1);
      const inside =
        last !== undefined && compareAt(this.#ends, index, this.#ends, last, words) <= 0;
      if (!inside) kept.push(index);
    }
    const take = (from: readonly number[]) =>
      Uint32Array.from(
        { length: kept.length * words },
        (_, at) => from[(kept[Math.floor(at / words)] ?? 0) * words + (at % words)] ?? 0,
      );
    const lines = Uint32Array.from(kept, (index) => this.#lines[index] ?? 0);
    return { words, starts: take(this.#starts), ends: take(this.#ends), lines };
  }

  /** By start; of equal ones the longer first, then the earlier line. */
  #order(one: number, other: number): number {
    const starts = compareAt(this.#starts, one, this.#starts, other, this.#words);
    if (starts !== 0) return starts;
    const ends = compareAt(this.#ends, other, this.#ends, one, this.#words);
    return ends === 0 ? one - other : ends;
  }
}

type Words = ArrayLike<number>;

// oxlint-disable-next-line max-params -- two places in two arrays
function compareAt(a: Words, one: number, b: Words, other: number, words: number): number {
  for (let at = 0; at < words; at += 1) {
    const difference = (a[one * words + at] ?? 0) - (b[other * words + at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The range that has this address, given as bytes; -1 when there is none. */
export function findRange(set: RangeSet, address: readonly number[]): number {
  const wanted = wordsOf(address);
  let low = 0;
  let high = set.lines.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareAt(set.starts, middle, wanted, 0, set.words) > 0) high = middle;
    else low = middle + 1;
  }
  const found = low - 1;
  return found >= 0 && compareAt(set.ends, found, wanted, 0, set.words) >= 0 ? found : -1;
}

/** The bytes of both ends of a range. */
export function spanAt(set: RangeSet, range: number): AddressSpan {
  const cut = (from: Uint32Array) => from.subarray(range * set.words, (range + 1) * set.words);
  return { first: bytesOf(cut(set.starts)), last: bytesOf(cut(set.ends)) };
}

function wordsOf(bytes: readonly number[]): number[] {
  return Array.from({ length: bytes.length / 4 }, (_, word) =>
    bytes.slice(word * 4, word * 4 + 4).reduce((sum, byte) => sum * 256 + byte, 0),
  );
}

function bytesOf(words: Uint32Array): number[] {
  return [...words].flatMap((word) => [
    word >>> 24,
    (word >>> 16) & 255,
    (word >>> 8) & 255,
    word & 255,
  ]);
}
