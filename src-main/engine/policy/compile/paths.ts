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
const folded = new WeakMap<readonly string[], readonly Uint16Array[]>();

/** Paths of these subjects. One that two subjects claim says nothing, and is left out. */
export function pathSection(subjects: readonly PlainSubject[]): PathSection {
  const paths = ownPaths(subjects);
  const count = bucketCount(paths.length);
  let best: PathSection | null = null;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const section = bucketed(paths, count, seed);
    if (section.left.length === 0) return section;
    if (best === null || section.left.length < best.left.length) best = section;
  }
  return best ?? bucketed(paths, count, 1);
}

interface OwnPath {
  readonly subject: number;
  readonly units: Uint16Array;
}

function ownPaths(subjects: readonly PlainSubject[]): OwnPath[] {
  const owners = new Map<string, number>();
  const paths: (OwnPath & { readonly text: string })[] = [];
  subjects.forEach(({ paths: own }, subject) => {
    for (const units of foldedPaths(own)) {
      const text = String.fromCharCode(...units);
      const owner = owners.get(text);
      if (owner === undefined) paths.push({ subject, units, text });
      if (owner !== subject) owners.set(text, owner === undefined ? subject : CLAIMED);
    }
  });
  return paths.filter(({ text }) => owners.get(text) !== CLAIMED);
}

const CLAIMED = -1;

function foldedPaths(paths: readonly string[]): readonly Uint16Array[] {
  const known = folded.get(paths);
  if (known !== undefined) return known;
  const made = paths.filter((path) => path !== '' && path.length * 2 <= MAX_PATH_BYTES).map(fold);
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
function bucketed(paths: readonly OwnPath[], count: number, seed: number): PathSection {
  const buckets = Array.from({ length: count }, (): PathEntry[] => []);
  const left: number[] = [];
  for (const { subject, units } of paths) {
    const hash = hashOf(seed, units);
    const bucket = buckets[hash & (count - 1)];
    if (bucket === undefined || bucket.length === MAX_PATH_BUCKET) left.push(subject);
    else bucket.push({ hash, subject, units });
  }
  const firsts = new Uint32Array(count + 1);
  buckets.forEach((bucket, index) => {
    firsts[index + 1] = (firsts[index] ?? 0) + bucket.length;
  });
  return { seed, buckets: firsts, entries: buckets.flat(), left };
}
