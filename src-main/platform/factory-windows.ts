/**
 * Rules that a Windows PC cannot do without, made at the first start, so that it has an address, a time and its
 * certificates before anybody is asked. They are rules like others: shown, switched off, edited, removed, and put back by a
 * reset. What each is for is said by its id, in the pages' own language. Each is for one service on the ports that it needs,
 * not for svchost.exe, which hosts whatever somebody installs. Where services share a process (Windows with little memory)
 * none of them is known by itself, and the user is asked.
 */
import type { RuleDraft } from '../engine/policy/rule.ts';
import { serviceSubject } from './windows-caller.ts';

interface FactoryRule {
  readonly id: string;
  readonly service: string;
  readonly protocol: number;
  readonly ports: readonly number[];
}

const TCP = 6;
const UDP = 17;

/**
 * Services and ports: "Service overview and network port requirements for Windows" (Microsoft Learn); RFC 2131, 8415,
 * 1035, 5905.
 */
const factoryRules: readonly FactoryRule[] = [
  { id: 'dhcp', service: 'Dhcp', protocol: UDP, ports: [67, 547] },
  { id: 'dns', service: 'Dnscache', protocol: UDP, ports: [53] },
  { id: 'dns-tcp', service: 'Dnscache', protocol: TCP, ports: [53] },
  { id: 'time', service: 'W32Time', protocol: UDP, ports: [123] },
  { id: 'certificates', service: 'CryptSvc', protocol: TCP, ports: [80, 443] },
  { id: 'update', service: 'wuauserv', protocol: TCP, ports: [80, 443] },
  { id: 'update-delivery', service: 'DoSvc', protocol: TCP, ports: [80, 443] },
  { id: 'update-transfer', service: 'BITS', protocol: TCP, ports: [80, 443] },
];

export function windowsFactory(now: number): RuleDraft[] {
  return factoryRules.map(({ id, service, protocol, ports }) => ({
    subject: serviceSubject(service),
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
