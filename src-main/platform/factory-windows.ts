/**
 * Rules that a Windows PC cannot do without, made at the first start, so that it has an address, a time and its
 * certificates before anybody is asked. They are rules like others: shown, switched off, edited, removed, and put back by a
 * reset. What each is for is said by its id, in the pages' own language.
 */
import type { RuleDraft } from '../engine/policy/rule.ts';
import type { Subject } from '../engine/ports.ts';

interface FactoryRule {
  readonly id: string;
  readonly subject: Subject;
  readonly protocol: number;
  readonly ports: readonly number[];
}

const TCP = 6;
const UDP = 17;

/** On whichever volume Windows is. Its ports are few enough for all services that it hosts. */
const svchost: Subject = {
  kind: 'path-pattern',
  key: String.raw`\device\*\windows\system32\svchost.exe`,
  name: 'svchost.exe',
  path: String.raw`\Device\*\Windows\System32\svchost.exe`,
};

/** Web ports are too wide for svchost.exe: these wait until services are recognised (docs/rules.md). */
const service = (name: string): Subject => ({ kind: 'service', key: name, name, path: '' });

/**
 * Services and ports: "Service overview and network port requirements for Windows" (Microsoft Learn); RFC 2131, 8415,
 * 1035, 5905.
 */
const factoryRules: readonly FactoryRule[] = [
  { id: 'dhcp', subject: svchost, protocol: UDP, ports: [67, 547] },
  { id: 'dns', subject: svchost, protocol: UDP, ports: [53] },
  { id: 'dns-tcp', subject: svchost, protocol: TCP, ports: [53] },
  { id: 'time', subject: svchost, protocol: UDP, ports: [123] },
  { id: 'certificates', subject: service('CryptSvc'), protocol: TCP, ports: [80, 443] },
  { id: 'update', subject: service('wuauserv'), protocol: TCP, ports: [80, 443] },
  { id: 'update-delivery', subject: service('DoSvc'), protocol: TCP, ports: [80, 443] },
  { id: 'update-transfer', subject: service('BITS'), protocol: TCP, ports: [80, 443] },
];

export function windowsFactory(now: number): RuleDraft[] {
  return factoryRules.map(({ id, subject, protocol, ports }) => ({
    subject,
    withChildren: false,
    verdict: 'allow',
    place: { kind: 'anything' },
    ports: ports.map((port) => ({ first: port, last: port })),
    protocol,
    direction: 'outbound',
    network: null,
    lifetime: 'always',
    processes: [],
    bootId: null,
    signInId: null,
    until: null,
    note: '',
    origin: 'factory',
    asked: null,
    factoryId: id,
    needsReview: false,
    createdAt: now,
  }));
}
