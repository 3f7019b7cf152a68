/** Protocol and port in words: "HTTPS, port 443" rather than "TCP/443". */
import type { TFunction } from 'i18next';
import type { Protocol, TargetView } from '../../../src-preload/contract/model.ts';

type Ported = Pick<TargetView, 'protocol' | 'port' | 'service'>;

/** Whether the protocol has ports at all. */
export function hasPorts(protocol: Protocol): boolean {
  return protocol.kind === 'tcp' || protocol.kind === 'udp';
}

/** For a person: the service's name first. */
export function portWords(t: TFunction, target: Ported): string {
  const { port, service, protocol } = target;
  if (!hasPorts(protocol)) return portless(t, protocol);
  if (service !== null) return t('protocol.service', { service, port });
  return t('protocol.port', { protocol: protocolName(protocol), port });
}

/** For the details: service, protocol and port. */
export function exactPortWords(t: TFunction, target: Ported): string {
  const { port, service, protocol } = target;
  if (!hasPorts(protocol) || service === null) return portWords(t, target);
  return t('protocol.exactService', { service, protocol: protocolName(protocol), port });
}

/** Inside a sentence: "port 8080". */
export function portPhrase(t: TFunction, target: Ported): string {
  const { port, service, protocol } = target;
  if (!hasPorts(protocol)) return portless(t, protocol);
  return service === null
    ? t('protocol.onPort', { port })
    : t('protocol.onService', { service, port });
}

function portless(t: TFunction, protocol: Protocol): string {
  if (protocol.kind === 'other') return t('protocol.other', { number: protocol.number });
  return t('protocol.icmp', { protocol: protocolName(protocol) });
}

function protocolName(protocol: Protocol): string {
  const names = { tcp: 'TCP', udp: 'UDP', icmp: 'ICMP', icmpv6: 'ICMPv6', other: 'IP' };
  return names[protocol.kind];
}
