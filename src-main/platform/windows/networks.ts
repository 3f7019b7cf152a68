/**
 * The networks that this computer is in, by the addresses that it has in them: the Network List Manager says which network
 * an adapter is in and how the user has classified it (netlistmgr.h), GetAdaptersAddresses which addresses it has.
 */
import { addressText } from '../../driver/address.ts';
import { FAMILY_IPV4, FAMILY_IPV6 } from '../../driver/wire.gen.ts';
import type { Network } from '../../engine/ports.ts';
import type { Arena, Call, Pointer } from './ffi.ts';
import {
  declare,
  inArena,
  koffi,
  numberOf,
  once,
  pointerOf,
  read,
  readNumber,
  readPointer,
} from './ffi.ts';

const COINIT_MULTITHREADED = 0;
const CLSCTX_ALL = 23;
const CLASS = 'dcb00c01';
const MANAGER = 'dcb00000';
/** Places in the tables of methods: three of IUnknown and four of IDispatch come first. */
const RELEASE = 2;
const MANAGER_CONNECTIONS = 9;
const ENUMERATOR_NEXT = 8;
const CONNECTION_NETWORK = 7;
const CONNECTION_ADAPTER = 12;
const NETWORK_ID = 11;
const NETWORK_CATEGORY = 18;
/** NLM_NETWORK_CATEGORY. */
const categories = ['public', 'private', 'domain'] as const;
const MAX_CONNECTIONS = 64;
/** IP_ADAPTER_ADDRESSES_LH, IP_ADAPTER_UNICAST_ADDRESS_LH, SOCKET_ADDRESS (iptypes.h, ws2def.h). */
const ADAPTER = { next: 8, name: 16, unicast: 24 };
const UNICAST = { next: 8, address: 16 };
const AF_INET = 2;
const AF_INET6 = 23;
/** No anycast, multicast and DNS servers. */
const ONLY_UNICAST = 0xe;
const ADAPTERS_BYTES = 65_536;
const ERROR_BUFFER_OVERFLOW = 111;
const MAX_TRIES = 4;

const api = once(() => ({
  ...declare('ole32.dll', {
    CoInitializeEx: 'uint32_t __stdcall CoInitializeEx(void *, uint32_t)',
    CoCreateInstance:
      'uint32_t __stdcall CoCreateInstance(void *, void *, uint32_t, void *, _Out_ uintptr_t *)',
  }),
  ...declare('iphlpapi.dll', {
    GetAdaptersAddresses:
      'uint32_t __stdcall GetAdaptersAddresses(uint32_t, uint32_t, void *, void *, _Inout_ uint32_t *)',
  }),
}));

export interface NetworkOfAddress {
  /** Of this computer; canonical, without a scope. */
  readonly address: string;
  readonly network: Network;
}

/** Empty where nobody says. Blocks for some milliseconds: worker threads only. */
export function networksNow(): NetworkOfAddress[] {
  const networks = networksByAdapter();
  if (networks.size === 0) return [];
  return addressesByAdapter().flatMap(({ adapter, address }) => {
    const network = networks.get(adapter);
    return network === undefined ? [] : [{ address, network }];
  });
}

const initialized = once(() => ({ result: api().CoInitializeEx(null, COINIT_MULTITHREADED) }));

function networksByAdapter(): Map<string, Network> {
  initialized();
  const manager = [0n];
  const made = api().CoCreateInstance(
    ...[interfaceId(CLASS), null, CLSCTX_ALL, interfaceId(MANAGER), manager],
  );
  if (failed(made)) return new Map();
  return withObject(manager[0], (object) => {
    const connections = objectFrom(object, MANAGER_CONNECTIONS);
    return connections === null
      ? new Map<string, Network>()
      : withObject(connections, readConnections);
  });
}

function readConnections(connections: Pointer): Map<string, Network> {
  const found = new Map<string, Network>();
  for (let count = 0; count < MAX_CONNECTIONS; count += 1) {
    const connection = [0n];
    const next = methodOf(connections, ENUMERATOR_NEXT, 'uint32_t, _Out_ uintptr_t *, void *');
    const fetched = Buffer.alloc(4);
    if (failed(next(connections, 1, connection, fetched))) return found;
    if (fetched.readUInt32LE() === 0) return found;
    withObject(connection[0], (one) => {
      const entry = readConnection(one);
      if (entry !== null) found.set(entry.adapter, entry.network);
    });
  }
  return found;
}

function readConnection(connection: Pointer): { adapter: string; network: Network } | null {
  const adapter = idFrom(connection, CONNECTION_ADAPTER);
  const network = objectFrom(connection, CONNECTION_NETWORK);
  if (network === null) return null;
  return withObject(network, (one) => {
    const id = idFrom(one, NETWORK_ID);
    const profile = categories[categoryOf(one) ?? -1];
    if (adapter === null || id === null || profile === undefined) return null;
    return { adapter, network: { profile, id } };
  });
}

function categoryOf(network: Pointer): number | null {
  const category = [0];
  const method = methodOf(network, NETWORK_CATEGORY, '_Out_ uint32_t *');
  return failed(method(network, category)) ? null : (category[0] ?? null);
}

/** `{01234567-89AB-…}`, as Windows writes it. */
function idFrom(object: Pointer, index: number): string | null {
  const id = Buffer.alloc(16);
  return failed(methodOf(object, index, 'void *')(object, id)) ? null : idText(id);
}

function objectFrom(object: Pointer, index: number): Pointer | null {
  const other = [0n];
  const isFailed = failed(methodOf(object, index, '_Out_ uintptr_t *')(object, other));
  return isFailed || pointerOf(other[0]) === 0n ? null : pointerOf(other[0]);
}

/** Releases it whatever happens. */
function withObject<T>(value: unknown, work: (object: Pointer) => T): T {
  const object = pointerOf(value);
  try {
    return work(object);
  } finally {
    methodOf(object, RELEASE, '')(object);
  }
}

const prototypes = new Map<string, ReturnType<ReturnType<typeof koffi>['proto']>>();

function methodOf(object: Pointer, index: number, parameters: string): Call {
  const address = readPointer(readPointer(object, 0), index * 8);
  const rest = parameters === '' ? '' : `, ${parameters}`;
  const known = prototypes.get(parameters);
  const prototype = known ?? koffi().proto(`uint32_t __stdcall (uintptr_t${rest})`);
  prototypes.set(parameters, prototype);
  return (...values) => koffi().call(address, prototype, ...values) as unknown;
}

/** All that begin so share the rest. */
function interfaceId(first: string): Uint8Array {
  const start = Buffer.from(first, 'hex').toReversed();
  return Buffer.concat([start, Buffer.from('0f579b4a8d69199fdba5723b', 'hex')]);
}

function idText(id: Buffer): string {
  const part = (from: number, to: number): string =>
    Buffer.from(id.subarray(from, to).toReversed()).toString('hex');
  const rest = id.subarray(8).toString('hex');
  const parts = [part(0, 4), part(4, 6), part(6, 8), rest.slice(0, 4), rest.slice(4)];
  return `{${parts.join('-').toUpperCase()}}`;
}

/** An HRESULT. */
function failed(result: unknown): boolean {
  return (numberOf(result) & 0x80000000) !== 0;
}

function addressesByAdapter(): { adapter: string; address: string }[] {
  return inArena((arena) => {
    const first = readAdapters(arena);
    const found: { adapter: string; address: string }[] = [];
    for (let one = first; one !== 0n; one = readPointer(one, ADAPTER.next)) {
      const adapter = asciiText(readPointer(one, ADAPTER.name)).toUpperCase();
      for (const address of addressesOf(one)) found.push({ adapter, address });
    }
    return found;
  });
}

function readAdapters(arena: Arena): Pointer {
  const bytes = [ADAPTERS_BYTES];
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const memory = arena.allocate(bytes[0] ?? 0);
    const status = numberOf(api().GetAdaptersAddresses(0, ONLY_UNICAST, null, memory, bytes));
    if (status === 0) return memory;
    if (status !== ERROR_BUFFER_OVERFLOW) return 0n;
  }
  return 0n;
}

function* addressesOf(adapter: Pointer): Iterable<string> {
  let unicast = readPointer(adapter, ADAPTER.unicast);
  for (; unicast !== 0n; unicast = readPointer(unicast, UNICAST.next)) {
    const socket = readPointer(unicast, UNICAST.address);
    const family = readNumber(socket, 0) & 0xffff;
    if (family === AF_INET) yield addressText(read(socket, 4, 4), FAMILY_IPV4, 0);
    if (family === AF_INET6) yield addressText(read(socket, 8, 16), FAMILY_IPV6, 0);
  }
}

function asciiText(memory: Pointer): string {
  return memory === 0n ? '' : (koffi().decode(memory, 'char', -1) as string);
}
