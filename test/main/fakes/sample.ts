/** Connections to test with. */
import type { Connection, Target } from '../../../src-main/engine/ports.ts';

export interface Sample extends Partial<Target> {
  readonly path?: string;
  readonly pid?: number;
  readonly created?: bigint;
  readonly pathCut?: boolean;
  readonly localAddress?: string;
  readonly time?: number;
}

/** A TCP connection of /usr/bin/curl (process 1000) to 127.0.0.1:443, but for what is given. */
export function sample(given: Sample = {}): Connection {
  const { localAddress, names } = given;
  const { path = '/usr/bin/curl', pid = 1000, created = 133_500_000_000_000_000n } = given;
  return {
    process: { id: BigInt(pid), created },
    path,
    pathCut: given.pathCut ?? false,
    target: {
      address: given.address ?? '127.0.0.1',
      hostName: given.hostName ?? null,
      port: given.port ?? 443,
      protocol: given.protocol ?? 6,
      direction: given.direction ?? 'outbound',
      loopback: given.loopback ?? true,
      ...(names !== undefined && { names }),
    },
    ...(localAddress !== undefined && { localAddress }),
    time: given.time ?? Date.now(),
  };
}
