/** Rules that do nothing, or nothing any more. They are shown; nothing is removed by itself. */
import type { FindingKind, PortRange } from '../../../src-preload/contract/rules.ts';
import { coversPlace } from './covering.ts';
import { compareRules, lifetimeOrder } from './precedence.ts';
import { placeText, portsText, subjectText } from './rule.ts';
import type { Rule } from './rule.ts';

export interface Found {
  readonly kind: FindingKind;
  readonly rule: Rule;
  readonly by: Rule | null;
}

/** Above this, the rules of one subject are not compared with each other: that many are no list of a person. */
const MAX_COMPARED = 500;
const UNUSED_MS = 90 * 24 * 3600 * 1000;

export interface Witness {
  readonly now: number;
  /** Null where that cannot be told. */
  readonly fileExists: (path: string) => boolean | null;
}

export function findingsOf(rules: Iterable<Rule>, witness: Witness): Found[] {
  const all = [...rules].filter(({ enabled }) => enabled);
  return [...comparisons(all), ...all.flatMap((rule) => alone(rule, witness))];
}

function alone(rule: Rule, { now, fileExists }: Witness): Found[] {
  const { subject, lastUsedAt, createdAt, editedAt } = rule;
  const isFile = subject.kind === 'path' && fileExists(subject.path) === false;
  if (isFile) return [{ kind: 'dead', rule, by: null }];
  const unused = now - Math.max(lastUsedAt ?? 0, createdAt, editedAt ?? 0) > UNUSED_MS;
  return unused ? [{ kind: 'unused', rule, by: null }] : [];
}

function comparisons(all: readonly Rule[]): Found[] {
  const groups = Map.groupBy(all, (rule) => `${rule.withChildren} ${subjectText(rule.subject)}`);
  return [...groups.values()].flatMap((group) =>
    group.length > MAX_COMPARED ? [] : group.toSorted(compareRules).flatMap(compared),
  );
}

/** Of one rule with the others of its subject, which are in their order. */
function compared(rule: Rule, place: number, group: readonly Rule[]): Found[] {
  const shadow = group.slice(0, place).find((one) => coversRule(one, rule));
  if (shadow !== undefined) return [{ kind: 'shadowed', rule, by: shadow }];
  const wider = heir(rule, group.slice(place + 1));
  return wider === null ? [] : [{ kind: 'redundant', rule, by: wider }];
}

/** The rule behind it that would decide all that it decides, in the same way; null when another would have a say. */
function heir(rule: Rule, behind: readonly Rule[]): Rule | null {
  // Several patterns, and several parents, can be about one program: then rules of other subjects have a say as well.
  if (rule.subject.kind === 'path-pattern' || rule.withChildren) return null;
  for (const one of behind) {
    const same = one.verdict === rule.verdict;
    if (same && coversRule(one, rule) && livesAsLong(one, rule)) return one;
    if (!same) return null;
  }
  return null;
}

function livesAsLong(one: Rule, other: Rule): boolean {
  return lifetimeOrder.indexOf(one.lifetime) >= lifetimeOrder.indexOf(other.lifetime);
}

/** Whether one covers every connection of its subject that the other covers, while both are in force. */
export function coversRule(one: Rule, other: Rule): boolean {
  return (
    (one.direction === 'both' || one.direction === other.direction) &&
    (one.protocol === null || one.protocol === other.protocol) &&
    coversPorts(one.ports, other.ports) &&
    (one.network === null || JSON.stringify(one.network) === JSON.stringify(other.network)) &&
    coversProcesses(one, other) &&
    coversWholePlace(one, other) &&
    !isChoosier(one, other)
  );
}

/** An allow by name wants to know more of the names than a block (names.ts). */
function isChoosier(one: Rule, other: Rule): boolean {
  const isByName = one.place.kind === 'host' || one.place.kind === 'domain';
  return isByName && one.verdict === 'allow' && other.verdict !== 'allow';
}

function coversProcesses(one: Rule, other: Rule): boolean {
  if (one.lifetime !== 'while-it-runs') return true;
  const own = new Set(one.processes.map(({ id, created }) => `${id}:${created}`));
  return (
    other.lifetime === 'while-it-runs' &&
    other.processes.every(({ id, created }) => own.has(`${id}:${created}`))
  );
}

function coversPorts(
  one: readonly PortRange[] | null,
  other: readonly PortRange[] | null,
): boolean {
  if (one === null || portsText(one) === portsText(other)) return true;
  const within = ({ first, last }: PortRange) =>
    one.some((range) => range.first <= first && last <= range.last);
  return other !== null && other.every(within);
}

/** Only what is certain: a name never covers an address, nor an address a name. */
function coversWholePlace({ place: one }: Rule, { place: other }: Rule): boolean {
  if (one.kind === 'anything' || placeText(one) === placeText(other)) return true;
  const covers = (address: string, hostName: string | null): boolean =>
    coversPlace({ place: one, verdict: 'block' }, { address, hostName });
  if (other.kind === 'address') {
    return one.kind !== 'host' && one.kind !== 'domain' && covers(other.address, null);
  }
  if (other.kind === 'range' && one.kind === 'range') {
    return [other.first, other.last].every((end) => covers(end, null));
  }
  if (one.kind !== 'domain' || (other.kind !== 'host' && other.kind !== 'domain')) return false;
  return covers('', other.name);
}
