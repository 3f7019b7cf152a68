/**
 * What this Wine can do with any package: two of one file, without any action but one that fails. What Wine does not do there
 * is no fault of ours.
 */
import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { removeExistingSequence } from '../../scripts/installer/actions.ts';
import { setupFile } from '../../scripts/installer/setup.ts';
import { root } from '../../scripts/process.ts';
import { windowsPath } from '../wine/wine.ts';
import { msiexec, wine } from './machine.ts';
import { mustRun } from './pack.ts';
import { changeTable, writeTables } from './tables.ts';

const upgradeCode = '6C1D4F4C-8A6B-4D1F-8F1C-3C7C8D2B0E53';
const place = path.join(wine.drive, 'Program Files/Control/file.txt');
let known: boolean | null = null;

/** What Windows Installer says to `/fa` for a package that is installed, and of which the one file is gone. */
export async function repairCode(): Promise<number> {
  const file = windowsPath(await build('1.0.0'));
  assert.equal(await msiexec('/i', file), 0);
  rmSync(place);
  const code = await msiexec('/fa', file);
  assert.equal(existsSync(place), code === 0);
  assert.equal(await msiexec('/x', file), 0);
  return code;
}

/** Whether an old version comes back when an upgrade fails. Asked once. */
export async function failedUpgradeBringsBack(): Promise<boolean> {
  known ??= await tryOut();
  return known;
}

async function tryOut(): Promise<boolean> {
  const first = await build('1.0.0');
  const second = await build('1.1.0');
  assert.equal(await msiexec('/i', windowsPath(first)), 0);
  assert.ok(existsSync(place));
  assert.notEqual(await msiexec('/i', windowsPath(second), 'FAIL=1'), 0);
  const isBack = existsSync(place);
  if (isBack) assert.equal(await msiexec('/x', windowsPath(first)), 0);
  return isBack;
}

async function build(version: string): Promise<string> {
  const output = path.join(wine.folder, `control-${version}.msi`);
  const file = path.join(wine.folder, 'file.txt');
  writeFileSync(file, 'a file\n');
  writeFileSync(`${output}.wxs`, wxs(version, file));
  await mustRun('wixl', ['-a', 'x64', '-o', output, `${output}.wxs`]);
  await changeTable(output, 'InstallExecuteSequence', (rows) => [
    ...rows.map((row) =>
      row['Action'] === 'RemoveExistingProducts'
        ? { ...row, Sequence: String(removeExistingSequence) }
        : row,
    ),
    { Action: 'Fail', Condition: 'FAIL', Sequence: '5900' },
  ]);
  await writeTables(output, [
    {
      name: 'CustomAction',
      columns: ['Action', 'Type', 'Source', 'Target', 'ExtendedType'],
      head: ['s72\ti2\tS72\tS255\tI4', 'CustomAction\tAction'],
      rows: [{ Action: 'Fail', Type: '3074', Source: 'PrSetup', Target: 'fail' }],
    },
  ]);
  return output;
}

function wxs(version: string, file: string): string {
  const here = (name: string): string => path.relative(root, name);
  return `<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
<Product Id="*" Name="Control" Version="${version}" Language="1033" Manufacturer="Portreeve" UpgradeCode="${upgradeCode}">
<Package Compressed="yes" InstallerVersion="500" InstallScope="perMachine"/>
<MajorUpgrade DowngradeErrorMessage="newer"/>
<Media Id="1" Cabinet="control.cab" EmbedCab="yes"/>
<Binary Id="PrSetup" SourceFile="${here(setupFile('x64'))}"/>
<Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFiles64Folder"><Directory Id="CONTROL" Name="Control">
<Component Id="c" Guid="*" Win64="yes"><File Id="f" Name="file.txt" Source="${here(file)}" KeyPath="yes"/></Component>
</Directory></Directory></Directory>
<Feature Id="F" Level="1"><ComponentRef Id="c"/></Feature>
</Product></Wix>
`;
}
