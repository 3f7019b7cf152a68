/** Addresses as numbers, for ranges; and which of them are near. */
import ipaddr from 'ipaddr.js';

export interface NumericAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** Both ends included. */
export interface NumericRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** Reading text costs more than a whole decision: the ends of rules' ranges, and one connection's address, come again and again. */
const known = new Map<string, NumericAddress | null>();
const MOST_KNOWN = 4096;
/** The longest IPv6 address with a scope; whatever text comes, what is kept stays small. */
const MOST_TEXT = 64;

/** Null for text that is no address. An IPv6 scope (`%4`) names an interface and is no part of the number. */
export function numericAddress(text: string): NumericAddress | null {
  const before = known.get(text);
  if (before !== undefined) return before;
  const address = readAddress(withoutScope(text));
  if (known.size === MOST_KNOWN) known.clear();
  if (text.length <= MOST_TEXT) known.set(text, address);
  return address;
}

function readAddress(bare: string): NumericAddress | null {
  if (!ipaddr.isValid(bare)) return null;
  const parsed = ipaddr.parse(bare);
  const value = parsed.toByteArray().reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return { family: parsed.kind() === 'ipv4' ? 4 : 6, value };
}

/** Whether one of the ranges has this address. */
export function isWithin(text: string, ranges: readonly NumericRange[]): boolean {
  const address = numericAddress(text);
  if (address === null) return false;
  const { family, value } = address;
  return ranges.some((one) => one.family === family && one.first <= value && value <= one.last);
}

/** This computer: RFC 1122 and 4291. */
export const loopbackRanges = rangesOf(['127.0.0.0/8'], ['::1/128']);

/**
 * The networks next to this computer: RFC 1918, 3927, 4291 and 4193, and multicast that stays within the site (RFC 5771,
 * 2365, 7346). Not RFC 6598: behind a provider's NAT are strangers.
 */
export const lanRanges = rangesOf(
  [
    ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'],
    ...['224.0.0.0/24', '239.0.0.0/8', '255.255.255.255/32'],
  ],
  ['fe80::/10', 'fc00::/7', ...nearMulticast()],
);

/** Scopes 1 to 5 with whatever flags. */
function nearMulticast(): string[] {
  const hex = (digit: number) => digit.toString(16);
  return Array.from({ length: 16 }, (_, flags) =>
    [1, 2, 3, 4, 5].map((scope) => `ff${hex(flags)}${hex(scope)}::/16`),
  ).flat();
}

/** IPv4 also as IPv6 writes it (`::ffff:10.0.0.1`). */
function rangesOf(four: readonly string[], six: readonly string[]): NumericRange[] {
  const mapped = four.map((prefix) => {
    const [address = '', length] = prefix.split('/');
    return `${ipaddr.IPv4.parse(address).toIPv4MappedAddress().toString()}/${96 + Number(length)}`;
  });
  return [...four, ...six, ...mapped].map(prefixRange);
}

function prefixRange(prefix: string): NumericRange {
  const [text = '', length = ''] = prefix.split('/');
  const { family, value } = numericAddress(text) ?? { family: 4, value: 0n };
  const size = 1n << BigInt((family === 4 ? 32 : 128) - Number(length));
  return { family, first: value, last: value + size - 1n };
}

function withoutScope(text: string): string {
  const scope = text.indexOf('%');
  return scope === -1 ? text : text.slice(0, scope);
}
