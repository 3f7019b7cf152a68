/** Places and ports as people write them. */
import { domainToASCII } from 'node:url';

import ipaddr from 'ipaddr.js';
import { getDomain } from 'tldts';

import type { Place, PortRange } from '../../../src-preload/contract/rules.ts';
import { numericAddress } from './addresses.ts';

const words = new Map<string, Place>([
  ['', { kind: 'anything' }],
  ['*', { kind: 'anything' }],
  ['anywhere', { kind: 'anything' }],
  ['this computer', { kind: 'loopback' }],
  ['loopback', { kind: 'loopback' }],
  ['local networks', { kind: 'lan' }],
  ['lan', { kind: 'lan' }],
]);

/** The place that this text means, in canonical form; null when it means none. */
export function placeFromText(text: string): Place | null {
  const bare = text.trim().toLowerCase();
  return (
    words.get(bare) ??
    addressPlace(bare) ??
    prefixPlace(bare) ??
    rangePlace(bare) ??
    namePlace(bare)
  );
}

/** Null when this is no list of ports. Empty text is any port: `ports` null. */
export function portsFromText(text: string): { readonly ports: PortRange[] | null } | null {
  if (text.trim() === '') return { ports: null };
  const ranges = text.split(',').map((part) => portRange(part.trim()));
  const ports = ranges.filter((range) => range !== null);
  return ports.length === ranges.length ? { ports: joined(ports) } : null;
}

/** The domain that somebody can own, such as `example.co.uk` for all names below it; the name itself where there is none. */
export function registrableDomain(name: string): string {
  return getDomain(name, { allowPrivateDomains: true }) ?? name;
}

function addressPlace(text: string): Place | null {
  const address = canonicalAddress(text);
  return address === null ? null : { kind: 'address', address };
}

/** As the driver's addresses are written: dotted, or RFC 5952 with `%scope`. */
export function canonicalAddress(text: string): string | null {
  const [bare = '', scope] = text.split('%');
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return text.split('.').map(Number).join('.');
  if (!ipaddr.IPv6.isValid(bare) || !/^\d*$/.test(scope ?? '')) return null;
  const address = ipaddr.IPv6.parse(bare).toRFC5952String();
  return scope === undefined || scope === '' ? address : `${address}%${scope}`;
}

function prefixPlace(text: string): Place | null {
  if (!ipaddr.isValidCIDR(text)) return null;
  const family = text.includes(':') ? ipaddr.IPv6 : ipaddr.IPv4;
  const first = canonicalAddress(family.networkAddressFromCIDR(text).toString());
  const last = canonicalAddress(lastOf(text));
  if (first === null || last === null) return null;
  return first === last ? { kind: 'address', address: first } : { kind: 'range', first, last };
}

function lastOf(prefix: string): string {
  return prefix.includes(':')
    ? ipaddr.IPv6.broadcastAddressFromCIDR(prefix).toString()
    : ipaddr.IPv4.broadcastAddressFromCIDR(prefix).toString();
}

function rangePlace(text: string): Place | null {
  const [first, last, ...more] = text.split('-').map((part) => canonicalAddress(part.trim()));
  if (first === undefined || last === undefined || more.length > 0) return null;
  if (first === null || last === null) return null;
  const [low, high] = [numericAddress(first), numericAddress(last)];
  if (low === null || high === null || low.family !== high.family) return null;
  if (low.value > high.value || first.includes('%') || last.includes('%')) return null;
  return low.value === high.value
    ? { kind: 'address', address: first }
    : { kind: 'range', first, last };
}

const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

function namePlace(text: string): Place | null {
  const below = text.startsWith('*.');
  const name = domainToASCII(below ? text.slice(2) : text).replace(/\.$/, '');
  const labels = name.split('.');
  const isName = name.length <= 253 && labels.every((one) => label.test(one));
  // The last label of a name is never all digits (RFC 1123, 2.1): such text is a mistyped address.
  if (!isName || /^\d+$/.test(labels.at(-1) ?? '')) return null;
  return { kind: below ? 'domain' : 'host', name };
}

function portRange(text: string): PortRange | null {
  const found = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(text);
  if (found === null) return null;
  const first = Number(found[1]);
  const last = Number(found[2] ?? found[1]);
  return first <= last && last <= 65_535 ? { first, last } : null;
}

/** Sorted, and apart from each other. */
function joined(ranges: readonly PortRange[]): PortRange[] {
  const all: PortRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const before = all.at(-1);
    if (before === undefined || range.first > before.last + 1) all.push(range);
    else all[all.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
  }
  return all;
}
