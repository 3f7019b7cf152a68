/** Addresses of the wire (network order, IPv4 in the first four bytes) as canonical text. */
import { FAMILY_IPV4 } from './wire.gen.ts';

/** Canonical text of an address: dotted decimal, or RFC 5952 with `%scope` where there is one. */
export function addressText(bytes: Uint8Array, family: number, scopeId: number): string {
  if (family === FAMILY_IPV4) return bytes.subarray(0, 4).join('.');
  const text = ipv6Text(groupsOf(bytes));
  return scopeId === 0 ? text : `${text}%${scopeId}`;
}

function groupsOf(bytes: Uint8Array): number[] {
  return Array.from(
    { length: 8 },
    (_, index) => (bytes[index * 2] ?? 0) * 256 + (bytes[index * 2 + 1] ?? 0),
  );
}

function ipv6Text(groups: readonly number[]): string {
  const { start, length } = longestZeroRun(groups);
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/** The first of the longest runs of zero groups (RFC 5952, section 4.2.3). */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  groups.forEach((group, index) => {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: index + 1 - length, length };
  });
  return best;
}

function hex(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':');
}
