/**
 * One line of a blocklist: a hosts line, a name, an address, a block in CIDR notation or a range. A name stands for itself
 * and everything below it; so does one with a wildcard prefix.
 */
import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';
import type { ListProblemCode } from '../../../src-preload/contract/model.ts';

/** Both ends belong to it; four bytes each for IPv4, sixteen for IPv6. */
export interface AddressSpan {
  readonly first: readonly number[];
  readonly last: readonly number[];
}

export type LineContent =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'span'; readonly span: AddressSpan }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'problem'; readonly code: ListProblemCode };

/** Longer lines are no entries (a name has at most 253 characters). */
export const MAX_LINE = 4096;

const nothing: LineContent = { kind: 'nothing' };
const asciiOnly = /^[!-~]+$/;
const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
/** Names as resolvers take them: underscores occur (RFC 2181, 11); the last label is not a number (RFC 3696, 2). */
const hostName = new RegExp(`^(?:${label}\\.)*(?!\\d+$)${label}$`);
/** What every hosts file has, for the computer itself. */
const housekeeping =
  /^(?:localhost|localhost\.localdomain|local|broadcasthost|ip6-(?:localhost|loopback|localnet|mcastprefix|allnodes|allrouters|allhosts)|0\.0\.0\.0)$/;
/** Filters for browsers, which are about pages and not about hosts. */
const filterSyntax = /^(?:@@|\|)|\^$|[$,]|##/;

/** What this line, without its end, stands for. */
export function readLine(line: string): LineContent {
  if (line.length > MAX_LINE) return problem('too-long');
  const text = withoutComment(line).trim();
  if (text === '') return nothing;
  const words = text.split(/\s+/);
  const [first = '', second] = words;
  if (second === undefined) return readWord(first);
  if (words.length === 3 && second === '-') return readSpan(words.join(''));
  if (parseAddress(first) === null) return problem('not-a-name');
  return readHosts(words.slice(1));
}

function withoutComment(line: string): string {
  if (line.trimStart().startsWith('!')) return '';
  const end = line.search(/[#;]/);
  return end < 0 || line.startsWith('##', end) ? line : line.slice(0, end);
}

function readHosts(words: readonly string[]): LineContent {
  const wanted = words.filter((word) => !housekeeping.test(word.toLowerCase()));
  if (wanted.length === 0) return nothing;
  const names = wanted.map(canonicalEntry);
  const bad = names.indexOf(null);
  if (bad >= 0) return problem(problemOf(wanted[bad] ?? ''));
  return { kind: 'names', names: names.filter((name) => name !== null) };
}

function readWord(word: string): LineContent {
  if (word.includes('/') || word.includes(':') || /^[\d.-]+$/.test(word)) return readSpan(word);
  return readHosts([word]);
}

/** A wildcard may name a whole top-level domain; a lone word is more likely a mistake. */
function canonicalEntry(word: string): string | null {
  const wild = word.startsWith('*.');
  const bare = wild ? word.slice(2) : word.startsWith('.') ? word.slice(1) : word;
  const name = canonicalName(bare);
  return name === null || (!wild && !name.includes('.')) ? null : name;
}

/** Lower case, without a final dot, in ASCII (UTS 46); null when it is no host name. */
export function canonicalName(given: string): string | null {
  const bare = given.endsWith('.') ? given.slice(0, -1) : given;
  const name = asciiOnly.test(bare) ? bare.toLowerCase() : domainToASCII(bare);
  return name.length <= 253 && hostName.test(name) ? name : null;
}

function readSpan(word: string): LineContent {
  const span = word.includes('/') ? readBlock(word) : readRange(word);
  if (span === null) return problem('not-a-range');
  if (span.first.every((byte) => byte === 0) && span.last.every((byte) => byte === 255)) {
    return problem('everything');
  }
  return { kind: 'span', span };
}

function readBlock(word: string): AddressSpan | null {
  const [address = '', bits = '', more] = word.split('/');
  const parsed = /^\d{1,3}$/.test(bits) && more === undefined ? parseAddress(address) : null;
  if (parsed === null || Number(bits) > parsed.length * 8) return null;
  return {
    first: parsed.map((byte, at) => byte & maskByte(Number(bits), at)),
    last: parsed.map((byte, at) => byte | (~maskByte(Number(bits), at) & 0xff)),
  };
}

function maskByte(bits: number, at: number): number {
  const own = Math.min(8, Math.max(0, bits - at * 8));
  return (0xff << (8 - own)) & 0xff;
}

function readRange(word: string): AddressSpan | null {
  const [from = '', to = from, more] = word.split('-');
  const first = parseAddress(from);
  const last = parseAddress(to);
  if (first === null || last === null || more !== undefined) return null;
  return first.length === last.length && !isAfter(first, last) ? { first, last } : null;
}

function isAfter(one: readonly number[], other: readonly number[]): boolean {
  const at = one.findIndex((byte, index) => byte !== other[index]);
  return at >= 0 && (one[at] ?? 0) > (other[at] ?? 0);
}

/** Its bytes, an IPv4 address in IPv6 clothes as IPv4; null when it is no address. A scope is left out. */
export function parseAddress(text: string): number[] | null {
  const [bare = ''] = text.split('%');
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare).toByteArray();
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return null;
  const parsed = ipaddr.IPv6.parse(bare);
  return (parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed).toByteArray();
}

/** As people write it. */
export function formatAddress(bytes: readonly number[]): string {
  return ipaddr.fromByteArray([...bytes]).toString();
}

function problemOf(word: string): ListProblemCode {
  if (filterSyntax.test(word)) return 'filter-syntax';
  return canonicalName(word) === null ? 'not-a-name' : 'top-level';
}

function problem(code: ListProblemCode): LineContent {
  return { kind: 'problem', code };
}
