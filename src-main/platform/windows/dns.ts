/**
 * The names in Windows' DNS client cache. `DnsGetCacheDataTable` of dnsapi.dll is what `ipconfig /displaydns` calls; it is
 * exported and in no header. `DnsQuery_W` with DNS_QUERY_NO_WIRE_QUERY answers from the cache and the hosts file and never
 * from the network (windns.h).
 */
import { addressText } from '../../driver/address.ts';
import { FAMILY_IPV4, FAMILY_IPV6 } from '../../driver/wire.gen.ts';
import type { Pointer } from './ffi.ts';
import {
  declare,
  numberOf,
  once,
  pointerOf,
  read,
  readNumber,
  readPointer,
  readText,
} from './ffi.ts';

const TYPE_A = 1;
const TYPE_CNAME = 5;
const TYPE_AAAA = 28;
/** NO_WIRE_QUERY, NO_NETBT, NO_MULTICAST. */
const CACHE_ONLY = 0x10 | 0x80 | 0x800;
const FREE_FLAT = 0;
const FREE_RECORD_LIST = 1;
/** DNS_CACHE_ENTRY: next, name, type. */
const ENTRY = { name: 8, type: 16 };
/** DNS_RECORDW. */
const RECORD = { name: 8, type: 16, bytes: 18, ttl: 24, data: 32 };
const MAX_NAMES = 10_000;
const MAX_RECORDS = 256;

const api = once(() =>
  declare('dnsapi.dll', {
    DnsGetCacheDataTable: 'int32_t __stdcall DnsGetCacheDataTable(_Out_ uintptr_t *)',
    DnsQuery_W:
      'int32_t __stdcall DnsQuery_W(str16, uint16_t, uint32_t, void *, _Out_ uintptr_t *, void *)',
    DnsFree: 'void __stdcall DnsFree(uintptr_t, uint32_t)',
  }),
);

/** An answer in the cache: the names from the one that was asked for to the one that has the address. */
export interface CachedName {
  /** As DNS has them; the first was looked up, the others are what it is an alias of. */
  readonly names: readonly string[];
  /** Canonical, without a scope. */
  readonly address: string;
}

/** Empty where there is no cache, as when its service is stopped. */
export function cachedNames(): CachedName[] {
  return [...namesInCache()].flatMap((name) => [
    ...answersFor(name, TYPE_A),
    ...answersFor(name, TYPE_AAAA),
  ]);
}

function namesInCache(): Set<string> {
  const names = new Set<string>();
  const first = [0n];
  if (numberOf(api().DnsGetCacheDataTable(first)) === 0) return names;
  let entry = pointerOf(first[0]);
  while (entry !== 0n) {
    const [next, name] = [readPointer(entry, 0), readPointer(entry, ENTRY.name)];
    const type = readNumber(entry, ENTRY.type) & 0xffff;
    const isHost = type === TYPE_A || type === TYPE_AAAA || type === TYPE_CNAME;
    if (isHost && names.size < MAX_NAMES) names.add(readText(name));
    if (name !== 0n) api().DnsFree(name, FREE_FLAT);
    api().DnsFree(entry, FREE_FLAT);
    entry = next;
  }
  return names;
}

function answersFor(name: string, type: number): CachedName[] {
  const list = [0n];
  const failed = numberOf(api().DnsQuery_W(name, type, CACHE_ONLY, null, list, null)) !== 0;
  const first = pointerOf(list[0]);
  if (first === 0n) return [];
  try {
    return failed ? [] : answersIn(first, name);
  } finally {
    api().DnsFree(first, FREE_RECORD_LIST);
  }
}

/** Of a list of DNS_RECORDW that answers for this name. */
export function answersIn(first: Pointer, name: string): CachedName[] {
  const names = [name];
  const addresses: string[] = [];
  let record = first;
  for (let count = 0; record !== 0n && count < MAX_RECORDS; count += 1) {
    const type = readNumber(record, RECORD.type) & 0xffff;
    if (type === TYPE_CNAME) names.push(readText(readPointer(record, RECORD.data)));
    const address = addressIn(record, type);
    if (address !== null) addresses.push(address);
    record = readPointer(record, 0);
  }
  return addresses.map((address) => ({ names, address }));
}

function addressIn(record: Pointer, type: number): string | null {
  if (type === TYPE_A) return addressText(read(record, RECORD.data, 4), FAMILY_IPV4, 0);
  return type === TYPE_AAAA ? addressText(read(record, RECORD.data, 16), FAMILY_IPV6, 0) : null;
}
