/** Ranges of addresses, found by prefix: at most one look-up per length of prefix in use, however many ranges there are. */
import { numericAddress } from './addresses.ts';
import type { NumericAddress } from './addresses.ts';

const BITS = { 4: 32, 6: 128 } as const;

export class RangeIndex<Value> {
  readonly #cells = new Map<string, Set<Value>>();
  /** Prefixes in use, by family and length. */
  readonly #lengths = { 4: new Map<number, number>(), 6: new Map<number, number>() };

  /** A range whose ends are no addresses of one family, in order, covers nothing. */
  add(first: string, last: string, value: Value): void {
    for (const { family, length, key } of prefixesOf(first, last)) {
      const cell = this.#cells.get(key);
      if (cell !== undefined) cell.add(value);
      else {
        this.#cells.set(key, new Set([value]));
        this.#count(family, length, 1);
      }
    }
  }

  delete(first: string, last: string, value: Value): void {
    for (const { family, length, key } of prefixesOf(first, last)) {
      const cell = this.#cells.get(key);
      cell?.delete(value);
      if (cell?.size !== 0) continue;
      this.#cells.delete(key);
      this.#count(family, length, -1);
    }
  }

  /** Everything whose range has this address. */
  *find(address: string): Iterable<Value> {
    const numeric = numericAddress(address);
    if (numeric === null) return;
    for (const length of this.#lengths[numeric.family].keys()) {
      yield* this.#cells.get(keyOf(numeric, length)) ?? [];
    }
  }

  #count(family: 4 | 6, length: number, change: number): void {
    const lengths = this.#lengths[family];
    const count = (lengths.get(length) ?? 0) + change;
    if (count === 0) lengths.delete(length);
    else lengths.set(length, count);
  }
}

interface Prefix {
  readonly family: 4 | 6;
  readonly length: number;
  readonly key: string;
}

/** The fewest prefixes that make up a range: at most two for each bit of an address. */
function prefixesOf(first: string, last: string): Prefix[] {
  const [low, high] = [numericAddress(first), numericAddress(last)];
  if (low === null || high === null || low.family !== high.family) return [];
  const { family } = low;
  const prefixes: Prefix[] = [];
  for (let at = low.value; at <= high.value;) {
    let bits = 0n;
    while (bits < BITS[family] && fits(at, bits + 1n, high.value)) bits += 1n;
    const length = BITS[family] - Number(bits);
    prefixes.push({ family, length, key: keyOf({ family, value: at }, length) });
    at += 1n << bits;
  }
  return prefixes;
}

/** Whether the block of 2 ** bits addresses that begins here is aligned and ends in time. */
function fits(at: bigint, bits: bigint, last: bigint): boolean {
  const size = 1n << bits;
  return at % size === 0n && at + size - 1n <= last;
}

function keyOf({ family, value }: NumericAddress, length: number): string {
  return `${family}/${length}/${value >> BigInt(BITS[family] - length)}`;
}
