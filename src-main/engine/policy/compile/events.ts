/**
 * Sweeping over a line: where the ranges of numbered rules begin and end, in order. Ranges may overlap and come in any
 * order; a rule whose ranges are null is everywhere.
 */

export interface Range<T> {
  readonly first: T;
  readonly last: T;
}

/** Sorted by position; a code is a rule's number times 2, plus 1 for a beginning. */
export interface Events<T> {
  readonly positions: ArrayLike<T>;
  readonly codes: Uint32Array;
}

/** Numbered rules of one sweep; a code has to fit its place beside a position in 53 bits. */
export const MAX_RULES = 2 ** 19;
const CODES = 2 ** 20;

/** Of ranges of numbers from 0 to `end` - 1, with `end` at most 2 ** 32. */
export function numberEvents(
  rules: readonly (readonly Range<number>[] | null)[],
  end: number,
): Events<number> {
  const sorted = packedEvents(rules, end);
  const positions = new Float64Array(sorted.length);
  const codes = new Uint32Array(sorted.length);
  for (let at = 0; at < sorted.length; at += 1) {
    const event = sorted[at] ?? 0;
    const position = Math.floor(event / CODES);
    positions[at] = position;
    codes[at] = event - position * CODES;
  }
  return { positions, codes };
}

/** Sorted; each is a position and a code in one number. */
function packedEvents(
  rules: readonly (readonly Range<number>[] | null)[],
  end: number,
): Float64Array {
  let size = 0;
  for (const ranges of rules) size += ranges?.length ?? 1;
  const packed = new Float64Array(size * 2);
  let count = 0;
  rules.forEach((ranges, rule) => {
    for (const { first, last } of ranges ?? [{ first: 0, last: end - 1 }]) {
      if (!(first >= 0 && first <= last && last < end)) throw new RangeError('not a range');
      packed[count++] = first * CODES + rule * 2 + 1;
      if (last + 1 < end) packed[count++] = (last + 1) * CODES + rule * 2;
    }
  });
  return packed.subarray(0, count).toSorted();
}

/** Of ranges of IPv6 addresses. */
export function wideEvents(rules: readonly (readonly Range<bigint>[] | null)[]): Events<bigint> {
  const events: { position: bigint; code: number }[] = [];
  rules.forEach((ranges, rule) => {
    for (const { first, last } of ranges ?? [{ first: 0n, last: LAST_WIDE }]) {
      if (first < 0n || first > last || last > LAST_WIDE) throw new RangeError('not a range');
      events.push({ position: first, code: rule * 2 + 1 });
      if (last < LAST_WIDE) events.push({ position: last + 1n, code: rule * 2 });
    }
  });
  events.sort((a, b) => (a.position < b.position ? -1 : a.position > b.position ? 1 : 0));
  return {
    positions: events.map((event) => event.position),
    codes: Uint32Array.from(events, (event) => event.code),
  };
}

const LAST_WIDE = 2n ** 128n - 1n;

/** Which of the rules are open at a place of the sweep; asked for the lowest number. */
export class OpenRules {
  /** How often each is open; one array may serve several sets of rules. */
  readonly #times: Uint32Array;
  readonly #open: number[] = [];

  constructor(times: Uint32Array) {
    this.#times = times;
  }

  /** The lowest open rule, or undefined. */
  get lowest(): number | undefined {
    return this.#open[0];
  }

  /** Does what an event says. */
  turn(code: number): void {
    const rule = code >>> 1;
    const times = this.#times[rule] ?? 0;
    this.#times[rule] = times + (code % 2 === 1 ? 1 : -1);
    if (code % 2 === 1 && times === 0) this.#open.splice(this.#place(rule), 0, rule);
    if (code % 2 === 0 && times === 1) this.#open.splice(this.#place(rule), 1);
  }

  /** How many open rules have a lower number. */
  #place(rule: number): number {
    let low = 0;
    let high = this.#open.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#open[middle] ?? 0) < rule) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
