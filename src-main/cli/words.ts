/** Rules, places and times in words, as the command line says them. */
import type { Protocol, SubjectView, TargetView } from '../../src-preload/contract/model.ts';
import {
  type RuleView,
  type WhyNot,
  type FindingKind,
  writtenPlace,
} from '../../src-preload/contract/rules.ts';
import { portsText } from '../engine/policy/rule.ts';
import { timeText, visible } from './output.ts';

export function subjectWords({ kind, name, path }: SubjectView): string {
  if (kind === 'anything') return 'everybody';
  if (kind === 'path') return visible(path);
  return `${kindWords[kind]} ${visible(path === '' ? name : path)}`;
}

const kindWords: Record<Exclude<SubjectView['kind'], 'anything' | 'path'>, string> = {
  hash: 'hash',
  'interpreter-script': 'script',
  service: 'service',
  'path-pattern': 'pattern',
  package: 'package',
  signer: 'signer',
};

/** "example.org port 443 (tcp)". */
export function reachWords({ place, ports, protocol, direction, network }: RuleView): string {
  const where = writtenPlace(place);
  const parts = [where === '' ? 'anywhere' : visible(where)];
  if (ports !== null) parts.push(`port ${portsText(ports)}`);
  if (protocol !== null) parts.push(`(${protocolWords(protocol)})`);
  if (direction !== 'outbound') parts.push(direction === 'inbound' ? 'inbound' : 'in and out');
  if (network?.kind === 'profile') parts.push(`on ${network.profile} networks`);
  if (network?.kind === 'network') parts.push(`on network ${visible(network.id)}`);
  return parts.join(' ');
}

export function protocolWords({ kind, number }: Protocol): string {
  return kind === 'other' ? `protocol ${number}` : kind;
}

export function lifetimeWords({ lifetime, until }: Pick<RuleView, 'lifetime' | 'until'>): string {
  if (lifetime === 'minutes' && until !== null) return `until ${timeText(until)}`;
  return lifetime.replaceAll('-', ' ');
}

/** "Allow /usr/bin/curl: example.org port 443, always". */
export function ruleSentence(rule: RuleView): string {
  const { verdict, subject, withChildren } = rule;
  const whom = `${subjectWords(subject)}${withChildren ? ' and what it starts' : ''}`;
  const verb = `${verdict.slice(0, 1).toUpperCase()}${verdict.slice(1)}`;
  return `${verb} ${whom}: ${reachWords(rule)}, ${lifetimeWords(rule)}`;
}

/** What else is to be said of a rule, in a few words. */
export function remarkWords({ enabled, needsReview, origin, note }: RuleView): string {
  const parts = [
    ...(enabled ? [] : ['disabled']),
    ...(needsReview ? ['to review'] : []),
    ...(origin === 'prompt' ? [] : [origin]),
    ...(note === '' ? [] : [`"${visible(note)}"`]),
  ];
  return parts.join(', ');
}

export function targetWords({ address, hostName, port, protocol, direction }: TargetView): string {
  const where = hostName === null ? visible(address) : `${visible(hostName)} (${visible(address)})`;
  const way = direction === 'inbound' ? 'from' : 'to';
  return `${way} ${where} port ${port} (${protocolWords(protocol)})`;
}

export const whyNotWords: Record<WhyNot, string> = {
  disabled: 'it is disabled',
  over: 'it has ended',
  'other-process': 'it is for another process',
  'other-network': 'it is for another network',
  'other-direction': 'it is for the other direction',
  'other-protocol': 'it is for another protocol',
  'other-port': 'it is for other ports',
  'other-place': 'it is for another place',
  'less-program': 'it says less about the program',
  'less-place': 'it says less about the place',
  'longer-lived': 'it holds longer',
  older: 'it is older',
};

export const findingWords: Record<FindingKind, string> = {
  shadowed: 'never decides: another rule stands before it',
  redundant: 'changes nothing: another rule says the same',
  dead: 'its program is gone',
  unused: 'was not used for 90 days',
};
