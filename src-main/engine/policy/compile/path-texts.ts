/**
 * The image paths of all subjects as the driver compares them: A-Z are a-z, as far as paths go; everything else has to be
 * equal, UTF-16 unit by unit, which works at any interrupt level and needs no table of letters that two sides could have in
 * two versions. The kernel gives paths in lower case by itself; where it doesn't, a path is not found, and the engine is
 * asked.
 */
import { ANEW, copyCells, endOf, startsOf } from './columns.ts';
import type { Column } from './columns.ts';
import { MAX_PATH_BYTES } from './layout.gen.ts';
import type { PlainSubject } from './plain.ts';

/** By the places of subjects. */
export interface PathTexts {
  /** With seed 1, which nearly always does. */
  readonly hashes: Column<Uint32Array>;
  /** Units of each path. */
  readonly lengths: Column<Uint16Array>;
  readonly text: Column<Uint16Array>;
}

/** `same`: the place among the last ones of those whose paths are the very same. */
export function pathTexts(
  all: readonly PlainSubject[],
  same: Int32Array,
  last: PathTexts | null,
): PathTexts {
  const fitting = ({ paths }: PlainSubject) => paths.filter(fits);
  const starts = startsOf(all.length, (place) => countOf(all[place]));
  const textStarts = startsOf(all.length, (place) => unitsOf(all[place]));
  const texts = {
    hashes: { cells: new Uint32Array(endOf(starts)), starts },
    lengths: { cells: new Uint16Array(endOf(starts)), starts },
    text: { cells: new Uint16Array(endOf(textStarts)), starts: textStarts },
  };
  if (last !== null) {
    copyCells(last.hashes, texts.hashes, same);
    copyCells(last.lengths, texts.lengths, same);
    copyCells(last.text, texts.text, same);
  }
  all.forEach((subject, place) => {
    if (same[place] === ANEW) putPaths(fitting(subject), place, texts);
  });
  return texts;
}

function fits(path: string): boolean {
  return path !== '' && path.length * 2 <= MAX_PATH_BYTES;
}

function countOf(subject: PlainSubject | undefined): number {
  let count = 0;
  for (const path of subject?.paths ?? []) if (fits(path)) count += 1;
  return count;
}

function unitsOf(subject: PlainSubject | undefined): number {
  let units = 0;
  for (const path of subject?.paths ?? []) if (fits(path)) units += path.length;
  return units;
}

function putPaths(
  paths: readonly string[],
  place: number,
  { hashes, lengths, text }: PathTexts,
): void {
  let at = text.starts[place] ?? 0;
  paths.forEach((path, index) => {
    const number = (hashes.starts[place] ?? 0) + index;
    const end = putFolded(path, text.cells, at);
    lengths.cells[number] = path.length;
    hashes.cells[number] = hashOf(1, text.cells, at, end);
    at = end;
  });
}

/** Where it ends. */
function putFolded(path: string, text: Uint16Array, first: number): number {
  for (let index = 0; index < path.length; index += 1) {
    const unit = path.charCodeAt(index);
    text[first + index] = unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit;
  }
  return first + path.length;
}

/** As core/table_find.c has it: FNV-1a over the units, begun with the seed and mixed at the end. */
export function hashOf(seed: number, text: Uint16Array, first: number, end: number): number {
  let hash = seed ^ 0x811c9dc5;
  for (let at = first; at < end; at += 1) hash = Math.imul(hash ^ (text[at] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}
