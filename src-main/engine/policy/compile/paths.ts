/** Paths of subjects, hashed into buckets. */
import { MAX_PATH_BUCKET } from './layout.gen.ts';
import { hashOf } from './path-texts.ts';
import type { PathTexts } from './path-texts.ts';

export interface PathSection {
  readonly seed: number;
  /** First entry of each bucket, and the number of entries; a power of two of buckets, or none. */
  readonly buckets: Uint32Array;
  /** Numbers of paths, in the order of their buckets; in a bucket in the order of the subjects. */
  readonly entries: Uint32Array;
  /** Numbers of paths that found no room. */
  readonly left: readonly number[];
}

/** All paths, numbered in the order of their subjects. */
export interface NumberedPaths {
  readonly text: Uint16Array;
  readonly hashes: Uint32Array;
  /** Where the text of each begins; the last is where all end. */
  readonly starts: Uint32Array;
  /** Places of their subjects. */
  readonly subjects: Uint32Array;
}

const SEEDS = 16;

export function numberPaths({ hashes, lengths, text }: PathTexts): NumberedPaths {
  const count = hashes.cells.length;
  const subjects = new Uint32Array(count);
  for (let place = 0; place + 1 < hashes.starts.length; place += 1) {
    subjects.fill(place, hashes.starts[place], hashes.starts[place + 1]);
  }
  const starts = new Uint32Array(count + 1);
  for (let number = 0; number < count; number += 1) {
    starts[number + 1] = (starts[number] ?? 0) + (lengths.cells[number] ?? 0);
  }
  return { text: text.cells, hashes: hashes.cells, starts, subjects };
}

/** A path that two subjects claim says nothing, and is left out. */
export function pathSection(paths: NumberedPaths): PathSection & { readonly hashes: Uint32Array } {
  let best = { ...bucketed(paths, everyNumber(paths)), seed: 1, hashes: paths.hashes };
  for (let seed = 2; seed <= SEEDS && best.left.length > 0; seed += 1) {
    const hashes = hashesOf(paths, seed);
    const other = bucketed({ ...paths, hashes }, everyNumber(paths));
    if (other.left.length < best.left.length) best = { ...other, seed, hashes };
  }
  return best;
}

function everyNumber({ hashes }: NumberedPaths): Uint32Array {
  return Uint32Array.from(hashes, (_, number) => number);
}

function hashesOf({ hashes, text, starts }: NumberedPaths, seed: number): Uint32Array {
  return hashes.map((_, number) =>
    hashOf(seed, text, starts[number] ?? 0, starts[number + 1] ?? 0),
  );
}

function bucketCount(paths: number): number {
  return paths === 0 ? 0 : 2 ** Math.ceil(Math.log2(paths));
}

type Bucketed = Omit<PathSection, 'seed'>;

function bucketed(paths: NumberedPaths, numbers: Uint32Array, left: number[] = []): Bucketed {
  const count = bucketCount(numbers.length);
  const buckets = new Uint32Array(count + 1);
  const bucketOf = (number: number) => (paths.hashes[number] ?? 0) & (count - 1);
  for (const number of numbers) increase(buckets, bucketOf(number) + 1, 1);
  for (let at = 1; at <= count; at += 1) increase(buckets, at, buckets[at - 1] ?? 0);
  const next = buckets.slice();
  const entries = new Uint32Array(numbers.length);
  for (const number of numbers) entries[increase(next, bucketOf(number), 1)] = number;
  const out = unwanted(paths, { buckets, entries }, left);
  if (out.size === 0) return { buckets, entries, left };
  const kept = numbers.filter((number) => !out.has(number));
  return bucketed(paths, kept, left);
}

/** The value before. */
function increase(words: Uint32Array, at: number, by: number): number {
  const before = words[at] ?? 0;
  words[at] = before + by;
  return before;
}

/** Paths that more than one subject claims, or beyond what a bucket takes; of these the numbers go to `left`. */
function unwanted(
  paths: NumberedPaths,
  { buckets, entries }: Pick<PathSection, 'buckets' | 'entries'>,
  left: number[],
): Set<number> {
  const out = new Set<number>();
  for (let bucket = 0; bucket + 1 < buckets.length; bucket += 1) {
    const [first, end] = [buckets[bucket] ?? 0, buckets[bucket + 1] ?? 0];
    for (let at = first + 1; at < end; at += 1) addTwins(paths, entries, { first, at }, out);
    for (let at = first + MAX_PATH_BUCKET; at < end; at += 1) {
      const number = entries[at] ?? 0;
      if (!out.has(number)) left.push(number);
      out.add(number);
    }
  }
  return out;
}

/** Of one subject the first stays; of several none does. */
function addTwins(
  paths: NumberedPaths,
  entries: Uint32Array,
  { first, at }: { readonly first: number; readonly at: number },
  out: Set<number>,
): void {
  const number = entries[at] ?? 0;
  for (let before = first; before < at; before += 1) {
    const other = entries[before] ?? 0;
    if (!isSamePath(paths, other, number)) continue;
    out.add(number);
    if (paths.subjects[other] !== paths.subjects[number]) out.add(other);
  }
}

function isSamePath({ hashes, starts, text }: NumberedPaths, one: number, other: number): boolean {
  if (hashes[one] !== hashes[other]) return false;
  const [from, to] = [starts[one] ?? 0, starts[other] ?? 0];
  const length = (starts[one + 1] ?? 0) - from;
  if (length !== (starts[other + 1] ?? 0) - to) return false;
  for (let at = 0; at < length; at += 1) if (text[from + at] !== text[to + at]) return false;
  return true;
}
