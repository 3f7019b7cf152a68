/** What goes wrong is undone: each action of an installation, an upgrade and a removal, made to fail. */
import assert from 'node:assert/strict';

import { product } from '../../src-main/product.ts';
import type { Guest } from '../wine/guest.ts';
import { failedUpgradeBringsBack } from './control.ts';
import { failures } from './failing.ts';
import { type State, look, msiexec, nothing, wine } from './machine.ts';
import {
  type Case,
  allow,
  audit,
  auditAndGoOn,
  hold,
  msi,
  refused,
  silent,
  startClient,
  upgradeTo,
  writeRules,
} from './steps.ts';

const buildKey = 'HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion';
const isOfRemoval = (id: string): boolean => id.includes('Remove') || id === 'PrAppStop';

let client: Guest;

export const failingCases: readonly Case[] = [
  ['a Windows that is too old is refused', tooOld],
  ['a property with another value is refused', badProperty],
  ...failures
    .filter(({ id }) => !id.includes('Remove'))
    .map(({ id }): Case => [
      `an installation that fails after ${id} is undone`,
      () => failedNew(id),
    ]),
  ['nothing is left of them', () => auditAndGoOn([])],
  ['an installation, and a client', install],
  ...['PrTask', 'PrDriver'].map((id): Case => [
    `an upgrade that fails after ${id} brings back what was there`,
    () => failedUpgrade(id),
  ]),
  ...failures
    .filter(({ id }) => isOfRemoval(id))
    .map(({ id }): Case => [`a removal that fails after ${id} is undone`, () => failedRemoval(id)]),
  ['a removal after all of them', removal],
  ['nothing is left after a removal', () => audit([])],
];

async function tooOld(): Promise<undefined> {
  const value = ['/v', 'CurrentBuildNumber', '/f', '/reg:64'];
  const { output } = await wine.run('reg', 'query', buildKey, ...value.slice(0, 2), '/reg:64');
  const build = /REG_SZ\s+(\d+)/.exec(output)?.[1] ?? '';
  await wine.must('reg', 'add', buildKey, ...value, '/d', '17134');
  await refused('/i', msi('older'), ...silent);
  await wine.must('reg', 'add', buildKey, ...value, '/d', build);
  assert.deepEqual(await look(), nothing);
}

async function badProperty(): Promise<undefined> {
  await refused('/i', msi('older'), ...silent, 'MODE=everything');
}

async function failedNew(id: string): Promise<undefined> {
  const properties = ['MODE=learn', `FAILAT=${id}`];
  assert.notEqual(await msiexec('/i', msi('older'), ...silent, ...properties), 0);
  assert.deepEqual(await look(), nothing);
}

async function install(): Promise<undefined> {
  assert.equal(await msiexec('/i', msi('older'), ...silent, 'MODE=learn'), 0);
  client = await startClient();
  await allow(client, await hold(client, 1));
  writeRules();
}

/** Without the image that runs, which has a name of its own until Windows starts again. */
function lasting(state: State): State {
  const images = Object.entries(state.images).filter(([name]) => !name.endsWith('.loaded'));
  return { ...state, images: Object.fromEntries(images) };
}

/**
 * Driver, task, rules and settings come back by our undoing. Files and product come back by Windows Installer's, of which Wine
 * has none for the removal within an upgrade: the control, in which nothing is ours, shows that.
 */
async function failedUpgrade(id: string): Promise<string> {
  const state = await look();
  assert.notEqual(await upgradeTo('newer', 'MODE=block', `FAILAT=${id}`), 0);
  const after = await look();
  assert.equal(client.hasNews(), false, 'the client lost its session');
  if (await failedUpgradeBringsBack()) {
    assert.deepEqual(after, state);
    return 'all of it';
  }
  const { app, versions, eventSource, searchPath } = after;
  assert.deepEqual([app, versions, eventSource, searchPath], [null, [], null, []]);
  assert.deepEqual(lasting(after), { ...lasting(state), app, versions, eventSource, searchPath });
  assert.equal(await msiexec('/i', msi('older'), ...silent), 0);
  assert.deepEqual(lasting(await look()), lasting(state));
  return "what is ours; Wine doesn't bring back the rest, of a package without actions neither";
}

/**
 * Wine takes the product out of its list at once, and does not put it back: it is installed again. A service that is made anew
 * has not the group without which Wine can't start it.
 */
async function failedRemoval(id: string): Promise<undefined> {
  const state = await look();
  assert.notEqual(await msiexec('/x', msi('older'), `FAILAT=${id}`), 0);
  const after = await look();
  const { app, versions, eventSource, searchPath, driver } = after;
  const service = after.service === null ? null : { ...after.service, Group: product.name };
  const wines = { app, versions, eventSource, searchPath, driver };
  assert.deepEqual(lasting({ ...after, service }), { ...lasting(state), ...wines });
  assert.equal(await msiexec('/i', msi('older'), ...silent), 0);
  assert.deepEqual(lasting(await look()), lasting(state));
}

async function removal(): Promise<undefined> {
  await client.end();
  assert.equal(await msiexec('/x', msi('older'), 'REMOVERULES=1'), 0);
  assert.deepEqual(await look(), nothing);
}
