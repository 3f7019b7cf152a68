/**
 * What the packages of the tests have besides: an action after each of ours that fails when FAILAT names it, and, for Wine
 * alone, one that puts the driver where the lab's filter engine is.
 */
import path from 'node:path';

import { actions } from '../../scripts/installer/actions.ts';
import { root } from '../../scripts/process.ts';
import { lookProgram } from './machine.ts';
import { folder, mustRun } from './pack.ts';
import { changeTable } from './tables.ts';

/** Deferred, from the Binary table, as SYSTEM: the installation fails with it. */
const deferredProgram = '3074';
export const echoProgram = path.join(folder, 'echo.exe');
const groupAction = { id: 'TestGroup', after: 'PrDriver' };

interface Added {
  readonly id: string;
  readonly source: string;
  readonly command: string;
  readonly sequence: number;
  readonly condition: string;
}

/** Those after which there is a place: the next action may stand right behind. */
export const failures = actions.filter(
  ({ when, sequence }) =>
    when === 'deferred' && actions.every((other) => other.sequence !== sequence + 1),
);

const added: readonly Added[] = [
  ...actions
    .filter(({ id }) => id === groupAction.after)
    .map(({ sequence, condition }) => ({
      id: groupAction.id,
      source: groupAction.id,
      command: '',
      sequence: sequence + 1,
      condition,
    })),
  ...failures.map(({ id, sequence }) => ({
    id: `TestFail${id}`,
    source: 'PrSetup',
    // No verb of the setup program.
    command: 'fail',
    sequence: sequence + (id === groupAction.after ? 2 : 1),
    condition: `FAILAT="${id}"`,
  })),
];

/** Binaries of the packages, by id, and the program with which the tests look at Windows. */
export async function buildBinaries(): Promise<Readonly<Record<string, string>>> {
  const group = path.join(folder, 'group.exe');
  await compile('group.c', group, ['-mwindows']);
  await compile('look.c', lookProgram, ['-municode']);
  await compile('echo.c', echoProgram, ['-mwindows']);
  return { [groupAction.id]: group };
}

async function compile(name: string, output: string, flags: readonly string[]): Promise<void> {
  const source = path.join(root, 'test/installer/stub', name);
  await mustRun('x86_64-w64-mingw32-gcc', [...flags, '-s', '-Wall', '-o', output, source]);
}

export async function addFailures(file: string): Promise<void> {
  await changeTable(file, 'CustomAction', (rows) => [
    ...rows,
    ...added.map(({ id, source, command }) => ({
      Action: id,
      Type: deferredProgram,
      Source: source,
      Target: command,
    })),
  ]);
  await changeTable(file, 'InstallExecuteSequence', (rows) => [
    ...rows,
    ...added.map(({ id, condition, sequence }) => ({
      Action: id,
      Condition: condition,
      Sequence: String(sequence),
    })),
  ]);
  await changeTable(file, 'AppSearch', (rows) => [
    ...rows,
    { Property: 'UPGRADINGPRODUCTCODE', Signature_: 'TestUpgrading' },
  ]);
  await changeTable(file, 'RegLocator', (rows) => [...rows, upgradingLocator]);
}

/**
 * Windows Installer tells an old version that it is removed by an upgrade; Wine 8 does not. The tests tell it, by a value that
 * is there while they upgrade.
 */
export const upgradingKey = 'Software\\Portreeve test';
const upgradingLocator = {
  Signature_: 'TestUpgrading',
  Root: '2',
  Key: upgradingKey,
  Name: 'Upgrading',
  // A raw value of the 64-bit registry.
  Type: '18',
};
