/** Folders that only administrators may use, by Windows' own functions as Wine has them. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';

import { startGuest } from './guest.ts';
import { folder } from './prefix.ts';

type Case = readonly [name: string, run: () => Promise<string | undefined>];

const drive = path.join(folder, 'prefix/drive_c');

/**
 * Wine keeps owner and mode of a file in place of its access list: who runs it is the owner, and stands for Administrators
 * too. So this one user, and nobody else, may be there.
 */
const wineUser = 'S-1-5-21-0-0-0-1000';

interface Weakness {
  readonly path: string;
  readonly by: readonly string[];
}

interface Open {
  readonly made: string;
  readonly strangers: readonly string[];
  readonly state: Weakness | null;
  readonly program: Weakness | null;
}

async function privateFolders(): Promise<string> {
  for (const name of ['private', 'open'])
    rmSync(path.join(drive, name), { recursive: true, force: true });
  const guest = await startGuest('access');
  const made = (await guest.call('makePrivateFolder', 'C:\\private')) as Record<string, unknown>;
  assert.deepEqual(made['made'], ['made', 'there']);
  assert.deepEqual(made['strangers'], [wineUser], String(made['security']));
  const open = (await guest.call('makeOpenFolder', 'C:\\open')) as Open;
  assert.equal(open.made, 'made');
  assert.deepEqual(open.strangers.toSorted(), [wineUser, 'WD'].toSorted());
  for (const weak of [open.state, open.program]) assert.match(weak?.path ?? '', /^C:\\(open)?/i);
  assert.equal(await guest.call('securityOf', 'C:\\is not there'), null);
  const rights = await guest.call('ownRights');
  await guest.end();
  return `${String(made['security'])}; ${JSON.stringify(rights)}; ${JSON.stringify(open.state)}`;
}

export const accessCases: readonly Case[] = [
  ['a folder is private from its first moment, and one that is not is known', privateFolders],
];
