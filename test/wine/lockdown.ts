/**
 * `portreeve-setup lockdown on|off`, the program that ships, in Wine. Its filter engine is the one of lockdown/fwpuclnt.c; what
 * those filters do is shown by scenarios, which add them with the same C.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { buildSetup, setupFile } from '../../scripts/installer/setup.ts';
import { run, root } from '../../scripts/process.ts';
import { product } from '../../src-main/product.ts';
import { folder, wine } from './prefix.ts';
import { windowsPath } from './wine.ts';

type Case = readonly [name: string, run: () => Promise<string | undefined>];

const ACCESS_DENIED = 5;
/** Calls of the engine on the way to "on": it is opened, the owner is added, all is committed. */
const FAILING = [1, 25, 47];
const library = path.join(wine.drive, 'windows/system32/fwpuclnt.dll');
const ownOfWine = `${library}.wine`;
const objects = path.join(folder, 'lockdown-objects.txt');

function read(): string {
  return readFileSync(objects, 'utf8');
}

async function setup(way: 'on' | 'off', failing?: number): Promise<number> {
  process.env['FWPUCLNT_OBJECTS'] = windowsPath(objects);
  process.env['FWPUCLNT_FAIL'] = String(failing ?? 0);
  const { code, output } = await wine.run(setupFile('x64'), 'lockdown', way);
  assert.equal(/does not run can't be\s+changed/.test(output), code !== 0, output);
  return code;
}

async function noted(): Promise<string | undefined> {
  const key = `HKLM\\${product.settingsKey}`;
  const { output } = await wine.run('reg', 'query', key, '/v', 'Lockdown');
  return /REG_SZ\s+(\d)/.exec(output)?.[1];
}

async function prepare(): Promise<void> {
  assert.equal(await buildSetup(), null);
  const built = path.join(folder, 'fwpuclnt.dll');
  const source = path.join(root, 'test/wine/lockdown/fwpuclnt.c');
  const flags = ['-shared', '-O1', '-Wall', '-Wextra', '-Werror', '-o', built, source];
  const { code, output } = await run('x86_64-w64-mingw32-gcc', flags);
  assert.equal(code, 0, output);
  if (!existsSync(ownOfWine)) renameSync(library, ownOfWine);
  copyFileSync(built, library);
  writeFileSync(objects, '');
}

/** What has to be there, by kind, for each of the four layers. */
function expectObjects(text: string): void {
  const lines = text.trim().split('\n');
  const [provider = '', sublayer = '', ...rest] = lines;
  assert.match(provider, /^provider \S+ persistent service Portreeve name Portreeve lockdown$/);
  assert.match(sublayer, /^sublayer \S+ persistent weight 0x0101 of \S+$/);
  for (const layer of ['connect4', 'connect6', 'accept4', 'accept6']) {
    const here = rest.filter((line) => line.includes(` at ${layer} `));
    const filters = here.flatMap((line) => /^filter \S+ (.*) in \S+$/.exec(line)?.[1] ?? []);
    const guard = /^callout (\S+) persistent/.exec(here.find((l) => l.startsWith('c')) ?? '')?.[1];
    assert.deepEqual(filters, [
      `boot at ${layer} weight 15 loopback permit`,
      `boot at ${layer} weight 0 all block`,
      `persistent at ${layer} weight 15 loopback permit`,
      `persistent at ${layer} weight 0 all ask ${guard}`,
    ]);
    assert.equal(here.length, 5);
  }
  assert.equal(lines.length, 22);
  assert.equal(new Set(lines.map((line) => line.split(' ').slice(0, 2).join(' '))).size, 22);
}

async function onAndOff(): Promise<undefined> {
  await prepare();
  try {
    assert.equal(await setup('on'), 0);
    const added = read();
    expectObjects(added);
    assert.equal(await noted(), '1');
    await failsWhole(added);
    assert.equal(await setup('on'), 0);
    assert.equal(read(), added);
    assert.equal(await setup('off'), 0);
    assert.equal(read(), '');
    assert.equal(await noted(), '0');
    // Nothing is noted any more: it doesn't need the filter engine, whose first call would fail.
    assert.equal(await setup('off', 1), 0);
  } finally {
    renameSync(ownOfWine, library);
  }
}

/** Whatever fails, what was there is still there, and still noted; switching it off works after it. */
async function failsWhole(before: string): Promise<void> {
  for (const call of FAILING) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.equal(await setup('on', call), ACCESS_DENIED, `call ${call}`);
    assert.equal(read(), before, `call ${call}`);
  }
  assert.equal(await setup('off', 3), ACCESS_DENIED);
  assert.equal(read(), before);
  assert.equal(await noted(), '1');
}

export const lockdownCases: readonly Case[] = [
  ['what blocks without a driver is added and removed as a whole', onAndOff],
];
