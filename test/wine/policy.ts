/** Settings by policy, from Wine's registry: the port as it ships, in Windows' Node. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { readManagedSettings } from '../../src-main/engine/managed/settings.ts';
import { product } from '../../src-main/product.ts';
import { type Guest, startGuest } from './guest.ts';
import { folder, wine } from './prefix.ts';

type Case = readonly [name: string, run: () => Promise<string | undefined>];

interface Policy {
  readonly values: Record<string, unknown>;
  readonly installed: Record<string, unknown>;
  readonly file: { readonly ok: boolean; readonly text?: string; readonly problem?: string };
}

const CALL_MS = 180_000;
const policyKey = `HKLM\\${product.policyKey}`;
const settingsKey = `HKLM\\${product.settingsKey}`;
const rules = path.join(folder, 'rules of the organisation.json');

let guest: Guest;

async function policy(file: string): Promise<Policy> {
  return (await guest.call('policy', { file }, CALL_MS)) as Policy;
}

async function set(key: string, name: string, type: string, value: string): Promise<void> {
  const added = await wine.run(
    'reg',
    'add',
    key,
    '/v',
    name,
    '/t',
    type,
    '/d',
    value,
    '/f',
    '/reg:64',
  );
  assert.equal(added.code, 0, added.output);
}

async function forget(): Promise<void> {
  await wine.run('reg', 'delete', policyKey, '/f', '/reg:64');
  await wine.run('reg', 'delete', settingsKey, '/f', '/reg:64');
}

async function nothing(): Promise<undefined> {
  await forget();
  guest = await startGuest('policy');
  const { values, installed } = await policy('Z:\\nowhere.json');
  assert.deepEqual([values, installed], [{}, {}]);
}

async function everything(): Promise<undefined> {
  await set(policyKey, 'Mode', 'REG_SZ', 'block');
  await set(policyKey, 'LockRules', 'REG_DWORD', '1');
  await set(policyKey, 'LockPauses', 'REG_DWORD', '4294967295');
  await set(policyKey, 'RulesFile', 'REG_SZ', 'C:\\ö 港\\rules.json');
  await set(policyKey, 'NoClientPolicy', 'REG_EXPAND_SZ', '%TEMP%');
  await set(policyKey, 'LockMode', 'REG_BINARY', '01');
  await set(settingsKey, 'Mode', 'REG_SZ', 'learn');
  const { values, installed } = await policy('Z:\\nowhere.json');
  assert.deepEqual(values, {
    Mode: 'block',
    LockRules: 1,
    LockPauses: 4_294_967_295,
    RulesFile: 'C:\\ö 港\\rules.json',
    NoClientPolicy: null,
    LockMode: null,
  });
  assert.deepEqual(installed, { Mode: 'learn' });
  const read = readManagedSettings(values);
  assert.deepEqual(
    [read.mode, read.noClient, read.rulesFile],
    ['block', null, 'C:\\ö 港\\rules.json'],
  );
  assert.deepEqual([...read.locked].toSorted(), ['mode', 'pauses', 'rules']);
}

async function files(): Promise<undefined> {
  writeFileSync(rules, '{ "ö": "港" }');
  const found = await policy(`Z:${rules.replaceAll('/', '\\')}`);
  assert.deepEqual(found.file, { ok: true, text: '{ "ö": "港" }' });
  const missing = await policy('C:\\nowhere\\rules.json');
  assert.deepEqual(missing.file, { ok: false, problem: 'it is not there' });
  const inFolder = await policy('C:\\windows');
  assert.equal(inFolder.file.ok, false);
}

async function end(): Promise<undefined> {
  await forget();
  await guest.end();
}

export const policyCases: readonly Case[] = [
  ['policy: none', nothing],
  ['policy: values of every type', everything],
  ['policy: a file of rules', files],
  ['policy: the end', end],
];
