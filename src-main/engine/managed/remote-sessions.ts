/**
 * Remote sessions (SSH, Remote Desktop, WinRM) that were open when Portreeve was installed. Nobody may sit at the computer to
 * answer when such a session comes again, so that its owner would be locked out by the first question (docs/adr/0060).
 */
import ipaddr from 'ipaddr.js';

import { isWithin, loopbackRanges } from '../policy/addresses.ts';
import { canonicalAddress } from '../policy/places.ts';
import type { RuleDraft } from '../policy/rule.ts';
import { everybody } from '../policy/rule-table.ts';

const TCP = 6;
/** As many as the installer keeps. */
const MOST = 16;

/**
 * The addresses in the installer's value, each with a comma after it. What is none is left out: the value is an
 * administrator's, but a rule is made of it.
 */
export function readRemotePeers(value: unknown): string[] {
  if (typeof value !== 'string') return [];
  const addresses = value
    .split(',')
    .slice(0, MOST)
    .flatMap((text) => canonicalAddress(text.trim()) ?? [])
    .map(withoutMapping);
  return [...new Set(addresses)].filter((address) => !isWithin(address, loopbackRanges));
}

/** A socket for both families shows IPv4 within IPv6; the driver has IPv4 then (RFC 4291, 2.5.5.2). */
function withoutMapping(address: string): string {
  if (!ipaddr.IPv6.isValid(address)) return address;
  const parsed = ipaddr.IPv6.parse(address);
  return parsed.isIPv4MappedAddress() ? parsed.toIPv4Address().toString() : address;
}

/**
 * Whoever listens may be reached from there by TCP. For everybody, since only such a rule holds in the driver for a service
 * while Portreeve does not run, which is when nobody can be asked; to be reviewed, since it has no end of its own.
 */
export function remoteSessionRule(address: string, now: number): RuleDraft {
  return {
    subject: everybody,
    withChildren: false,
    verdict: 'allow',
    place: { kind: 'address', address },
    ports: null,
    protocol: TCP,
    direction: 'inbound',
    network: null,
    lifetime: 'always',
    processes: [],
    bootId: null,
    signInId: null,
    until: null,
    note: 'A remote session from here was open when Portreeve was installed.',
    origin: 'learned',
    asked: null,
    factoryId: null,
    needsReview: true,
    createdAt: now,
  };
}
