/**
 * What belongs to each of many subjects, one behind the other in one array: an array for each of 100 000 would take
 * several times the memory, and moving what has not changed would take a step for each.
 */
type Cells = Uint16Array | Uint32Array;

export interface Column<T extends Cells> {
  readonly cells: T;
  /** Where those of each place begin; the last is where all end. */
  readonly starts: Uint32Array;
}

/** Of no source. */
export const ANEW = -1;

/** Where each of so many places begins. */
export function startsOf(count: number, lengthOf: (place: number) => number): Uint32Array {
  const starts = new Uint32Array(count + 1);
  let end = 0;
  for (let place = 0; place < count; place += 1) {
    end += lengthOf(place);
    starts[place + 1] = end;
  }
  return starts;
}

export function lengthAt(starts: Uint32Array, place: number): number {
  return (starts[place + 1] ?? 0) - (starts[place] ?? 0);
}

export function endOf(starts: Uint32Array): number {
  return starts.at(-1) ?? 0;
}

/**
 * Copies to each place what the place has that `sources` names, in runs as long as they come; `ANEW` names none, and where
 * there is room for another number of cells nothing is copied.
 */
export function copyCells<T extends Cells>(
  from: Column<T>,
  to: Column<T>,
  sources: Int32Array,
): void {
  for (let place = 0; place < sources.length;) {
    const end = endOfRun(from.starts, to.starts, sources, place);
    const source = sources[place] ?? ANEW;
    if (end > place) {
      const [first, last] = [from.starts[source], from.starts[source + end - place]];
      to.cells.set(from.cells.subarray(first, last), to.starts[place]);
    }
    place = Math.max(end, place + 1);
  }
}

function endOfRun(from: Uint32Array, to: Uint32Array, sources: Int32Array, first: number): number {
  const source = sources[first] ?? ANEW;
  if (source === ANEW) return first;
  let place = first;
  while (
    sources[place] === source + place - first &&
    lengthAt(from, source + place - first) === lengthAt(to, place)
  ) {
    place += 1;
  }
  return place;
}
