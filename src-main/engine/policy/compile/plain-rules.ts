/** The engine's rules as the kernel's plain ones: what only the engine can tell becomes `ask` at its place in the order. */
import type { Place } from '../../../../src-preload/contract/rules.ts';
import { lanRanges, loopbackRanges, numericAddress } from '../addresses.ts';
import type { NumericRange } from '../addresses.ts';
import { hasPorts } from '../covering.ts';
import type { Rule } from '../rule.ts';
import { driverVerdict } from '../rule.ts';
import type { AddressRange, PlainOutcome, PlainRule } from './plain.ts';

/** Ranks below this are for modes; a subject's rules come from here on, everybody's from `EVERYBODY_RANK` on. */
export const FIRST_RANK = 2;
/** Everybody's rules stand behind all others (docs/rules.md), so that each subject can be numbered by itself. */
export const EVERYBODY_RANK = 0x8000_0000;
/** What modes decide is counted for no rule. */
export const MODE_RULE_ID = 0xffff_ffff;

/** A rule, and whether it is certain to be about the processes that the plain rules are for. */
export interface Applying {
  readonly rule: Rule;
  readonly isCertain: boolean;
}

/** Rules in their order as plain ones, numbered from this rank on. Those that can cover nothing are left out. */
export function plainRulesOf(applying: readonly Applying[], firstRank: number): PlainRule[] {
  const rules: PlainRule[] = [];
  for (const one of applying) rules.push(...plainOf(one, firstRank + rules.length));
  // There may be 100 000 of these lists: the copy has no room for more.
  return rules.slice();
}

function plainOf({ rule, isCertain }: Applying, firstRank: number): PlainRule[] {
  if (!rule.enabled) return [];
  const { addresses, isExact } = addressesOf(rule.place);
  const outcome: PlainOutcome =
    isCertain && isExact && isForKernel(rule) ? driverVerdict(rule.verdict) : 'ask';
  const { ruleId, direction, ports } = rule;
  return protocolsOf(rule).map((protocol, index) => ({
    ruleId,
    rank: firstRank + index,
    outcome,
    direction,
    protocol,
    addresses,
    ports,
  }));
}

/** Nothing that has an end which the kernel cannot see, and no condition that it cannot check. */
function isForKernel({ lifetime, network }: Rule): boolean {
  return network === null && lifetime !== 'minutes' && lifetime !== 'until-sign-out';
}

/** Only TCP and UDP have ports, so that a rule about ports says nothing about other protocols. */
function protocolsOf({ protocol, ports }: Rule): readonly (number | null)[] {
  if (ports === null) return [protocol];
  if (protocol === null) return [6, 17];
  return hasPorts(protocol) ? [protocol] : [];
}

interface Region {
  readonly addresses: readonly AddressRange[] | null;
  /** False where the place is only a part of the region. */
  readonly isExact: boolean;
}

function addressesOf(place: Place): Region {
  switch (place.kind) {
    case 'anything':
      return { addresses: null, isExact: true };
    case 'host':
    case 'domain':
      return { addresses: null, isExact: false };
    case 'loopback':
      return { addresses: loopback, isExact: true };
    case 'lan':
      return { addresses: lan, isExact: true };
    case 'address':
      return { addresses: between(place.address, place.address), isExact: !hasZone(place.address) };
    case 'range':
      return { addresses: between(place.first, place.last), isExact: true };
  }
}

const loopback = loopbackRanges.map(plainRange);
const lan = lanRanges.map(plainRange);

function between(first: string, last: string): AddressRange[] {
  const [low, high] = [numericAddress(first), numericAddress(last)];
  if (low === null || high === null || low.family !== high.family) return [];
  return [plainRange({ family: low.family, first: low.value, last: high.value })];
}

function plainRange({ family, first, last }: NumericRange): AddressRange {
  return family === 4
    ? { family, first: Number(first), last: Number(last) }
    : { family, first, last };
}

/** Link-local and multicast: an address is one of an interface, which the kernel's tables do not know. */
function hasZone(address: string): boolean {
  return address.includes('%') || /^f(?:e[89ab]|f)/i.test(address);
}
