/** Rules: whom they are for, what they cover and how long they hold. Which of two decides is in precedence.ts. */
import type { Scope, Verdict } from '../../../src-preload/contract/model.ts';
import type {
  NetworkCondition,
  Place,
  PortRange,
  RuleDirection,
  RuleLifetime,
  RuleOrigin,
  RuleVerdict,
} from '../../../src-preload/contract/rules.ts';
import type { ProcessKey, Subject, Target } from '../ports.ts';
import { registrableDomain } from './places.ts';

/** What may be changed in a rule that exists. */
export interface RuleTerms {
  /** Whether it is also for what the subject starts, however indirectly. */
  readonly withChildren: boolean;
  readonly verdict: RuleVerdict;
  readonly place: Place;
  /** Ports of the other side, sorted and apart from each other; null for any. Only TCP and UDP have ports. */
  readonly ports: readonly PortRange[] | null;
  /** IANA protocol number; null for any. */
  readonly protocol: number | null;
  readonly direction: RuleDirection;
  /** Null for every network. */
  readonly network: NetworkCondition | null;
  readonly lifetime: RuleLifetime;
  /** Whom a `while-it-runs` rule is for; empty otherwise. */
  readonly processes: readonly ProcessKey[];
  /** The start of the host that `while-it-runs` and `until-restart` belong to; null otherwise. */
  readonly bootId: string | null;
  /** The sign-in that `until-sign-out` belongs to; null otherwise. */
  readonly signInId: string | null;
  /** When a rule for some minutes ends, ms since 1970; null otherwise. */
  readonly until: number | null;
  readonly note: string;
}

export interface RuleDraft extends RuleTerms {
  readonly subject: Subject;
  readonly origin: RuleOrigin;
  /** The connection that the answer was about which made this rule; null where none did. */
  readonly asked: Target | null;
  /** Which of the factory's rules it is; null for all others. */
  readonly factoryId: string | null;
  readonly needsReview: boolean;
  readonly createdAt: number;
}

export interface Rule extends RuleDraft {
  /** Given by the store, never used twice: the greater of two is the newer rule. */
  readonly ruleId: number;
  readonly editedAt: number | null;
  enabled: boolean;
  hits: number;
  lastUsedAt: number | null;
}

/** What the driver is told: it has no way yet to let a program wait for nothing, so `drop` fails at once as well. */
export function driverVerdict(verdict: RuleVerdict): Verdict {
  return verdict === 'allow' ? 'allow' : 'block';
}

/** Text that is equal for two processes exactly when they are one. */
export function processText({ id, created }: ProcessKey): string {
  return `${id}:${created}`;
}

/** Text that is equal for two subjects exactly when they are one. */
export function subjectText({ kind, key }: Subject): string {
  return `${kind}:${key}`;
}

/**
 * What makes two rules of one subject the same rule with another verdict: the newer replaces the older. One text per
 * process where the rule is bound to processes.
 */
export function slotsOf(rule: RuleTerms): string[] {
  const { withChildren, protocol, direction, network, lifetime } = rule;
  const where = [placeText(rule.place), portsText(rule.ports), protocol, direction];
  const slot = [withChildren, ...where, networkText(network), lifetime].join('|');
  if (lifetime !== 'while-it-runs') return [slot];
  return rule.processes.map((process) => `${slot}|${processText(process)}`);
}

/** Text that is equal for two places exactly when they are one. */
export function placeText(place: Place): string {
  switch (place.kind) {
    case 'anything':
    case 'loopback':
    case 'lan':
      return place.kind;
    case 'address':
      return `address ${place.address}`;
    case 'range':
      return `range ${place.first}-${place.last}`;
    case 'host':
    case 'domain':
      return `${place.kind} ${place.name}`;
  }
}

/** "80,8000-8080"; empty for any. */
export function portsText(ports: readonly PortRange[] | null): string {
  return (ports ?? [])
    .map(({ first, last }) => (first === last ? first : `${first}-${last}`))
    .join();
}

function networkText(network: NetworkCondition | null): string {
  if (network === null) return '';
  return network.kind === 'profile' ? network.profile : `network ${network.id}`;
}

/** The part of the world that an answer of this scope about this connection reaches. */
export function reachOf(
  scope: Scope,
  target: Target,
): Pick<RuleTerms, 'place' | 'ports' | 'protocol' | 'direction'> {
  const { port, protocol, direction } = target;
  const withPort = scope === 'address-port';
  return {
    place: placeOf(scope, target),
    ports: withPort ? [{ first: port, last: port }] : null,
    protocol: withPort ? protocol : null,
    direction,
  };
}

/** Where the name is not known, an answer about a name is about the address. */
function placeOf(scope: Scope, { address, hostName }: Target): Place {
  if (scope === 'anything') return { kind: 'anything' };
  if (hostName === null) return { kind: 'address', address };
  if (scope === 'host') return { kind: 'host', name: hostName };
  if (scope === 'domain') return { kind: 'domain', name: registrableDomain(hostName) };
  return { kind: 'address', address };
}
