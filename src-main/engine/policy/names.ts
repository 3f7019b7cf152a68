/**
 * What the names of an address are worth. Nobody knows which of them a program meant, so that an allow by name asks for
 * more than a block: each name that was looked up has to lead through a name of the rule, and it must not be long ago. For
 * a block, one name anywhere is enough, however old.
 */
import type { RuleVerdict } from '../../../src-preload/contract/rules.ts';
import type { HostNames, Target } from '../ports.ts';

type Named = Pick<Target, 'hostName' | 'names'>;

/** Whether a rule of this verdict covers the names; `isMeant` says which names it is about. */
export function coversNames(
  target: Named,
  verdict: RuleVerdict,
  isMeant: (name: string) => boolean,
): boolean {
  const { chains, isMore, isFresh } = target.names ?? justThis(target.hostName);
  const meant = (chain: readonly string[]): boolean => chain.some(isMeant);
  if (verdict !== 'allow') return chains.some(meant);
  return isFresh && !isMore && chains.length > 0 && chains.every(meant);
}

/** Every name that a rule could be about. */
export function allNames(target: Named): ReadonlySet<string> {
  return new Set((target.names ?? justThis(target.hostName)).chains.flat());
}

/** Takes in what is known of the names of a target. */
export function named(target: Target, names: HostNames | null): Target {
  if (names === null) return target;
  const [only, ...others] = names.chains;
  const isOne = others.length === 0 && !names.isMore;
  return { ...target, hostName: isOne ? (only?.[0] ?? null) : null, names };
}

function justThis(hostName: string | null): Pick<HostNames, 'chains' | 'isMore' | 'isFresh'> {
  return { chains: hostName === null ? [] : [[hostName]], isMore: false, isFresh: true };
}
