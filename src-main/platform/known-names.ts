/** What was learned of the names of addresses: kept for a day, and no longer sure after some minutes. */
import { MAX_NAMES_OF_ADDRESS } from '../engine/limits.ts';
import type { HostNames } from '../engine/ports.ts';

/** A program that keeps an address for longer than this is rare; an address of a provider changes hands sooner. */
export const FRESH_MS = 600_000;
const KEPT_MS = 86_400_000;
const MAX_ADDRESSES = 20_000;
/** RFC 6761, 6.3, and what systems call this computer besides: such a name says nothing. */
const ofThisComputer = /^(?:(?:.*\.)?localhost|localhost\.localdomain|ip6-(?:localhost|loopback))$/;

export interface Learned {
  /** From the name that was looked up to the one that has the address; as DNS has them. */
  readonly names: readonly string[];
  readonly address: string;
}

/** When each chain was there last, by the chain's text. */
type Chains = Map<string, { readonly chain: readonly string[]; seenAt: number }>;

export class KnownNames {
  readonly #origin: HostNames['origin'];
  /** The addresses that were seen least recently first. */
  readonly #addresses = new Map<string, Chains>();

  constructor(origin: HostNames['origin']) {
    this.#origin = origin;
  }

  /** All that is there now. */
  learn(all: readonly Learned[], now: number): void {
    for (const { names, address } of all) {
      const chain = names.map(canonicalName).filter((name) => name !== '');
      if (chain.length > 0 && !ofThisComputer.test(chain[0] ?? '')) this.#add(address, chain, now);
    }
    this.#trim();
  }

  /** Everything is forgotten that is not learned again. */
  clear(): void {
    this.#addresses.clear();
  }

  of(address: string, now: number): HostNames | null {
    const known = this.#addresses.get(address.split('%')[0] ?? '');
    const kept = [...(known?.values() ?? [])].filter(({ seenAt }) => now - seenAt < KEPT_MS);
    const fresh = kept.filter(({ seenAt }) => now - seenAt < FRESH_MS);
    // What is there now is what is meant; the others are said only where there is nothing better.
    const chains = fresh.length > 0 ? fresh : kept;
    if (chains.length === 0) return null;
    return {
      chains: chains.slice(0, MAX_NAMES_OF_ADDRESS).map(({ chain }) => chain),
      isMore: chains.length > MAX_NAMES_OF_ADDRESS,
      origin: this.#origin,
      seenAt: Math.max(...chains.map(({ seenAt }) => seenAt)),
      isFresh: fresh.length > 0,
    };
  }

  #add(address: string, chain: readonly string[], now: number): void {
    const chains: Chains = this.#addresses.get(address) ?? new Map();
    this.#addresses.delete(address);
    this.#addresses.set(address, chains);
    const key = chain.join(' ');
    const known = chains.get(key);
    if (known !== undefined) known.seenAt = now;
    // One more than is told, so that it can be told that there are more.
    else if (chains.size <= MAX_NAMES_OF_ADDRESS) chains.set(key, { chain, seenAt: now });
    else this.#replaceOldest(chains, key, { chain, seenAt: now });
  }

  #replaceOldest(chains: Chains, key: string, entry: { chain: readonly string[]; seenAt: number }) {
    const [oldest] = [...chains].toSorted(([, one], [, other]) => one.seenAt - other.seenAt);
    if (oldest === undefined || oldest[1].seenAt === entry.seenAt) return;
    chains.delete(oldest[0]);
    chains.set(key, entry);
  }

  #trim(): void {
    for (const address of this.#addresses.keys()) {
      if (this.#addresses.size <= MAX_ADDRESSES) return;
      this.#addresses.delete(address);
    }
  }
}

/** As HostNames has them; empty for what is no name of a host, such as a pointer record's. */
function canonicalName(name: string): string {
  const bare = name.toLowerCase().replace(/\.$/, '');
  const isName = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/.test(bare) && bare.length <= 253;
  return isName && !/\.(?:in-addr|ip6)\.arpa$/.test(bare) ? bare : '';
}
