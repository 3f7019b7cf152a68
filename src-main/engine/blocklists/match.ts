/** Whether a list has something to say about a name or an address, and which of its entries says it. */
import type { CompiledList } from './compile.ts';
import { canonicalName, formatAddress, parseAddress } from './entry.ts';
import type { AddressSpan } from './entry.ts';
import { findName, nameAt } from './name-set.ts';
import { findRange, spanAt } from './range-set.ts';

export interface ListEntry {
  /** The entry in canonical form: a name, an address, or "first - last". */
  readonly entry: string;
  /** Its line in the list's file, from 1. */
  readonly line: number;
}

/** The entry that is this host name or above it. */
export function matchName({ names }: CompiledList, name: string): ListEntry | null {
  const canonical = canonicalName(name);
  const found = canonical === null ? -1 : findName(names, canonical);
  return found < 0 ? null : { entry: nameAt(names, found), line: names.lines[found] ?? 0 };
}

/** The entry that has this address; an IPv4 address in IPv6 clothes is looked up as IPv4. */
export function matchAddress(list: CompiledList, address: string): ListEntry | null {
  const bytes = parseAddress(address);
  if (bytes === null) return null;
  const set = bytes.length === 4 ? list.ipv4 : list.ipv6;
  const found = findRange(set, bytes);
  if (found < 0) return null;
  return { entry: entryOf(spanAt(set, found)), line: set.lines[found] ?? 0 };
}

function entryOf({ first, last }: AddressSpan): string {
  const [from, to] = [formatAddress(first), formatAddress(last)];
  return from === to ? from : `${from} - ${to}`;
}

/** All addresses of the list as ranges that neither overlap nor touch, in ascending order: for the kernel's table. */
export function rangesOf(list: CompiledList): { ipv4: AddressSpan[]; ipv6: AddressSpan[] } {
  return { ipv4: joined(spansOf(list.ipv4)), ipv6: joined(spansOf(list.ipv6)) };
}

function* spansOf(set: CompiledList['ipv4']): Generator<AddressSpan> {
  for (let range = 0; range < set.lines.length; range += 1) yield spanAt(set, range);
}

function joined(spans: Iterable<AddressSpan>): AddressSpan[] {
  const all: AddressSpan[] = [];
  for (const span of spans) {
    const last = all.at(-1);
    if (last !== undefined && valueOf(span.first) <= valueOf(last.last) + 1n) {
      all[all.length - 1] = { first: last.first, last: span.last };
    } else all.push(span);
  }
  return all;
}

function valueOf(bytes: readonly number[]): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}
