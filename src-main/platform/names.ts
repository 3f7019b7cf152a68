/** Names of addresses, on the system that this runs on. */
import type { NamesPort, NetworksPort } from '../engine/ports.ts';
import { hostsFileNames } from './names-hosts.ts';
import { windowsNames } from './names-windows.ts';
import { windowsNetworks } from './networks-windows.ts';
import { WindowsFacts } from './windows/facts.ts';

/** Where nobody knows any. */
export const noNames: NamesPort = { namesOf: () => null, refresh: () => Promise.resolve() };

/** Where nobody knows which network it is: conditions about it do not hold. */
export const noNetworks: NetworksPort = { networkOf: () => Promise.resolve(null) };

/** On Linux, the names of the hosts file, and no networks. */
export function createPlaces(): { readonly names: NamesPort; readonly networks: NetworksPort } {
  if (process.platform !== 'win32') return { names: hostsFileNames(), networks: noNetworks };
  const facts = new WindowsFacts();
  return { names: windowsNames(facts), networks: windowsNetworks(facts) };
}
