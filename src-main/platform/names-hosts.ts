/** The names of a hosts file (hosts(5)), read again when it changes. In the lab there is nothing better without the network. */
import { readFileSync, statSync } from 'node:fs';

import { canonicalAddress } from '../engine/policy/places.ts';
import type { NamesPort } from '../engine/ports.ts';
import { KnownNames } from './known-names.ts';
import type { Learned } from './known-names.ts';

const HOSTS = '/etc/hosts';
/** Ad-blocking hosts files have some hundred thousand lines; those name nothing that is reached. */
const MAX_BYTES = 4_194_304;

export function hostsFileNames(file = HOSTS): NamesPort {
  const names = new KnownNames('hosts-file');
  let stamp = '';
  const look = (): void => {
    const now = stampOf(file);
    if (now === stamp) return;
    stamp = now;
    names.clear();
    names.learn(readHosts(file), Date.now());
  };
  return {
    namesOf(address) {
      look();
      const known = names.of(address, Date.now());
      // A line of the file holds as long as it is there.
      return known === null ? null : { ...known, isFresh: true };
    },
    refresh: () => Promise.resolve(),
  };
}

/** Another text after each change; empty for no file. */
function stampOf(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? '' : [found.ino, found.size, found.mtimeNs, found.ctimeNs].join();
}

function readHosts(file: string): Learned[] {
  try {
    const text = readFileSync(file, 'utf8').slice(0, MAX_BYTES);
    return text.split('\n').flatMap(lineOf);
  } catch {
    return [];
  }
}

/** An address, and names for it; the first is the one that people use, the others are other names of the same host. */
function lineOf(line: string): Learned[] {
  const [written = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
  const address = canonicalAddress(written);
  return address === null || names.length === 0 ? [] : [{ names, address }];
}
