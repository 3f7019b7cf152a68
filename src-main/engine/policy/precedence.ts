/**
 * Which of two rules decides, as docs/rules.md publishes it: the one that says more about who connects; of those, more
 * about where to; of those, the shorter-lived; of those, the newer. Nothing in it depends on a connection, so that all
 * rules stand in one line.
 */
import type { SubjectKind } from '../../../src-preload/contract/model.ts';
import type { Place, PortRange, RuleLifetime } from '../../../src-preload/contract/rules.ts';
import { numericAddress } from './addresses.ts';
import type { Rule, RuleDraft, RuleTerms } from './rule.ts';

/** A program by itself, the surest way to recognise it first. */
export const subjectOrder = [
  'hash',
  'interpreter-script',
  'service',
  'path',
  'path-pattern',
  'package',
  'signer',
] as const satisfies readonly SubjectKind[];

/** The shortest-lived first. */
export const lifetimeOrder: readonly RuleLifetime[] = [
  'while-it-runs',
  'minutes',
  'until-sign-out',
  'until-restart',
  'always',
];

const ALL_PORTS = 65_536;
const ADDRESS_BITS = 128;
const MAX_LABELS = 127;

/** Where each kind of place begins in the order; ranges take as many as an address has bits, domains one per label. */
const RANGE = 2;
const DOMAIN = RANGE + ADDRESS_BITS + 1;
const LOOPBACK = DOMAIN + MAX_LABELS + 1;
const PLACES = LOOPBACK + 3;

type Ranked = RuleTerms & Pick<RuleDraft, 'subject'>;

/** Negative when `one` decides before `other`; never 0 for two rules. */
export function compareRules(one: Rule, other: Rule): number {
  return knownNarrowness(one) - knownNarrowness(other) || other.ruleId - one.ruleId;
}

const known = new WeakMap<Rule, number>();

/** What a rule says never changes: an edited one is another object. */
function knownNarrowness(rule: Rule): number {
  const narrowness = known.get(rule) ?? narrownessOf(rule);
  known.set(rule, narrowness);
  return narrowness;
}

/** One number for everything but age: the smaller decides. An exact integer, below 2 ** 35. */
export function narrownessOf(rule: Ranked): number {
  const digits: readonly (readonly [value: number, base: number])[] = [
    [whoOf(rule), subjectOrder.length * 2 + 1],
    [placeOrder(rule.place), PLACES],
    [widthOf(rule.ports), ALL_PORTS + 1],
    [rule.protocol === null ? 1 : 0, 2],
    [rule.direction === 'both' ? 1 : 0, 2],
    [rule.network === null ? 2 : Number(rule.network.kind === 'profile'), 3],
    [lifetimeOrder.indexOf(rule.lifetime), lifetimeOrder.length],
  ];
  return digits.reduce((sum, [value, base]) => sum * base + value, 0);
}

/** 0 for the surest; every rule "and what it starts" stands behind every rule for a program alone. */
export function whoOf({ subject, withChildren }: Ranked): number {
  if (subject.kind === 'anything') return subjectOrder.length * 2;
  return subjectOrder.indexOf(subject.kind) + (withChildren ? subjectOrder.length : 0);
}

/** One address, one name, a range by its size, a domain by its labels, this computer, the local network, anywhere. */
export function placeOrder(place: Place): number {
  switch (place.kind) {
    case 'address':
      return 0;
    case 'host':
      return 1;
    case 'range':
      return RANGE + sizeBits(place.first, place.last);
    case 'domain':
      return DOMAIN + MAX_LABELS - Math.min(MAX_LABELS, place.name.split('.').length);
    case 'loopback':
      return LOOPBACK;
    case 'lan':
      return LOOPBACK + 1;
    case 'anything':
      return LOOPBACK + 2;
  }
}

/** How many ports these are; the ranges do not overlap. */
function widthOf(ports: readonly PortRange[] | null): number {
  if (ports === null) return ALL_PORTS;
  const width = ports.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return Math.min(width, ALL_PORTS);
}

/** Bits that the number of its addresses needs: 0 for one address, 8 for 256. */
function sizeBits(first: string, last: string): number {
  const span = (numericAddress(last)?.value ?? 0n) - (numericAddress(first)?.value ?? 0n);
  return span <= 0n ? 0 : span.toString(2).length;
}
