/**
 * Image paths of subjects, hashed into buckets. A-Z are a-z, as far as paths go; everything else has to be equal, UTF-16
 * unit by unit: what the driver compares at any interrupt level, and what needs no table of letters that two sides could
 * have in two versions. The kernel gives paths in lower case by itself; where it doesn't, a path is not found, and the
 * engine is asked.
 */
import { MAX_PATH_BUCKET, MAX_PATH_BYTES } from './layout.gen.ts';
import type { PlainSubject } from './plain.ts';

export interface PathEntry {
  readonly hash: number;
  /** Its place among the subjects. */
  readonly subject: number;
  readonly units: Uint16Array;
}

export interface PathSection {
  readonly seed: number;
  /** First entry of each bucket, and the number of entries; a power of two of buckets, or none. */
  readonly buckets: Uint32Array;
  readonly entries: readonly PathEntry[];
  /** Places of subjects whose paths did not all find room. */
  readonly left: readonly number[];
}

const SEEDS = 16;

/** Paths of these subjects. One that two subjects claim says nothing, and is left out. */
export function pathSection(subjects: readonly PlainSubject[]): PathSection {
  const paths: PathEntry[] = [];
  subjects.forEach(({ paths: own }, subject) => {
    for (const { hash, units } of foldedPaths(own)) paths.push({ hash, subject, units });
  });
  let best = bucketed(paths, 1);
  for (let seed = 2; seed <= SEEDS && best.left.length > 0; seed += 1) {
    const other = bucketed(
      paths.map(({ subject, units }) => ({ hash: hashOf(seed, units), subject, units })),
      seed,
    );
    if (other.left.length < best.left.length) best = other;
  }
  return best;
}

/** With the hash of seed 1, which nearly always does. */
interface FoldedPath {
  readonly hash: number;
  readonly units: Uint16Array;
}

const folded = new WeakMap<readonly string[], readonly FoldedPath[]>();

function foldedPaths(paths: readonly string[]): readonly FoldedPath[] {
  const known = folded.get(paths);
  if (known !== undefined) return known;
  const fits = paths.filter((path) => path !== '' && path.length * 2 <= MAX_PATH_BYTES);
  const made = fits.map(fold).map((units) => ({ units, hash: hashOf(1, units) }));
  folded.set(paths, made);
  return made;
}

/** The UTF-16 units of a path with A-Z as a-z. */
export function fold(path: string): Uint16Array {
  return Uint16Array.from(path, (_, index) => foldUnit(path.charCodeAt(index)));
}

function foldUnit(unit: number): number {
  return unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit;
}

/** As core/table_find.c has it: FNV-1a over the units, begun with the seed and mixed at the end. */
export function hashOf(seed: number, units: Uint16Array): number {
  let hash = seed ^ 0x811c9dc5;
  for (const unit of units) hash = Math.imul(hash ^ unit, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function bucketCount(paths: number): number {
  return paths === 0 ? 0 : 2 ** Math.ceil(Math.log2(paths));
}

/** Entries in the order of their buckets; in a bucket in the order of the subjects. */
function bucketed(paths: readonly PathEntry[], seed: number, left: number[] = []): PathSection {
  const count = bucketCount(paths.length);
  const buckets = new Uint32Array(count + 1);
  const bucketOf = ({ hash }: PathEntry) => hash & (count - 1);
  for (const path of paths) increase(buckets, bucketOf(path) + 1, 1);
  for (let at = 1; at <= count; at += 1) increase(buckets, at, buckets[at - 1] ?? 0);
  const next = buckets.slice();
  const entries = paths.slice();
  for (const path of paths) entries[increase(next, bucketOf(path), 1)] = path;
  const out = unwanted(buckets, entries, left);
  if (out.size === 0) return { seed, buckets, entries, left };
  const kept = paths.filter((path) => !out.has(path));
  return bucketed(kept, seed, left);
}

/** The value before. */
function increase(words: Uint32Array, at: number, by: number): number {
  const before = words[at] ?? 0;
  words[at] = before + by;
  return before;
}

/** Paths that more than one subject claims, or beyond what a bucket takes; the subjects of these go to `left`. */
function unwanted(
  buckets: Uint32Array,
  entries: readonly PathEntry[],
  left: number[],
): Set<PathEntry> {
  const out = new Set<PathEntry>();
  for (let bucket = 0; bucket + 1 < buckets.length; bucket += 1) {
    const [first = 0, end = 0] = buckets.subarray(bucket, bucket + 2);
    for (let at = first + 1; at < end; at += 1) addTwins(entries, first, at, out);
    for (const path of entries.slice(first + MAX_PATH_BUCKET, end)) {
      if (!out.has(path)) left.push(path.subject);
      out.add(path);
    }
  }
  return out;
}

/** Of one subject the first stays; of several none does. */
function addTwins(
  entries: readonly PathEntry[],
  first: number,
  at: number,
  out: Set<PathEntry>,
): void {
  const path = entries[at];
  if (path === undefined) return;
  for (let before = first; before < at; before += 1) {
    const other = entries[before];
    const twin = other !== undefined && other.hash === path.hash && samePath(other, path);
    if (twin) out.add(path);
    if (twin && other.subject !== path.subject) out.add(other);
  }
}

function samePath({ units: left }: PathEntry, { units: right }: PathEntry): boolean {
  return left.length === right.length && left.every((unit, index) => unit === right[index]);
}
