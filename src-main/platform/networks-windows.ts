/** The network of each address that this computer has, from Windows' Network List Manager. */
import type { Network, NetworksPort } from '../engine/ports.ts';
import type { WindowsFacts } from './windows/facts.ts';

/** After a change of networks, at most so long by the old one. */
const FRESH_MS = 1000;

export function windowsNetworks(facts: Pick<WindowsFacts, 'ask'>): NetworksPort {
  let known: ReadonlyMap<string, Network> = new Map();
  let readAt = -Infinity;
  let reading: Promise<void> | null = null;
  const read = async (): Promise<void> => {
    const found = await facts.ask('networks', undefined);
    known = new Map((found ?? []).map(({ address, network }) => [address, network]));
    readAt = performance.now();
    reading = null;
  };
  return {
    async networkOf(localAddress) {
      if (performance.now() - readAt > FRESH_MS) await (reading ??= read());
      return known.get(localAddress.split('%')[0] ?? '') ?? null;
    },
  };
}
