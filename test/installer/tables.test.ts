/** What the installer does in each kind of run: its actions, their conditions as Windows Installer reads them, their numbers. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

import {
  type Action,
  actionType,
  actions,
  launchConditions,
  properties,
  removeExistingSequence,
} from '../../scripts/installer/actions.ts';
import { root } from '../../scripts/process.ts';
import { type Properties, holds } from './conditions.ts';

/** As reviewed: number in CustomAction.Type, position, name. */
const reviewed = `
  65 1450 PrAskAboutRules
3394 1503 PrForgetBack
3394 1504 PrAppRunBack
3138 1505 PrForget
3138 1506 PrAppStop
3394 1520 PrTaskRemoveBack
3074 1521 PrTaskRemove
3394 1530 PrDriverRemoveBack
3074 1531 PrDriverRemove
3394 4010 PrFolderBack
3074 4011 PrFolder
3394 5920 PrTaskBack
3074 5921 PrTask
3394 5930 PrRemoteBack
3138 5931 PrRemote
3394 5934 PrSettingsBack
3074 5935 PrSettings
3394 5940 PrDriverBack
3074 5941 PrDriver
3074 5951 PrStart
3650 6510 PrCommit
3650 6520 PrDataRemove
3650 6530 PrAppRun
`;

/** Windows Installer's own actions; ours have to stand at the right side of them. */
const standard = { initialize: 1500, removeFiles: 3500, installFiles: 4000, finalize: 6600 };

test('the numbers are the reviewed ones', () => {
  const lines = actions.map((action) =>
    [String(actionType(action)).padStart(4), action.sequence, action.id].join(' '),
  );
  expect(lines.join('\n').trim()).toBe(reviewed.trim());
});

const silent: Properties = { UILevel: '2', START: 'now', KEEPREMOTE: '1' };
/** What Windows Installer sets in each kind of run ("Conditional Statement Syntax", "Preparing an application for upgrades"). */
const runs: Readonly<Record<string, Properties>> = {
  install: silent,
  'install, started after a restart': { ...silent, START: 'restart' },
  'install without remote sessions': { ...silent, KEEPREMOTE: '0' },
  upgrade: { ...silent, WIX_UPGRADE_DETECTED: '{old}' },
  'removal of the old version in an upgrade': {
    ...silent,
    Installed: '1',
    REMOVE: 'ALL',
    UPGRADINGPRODUCTCODE: '{new}',
  },
  repair: { ...silent, Installed: '1', REINSTALL: 'ALL' },
  removal: { ...silent, Installed: '1', REMOVE: 'ALL' },
  'removal that somebody watches': { ...silent, UILevel: '5', Installed: '1', REMOVE: 'ALL' },
};

function named(run: string, filter: (action: Action) => boolean): string {
  const properties = runs[run] ?? {};
  return actions
    .filter((action) => filter(action) && holds(action.condition, properties))
    .map(({ id }) => id)
    .join(' ');
}

function work(run: string): string {
  return named(run, ({ when }) => when !== 'rollback');
}

/** In the order in which they would run. */
function undo(run: string): string {
  const forward = named(run, ({ when }) => when === 'rollback');
  return forward.split(' ').toReversed().join(' ');
}

test.each([
  [
    'install',
    'PrForget PrAppStop PrFolder PrTask PrRemote PrSettings PrDriver PrStart PrCommit PrAppRun',
  ],
  [
    'install, started after a restart',
    'PrForget PrAppStop PrFolder PrTask PrRemote PrSettings PrDriver PrCommit',
  ],
  [
    'install without remote sessions',
    'PrForget PrAppStop PrFolder PrTask PrSettings PrDriver PrStart PrCommit PrAppRun',
  ],
  ['upgrade', 'PrForget PrAppStop PrFolder PrTask PrSettings PrDriver PrCommit PrAppRun'],
  ['removal of the old version in an upgrade', 'PrAppStop'],
  ['repair', 'PrForget PrAppStop PrFolder PrTask PrSettings PrDriver PrStart PrCommit PrAppRun'],
  ['removal', 'PrForget PrAppStop PrTaskRemove PrDriverRemove PrCommit PrDataRemove'],
  [
    'removal that somebody watches',
    'PrAskAboutRules PrForget PrAppStop PrTaskRemove PrDriverRemove PrCommit PrDataRemove',
  ],
])('%s', (run, expected) => expect(work(run)).toBe(expected));

test.each([
  ['install', 'PrDriverBack PrSettingsBack PrRemoteBack PrTaskBack PrFolderBack PrForgetBack'],
  ['upgrade', 'PrDriverBack PrSettingsBack PrTaskBack PrFolderBack PrForgetBack'],
  ['removal of the old version in an upgrade', 'PrAppRunBack'],
  ['repair', 'PrDriverBack PrSettingsBack PrTaskBack PrFolderBack PrAppRunBack PrForgetBack'],
  ['removal', 'PrDriverRemoveBack PrTaskRemoveBack PrAppRunBack PrForgetBack'],
])('undone: %s', (run, expected) => expect(undo(run)).toBe(expected));

test('an undo stands before what it undoes, in every kind of run in which that runs', () => {
  const undone = actions.filter(({ id }) => id.endsWith('Back') && id !== 'PrForgetBack');
  for (const back of undone.filter(({ id }) => id !== 'PrAppRunBack')) {
    const forward = actions.find(({ id }) => id === back.id.replace(/Back$/, ''));
    expect(back.sequence).toBeLessThan(forward?.sequence ?? 0);
    for (const properties of Object.values(runs)) {
      if (holds(forward?.condition ?? '', properties))
        expect(holds(back.condition, properties)).toBe(true);
    }
  }
});

test('nothing but the first undo makes the notes of the others worthless', () => {
  const forgets = actions.filter(
    ({ when, command }) => when === 'rollback' && /^(forget|data-remove)/.test(command ?? ''),
  );
  expect(forgets.map(({ id }) => id)).toEqual(['PrForgetBack']);
  const first = actions.find(({ when }) => when === 'rollback');
  expect(first?.id).toBe('PrForgetBack');
});

test('each stands on the right side of what Windows Installer does', () => {
  const at = (id: string): number => actions.find((action) => action.id === id)?.sequence ?? 0;
  for (const { when, sequence } of actions) {
    if (when === 'immediate') expect(sequence).toBeLessThan(standard.initialize);
    else expect(sequence).toBeGreaterThan(removeExistingSequence);
    expect(sequence).toBeLessThan(standard.finalize);
  }
  expect(removeExistingSequence).toBe(standard.initialize + 1);
  // The app is ended, and driver and task are removed, while its files are still there; they are made when they are there.
  for (const id of ['PrAppStop', 'PrTaskRemove', 'PrDriverRemove']) {
    expect(at(id)).toBeLessThan(standard.removeFiles);
  }
  for (const id of ['PrFolder', 'PrTask', 'PrDriver', 'PrStart']) {
    expect(at(id)).toBeGreaterThan(standard.installFiles);
  }
});

const machine: Properties = { VersionNT64: '1000', WINBUILD: '17763', MACHINE: 'AMD64' };

function refusals(properties: Properties): string[] {
  return launchConditions('AMD64')
    .filter(({ condition }) => !holds(condition, { ...machine, ...silent, ...properties }))
    .map(({ message }) => message);
}

test('what the package refuses, and says', () => {
  expect(refusals({})).toEqual([]);
  expect(refusals({ MODE: 'learn', NOCLIENTPOLICY: 'allow', START: 'restart' })).toEqual([]);
  expect(refusals({ WINBUILD: '17134' })).toEqual([
    'Portreeve needs Windows 10 version 1809 or later.',
  ]);
  expect(refusals({ WINBUILD: '' })).toHaveLength(1);
  expect(refusals({ MACHINE: 'ARM64' })).toHaveLength(1);
  expect(refusals({ VersionNT64: '' })).toEqual(['Portreeve needs a 64-bit Windows.']);
  expect(refusals({ MODE: 'Ask' })).toEqual([
    'The value of MODE must be one of: ask, learn, block, lockdown.',
  ]);
  expect(refusals({ START: 'never', REMOVERULES: 'yes' })).toHaveLength(2);
  // A repair or removal is refused for none of these.
  expect(refusals({ Installed: '1', WINBUILD: '1', MODE: 'x' })).toEqual([]);
});

test('docs/releasing.md says of each property what it takes and means', () => {
  const page = readFileSync(path.join(root, 'docs/releasing.md'), 'utf8');
  for (const { id, values, meaning } of properties) {
    const row = `| \`${id}\` | ${values.map((value) => `\`${value}\``).join(', ')} | ${meaning} |`;
    expect(page).toContain(row);
  }
});

test('conditions are read as Windows Installer reads them', () => {
  expect(holds('A OR B AND C', { A: '1' })).toBe(true);
  expect(holds('(A OR B) AND C', { A: '1' })).toBe(false);
  expect(holds('NOT A AND B', { B: '1' })).toBe(true);
  expect(holds('A="x" AND N >= 10', { A: 'x', N: '9' })).toBe(false);
  expect(() => holds('A ~= "x"', {})).toThrow(/not understood/);
});
