/** Whether a rule covers a connection of its subject, and if not, the first thing that keeps it from it. */
import type { NetworkCondition, Place, RuleVerdict } from '../../../src-preload/contract/rules.ts';
import type { Caller, Connection, Network, ProcessKey, Target } from '../ports.ts';
import { isWithin, lanRanges, loopbackRanges, numericAddress } from './addresses.ts';
import { isOver } from './mode-state.ts';
import { coversNames } from './names.ts';
import { processText } from './rule.ts';
import type { Rule, RuleTerms } from './rule.ts';

/** A connection with everything around it that rules look at. */
export interface Asking {
  readonly caller: Caller;
  readonly connection: Connection;
  /** ms since 1970. */
  readonly now: number;
  /** The network that this computer is in; null while that is not known. */
  readonly network: Network | null;
}

export type Mismatch =
  | 'disabled'
  | 'over'
  | 'other-process'
  | 'other-network'
  | 'other-direction'
  | 'other-protocol'
  | 'other-port';

/** Null when the rule covers it. Subject and place are not looked at. */
export function mismatchOf(rule: Rule, asking: Asking): Mismatch | null {
  if (!rule.enabled) return 'disabled';
  if (hasEnded(rule, asking.now)) return 'over';
  if (!isForProcess(rule, asking.connection.process, asking.caller)) return 'other-process';
  if (!holdsIn(rule.network, asking.network)) return 'other-network';
  return mismatchOfTarget(rule, asking.connection.target);
}

/** What of a connection a rule or an answer is about, but for its place. */
type Reach = Pick<RuleTerms, 'direction' | 'protocol' | 'ports'>;

/** Whether an answer of this reach is for this target as well. */
export function reaches(
  reach: Reach & Pick<RuleTerms, 'place' | 'verdict'>,
  target: Target,
): boolean {
  return mismatchOfTarget(reach, target) === null && coversPlace(reach, target);
}

function mismatchOfTarget(rule: Reach, target: Target): Mismatch | null {
  if (rule.direction !== 'both' && rule.direction !== target.direction) return 'other-direction';
  if (rule.protocol !== null && rule.protocol !== target.protocol) return 'other-protocol';
  return coversPort(rule, target) ? null : 'other-port';
}

/** Whether a rule for some minutes has ended. */
export function hasEnded({ until, editedAt, createdAt }: Rule, now: number): boolean {
  return until !== null && isOver({ startedAt: editedAt ?? createdAt, until }, now);
}

/** Whether the place of a rule covers this target; with several names, that depends on the verdict (names.ts). */
export function coversPlace(
  { place, verdict }: { readonly place: Place; readonly verdict: RuleVerdict },
  target: Pick<Target, 'address' | 'hostName' | 'names'>,
): boolean {
  const { address } = target;
  switch (place.kind) {
    case 'anything':
      return true;
    case 'loopback':
      return isWithin(address, loopbackRanges);
    case 'lan':
      return isWithin(address, lanRanges);
    case 'address':
      return place.address === address;
    case 'range':
      return inRange(address, place);
    case 'host':
      return coversNames(target, verdict, (name) => name === place.name);
    case 'domain':
      return coversNames(target, verdict, (name) => isBelow(name, place.name));
  }
}

function isBelow(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

/** Only TCP and UDP have ports; a rule about ports says nothing about others. */
function coversPort({ ports }: Reach, { port, protocol }: Target): boolean {
  if (ports === null) return true;
  return hasPorts(protocol) && ports.some(({ first, last }) => first <= port && port <= last);
}

export function hasPorts(protocol: number): boolean {
  return protocol === 6 || protocol === 17;
}

/** Whether a rule that is bound to processes is for this one, or for what started it. */
export function isForProcess(rule: RuleTerms, process: ProcessKey, caller: Caller): boolean {
  if (rule.lifetime !== 'while-it-runs') return true;
  const started = rule.withChildren ? caller.ancestors.map((one) => one.process) : [];
  const asking = new Set([process, ...started].map(processText));
  return rule.processes.some((one) => asking.has(processText(one)));
}

/** A condition that cannot be checked does not hold. */
function holdsIn(condition: NetworkCondition | null, network: Network | null): boolean {
  if (condition === null) return true;
  if (network === null) return false;
  return condition.kind === 'profile'
    ? condition.profile === network.profile
    : condition.id === network.id;
}

function inRange(address: string, { first, last }: Extract<Place, { kind: 'range' }>): boolean {
  const [low, high] = [numericAddress(first), numericAddress(last)];
  if (low === null || high === null || low.family !== high.family) return false;
  return isWithin(address, [{ family: low.family, first: low.value, last: high.value }]);
}
