/** The usual names of ports, as people know them (IANA service name registry). */
import type { Target } from '../ports.ts';

const TCP = 6;
const UDP = 17;

const both: readonly (readonly [number, string])[] = [
  [53, 'DNS'],
  [88, 'Kerberos'],
  [123, 'Time'],
  [389, 'LDAP'],
  [443, 'HTTPS'],
  [853, 'DNS over TLS'],
  [1900, 'Device discovery'],
  [3389, 'Remote Desktop'],
  [5353, 'Local names'],
  [5355, 'Local names'],
];

const tcp = new Map<number, string>([
  ...both,
  [21, 'FTP'],
  [22, 'SSH'],
  [23, 'Telnet'],
  [25, 'Mail'],
  [80, 'HTTP'],
  [110, 'Mail (POP3)'],
  [143, 'Mail (IMAP)'],
  [445, 'File sharing'],
  [465, 'Mail'],
  [587, 'Mail'],
  [631, 'Printing'],
  [993, 'Mail (IMAP)'],
  [995, 'Mail (POP3)'],
  [1433, 'SQL Server'],
  [3306, 'MySQL'],
  [5432, 'PostgreSQL'],
  [6379, 'Redis'],
  [8080, 'HTTP'],
]);

const udp = new Map<number, string>([
  ...both,
  [67, 'DHCP'],
  [68, 'DHCP'],
  [137, 'NetBIOS'],
  [138, 'NetBIOS'],
  [500, 'IPsec'],
  [3478, 'Calls (STUN)'],
  [4500, 'IPsec'],
  [51820, 'WireGuard'],
]);

/** The usual name of the port, or null. */
export function serviceName({ port, protocol, direction }: Target): string | null {
  if (direction === 'inbound') return null;
  if (protocol === TCP) return tcp.get(port) ?? null;
  return protocol === UDP ? (udp.get(port) ?? null) : null;
}
