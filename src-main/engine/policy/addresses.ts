/** Addresses as numbers, for ranges; and which of them are near. */
import ipaddr from 'ipaddr.js';

export interface NumericAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Null for text that is no address. An IPv6 scope (`%4`) names an interface and is no part of the number. */
export function numericAddress(text: string): NumericAddress | null {
  const bare = withoutScope(text);
  if (!ipaddr.isValid(bare)) return null;
  const parsed = ipaddr.parse(bare);
  const value = parsed.toByteArray().reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return { family: parsed.kind() === 'ipv4' ? 4 : 6, value };
}

/** RFC 1918, 3927, 4291 and 4193. Not RFC 6598: behind a provider's NAT are strangers. */
const nearRanges = new Set(['private', 'linkLocal', 'uniqueLocal', 'broadcast']);

/** Whether this address is on a network next to this computer, by its number alone. */
export function isLan(text: string): boolean {
  const bare = withoutScope(text);
  if (!ipaddr.isValid(bare)) return false;
  const parsed = ipaddr.process(bare);
  const range = parsed.range();
  return range === 'multicast' ? isNearMulticast(parsed) : nearRanges.has(range);
}

/** 127.0.0.0/8 and ::1, also as an IPv4-mapped address. */
export function isLoopback(text: string): boolean {
  const bare = withoutScope(text);
  return ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'loopback';
}

/** IPv4: 224.0.0.0/24 and 239.0.0.0/8 (RFC 5771, 2365); IPv6: scopes 1 to 5 (RFC 7346). */
function isNearMulticast(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  const [first = 0, second = 0, third = 0] = address.toByteArray();
  if (address.kind() === 'ipv6') return (second & 0xf) <= 5;
  return first === 239 || (second === 0 && third === 0);
}

function withoutScope(text: string): string {
  const scope = text.indexOf('%');
  return scope === -1 ? text : text.slice(0, scope);
}
