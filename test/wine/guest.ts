/** A Windows Node in Wine. */
import path from 'node:path';

import { Peer } from '../device/peer.ts';
import { wine as ofThisSuite } from './prefix.ts';
import { type Wine, windowsNode, windowsPath } from './wine.ts';

export type Guest = Peer;

/** Resolves once it listens. Its bundle lies beside the prefix, in the folder "guest". */
export function startGuest(name: string, wine: Wine = ofThisSuite): Promise<Guest> {
  return Peer.start(path.join(wine.folder, 'run', name), async (own, log) => {
    const args = [path.join(wine.folder, 'guest/main.js'), own].map(windowsPath);
    return wine.start(await windowsNode(), args, log);
  });
}
