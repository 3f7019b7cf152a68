/** The upgrade, and the removal without leftovers. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

import { windowsDevice } from '../../../src-main/driver/device-windows.ts';
import type { Check } from './check.ts';
import { HoldClient } from './hold-client.ts';
import { type Kit, imageOfService, startService, stateOfService, stopService } from './kit.ts';
import { addDriver, signCatalog } from './prepare.ts';
import type { Phase } from './state.ts';

const drivers = /^portreeve\.inf_/i;

export const upgradeChecks: readonly Check<Kit>[] = [
  { id: 'upgrade.package', title: 'a newer package replaces the one in use', run: upgradePackage },
  { id: 'upgrade.runs', title: 'the newer driver serves after it was started', run: upgradeRuns },
];

export const removalChecks: readonly Check<Kit>[] = [
  { id: 'remove.service', title: 'the service is gone', run: noService },
  { id: 'remove.device', title: 'the device is gone', run: noDevice },
  { id: 'remove.files', title: 'the driver store has no file of it', run: noFiles },
  { id: 'remove.filters', title: 'the filter engine has no object of it', run: noFilters },
];

export const upgrade: Phase<Kit> = {
  title: 'Upgrade the driver',
  changes: ['a second package, of a higher version, is added'],
  async run(kit) {
    await startService(kit);
    await signCatalog(kit, path.join(kit.folder, 'package-next'));
    await kit.store.runChecks(upgradeChecks, kit);
    return 'go on';
  },
};

export const removal: Phase<Kit> = {
  title: 'Remove everything',
  changes: ['all that the kit has changed is changed back; test mode ends with the next restart'],
  async run(kit) {
    await stopService(kit);
    await undoAll(kit);
    await kit.store.runChecks(removalChecks, kit);
    return 'go on';
  },
};

/** From the last change to the first. What can't be taken back is told, and stays on the list. */
export async function undoAll({ windows, store }: Kit): Promise<void> {
  for (const undo of store.state.undo.toReversed()) {
    // oxlint-disable-next-line no-await-in-loop -- in this order
    const { code, output } = await windows.run(undo.program, undo.args);
    const done = code === 0 || needsRestart(undo.program, code);
    console.log(`${done ? 'undone' : 'NOT undone'}: ${undo.title} ${done ? '' : output.trim()}`);
    if (done) {
      store.state.undo.splice(store.state.undo.lastIndexOf(undo), 1);
      store.save();
    }
  }
}

/** Done, from the next restart on: EXIT_CODE_REBOOT_NEEDED of verifier, ERROR_SUCCESS_REBOOT_REQUIRED of pnputil. */
function needsRestart(program: string, code: number): boolean {
  return (program === 'verifier.exe' && code === 2) || code === 3010;
}

async function upgradePackage(kit: Kit): Promise<string> {
  const before = await imageOfService(kit);
  const note = await addDriver(kit, path.join(kit.folder, 'package-next'));
  assert.notEqual(await imageOfService(kit), before, 'the service still has the older image');
  return note;
}

async function upgradeRuns(kit: Kit): Promise<string> {
  await stopService(kit);
  await startService(kit);
  const client = new HoldClient(windowsDevice());
  const description = await client.start();
  await client.stop();
  return description;
}

async function noService(kit: Kit): Promise<undefined> {
  assert.equal(await stateOfService(kit), 'none');
}

async function noDevice(): Promise<undefined> {
  const opened = await windowsDevice().open();
  if (opened.ok) await opened.device.close();
  assert.ok(!opened.ok, 'it can still be opened');
  assert.equal(opened.failure.code, 'not-installed');
}

function noFiles(): Promise<undefined> {
  const system = path.join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32');
  const store = readdirSync(path.join(system, 'DriverStore', 'FileRepository'));
  assert.deepEqual(
    store.filter((name) => drivers.test(name)),
    [],
  );
  assert.ok(!existsSync(path.join(system, 'drivers', 'portreeve.sys')));
  return Promise.resolve(undefined);
}

async function noFilters({ windows, folder }: Kit): Promise<undefined> {
  const file = path.join(folder, 'wfpstate.xml');
  await windows.must('netsh.exe', ['wfp', 'show', 'state', `file=${file}`]);
  const text = readFileSync(file).toString('latin1').replaceAll('\0', '');
  rmSync(file);
  assert.doesNotMatch(text, /Portreeve/);
}
