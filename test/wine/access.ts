/** Folders that only administrators may use, by Windows' own functions as Wine has them. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';

import { Guest } from './guest.ts';
import { folder } from './prefix.ts';

type Case = readonly [name: string, run: () => Promise<string | undefined>];

const drive = path.join(folder, 'prefix/drive_c');

interface Weakness {
  readonly path: string;
  readonly by: readonly string[];
}

async function privateFolders(): Promise<string> {
  for (const name of ['private', 'open'])
    rmSync(path.join(drive, name), { recursive: true, force: true });
  const guest = await Guest.start('access');
  const made = (await guest.call('makePrivateFolder', 'C:\\private')) as Record<string, unknown>;
  assert.deepEqual(made['made'], ['made', 'there']);
  assert.deepEqual(made['strangers'], []);
  const open = (await guest.call('makeOpenFolder', 'C:\\open')) as Record<string, Weakness | null>;
  assert.equal(open['made'], 'made');
  for (const weak of [open['state'], open['program']]) {
    assert.notEqual(weak, null);
    assert.match(weak?.path ?? '', /^C:\\(open)?/i);
  }
  assert.equal(await guest.call('securityOf', 'C:\\is not there'), null);
  const rights = await guest.call('ownRights');
  await guest.end();
  return `${String(made['security'])}; ${JSON.stringify(rights)}; ${JSON.stringify(open['state'])}`;
}

export const accessCases: readonly Case[] = [
  ['a folder is private from its first moment, and one that is not is known', privateFolders],
];
