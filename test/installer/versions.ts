/** The packages of the tests in Wine: three versions, each with another driver, and one's first Windows. */
import { appendFileSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { buildImage } from '../../scripts/driver/image.ts';
import { labImage } from '../../scripts/driver/lab-image.ts';
import { addFailures, buildBinaries } from './failing.ts';
import { makeMachine, msiexec, startMachine, wine } from './machine.ts';
import { folder, must, packOnce, unpacked } from './pack.ts';
import { type Version, msi, packageOf, silent, versions } from './steps.ts';
import { buildWithWixl } from './wixl.ts';

/** What is installed of it. */
export function filesOf(version: Version): string {
  return version === 'older' ? unpacked : path.join(folder, version);
}

export async function buildPackages(): Promise<void> {
  await packOnce();
  makeNext('newer');
  makeNext('newest');
  const binaries = await buildBinaries();
  await Promise.all(
    (Object.keys(versions) as Version[]).map((version) => build(version, binaries)),
  );
}

async function build(version: Version, binaries: Readonly<Record<string, string>>): Promise<void> {
  const output = packageOf(version);
  await buildWithWixl({ files: filesOf(version), version: versions[version], output, binaries });
  await addFailures(output);
}

/** Another driver, a file more, and one less. */
function makeNext(version: Version): void {
  const files = filesOf(version);
  rmSync(files, { recursive: true, force: true });
  cpSync(unpacked, files, { recursive: true });
  appendFileSync(path.join(files, 'resources/driver/portreeve.sys'), version);
  writeFileSync(path.join(files, `resources/${version}.txt`), 'of this version\n');
  rmSync(path.join(files, 'LICENSE.electron.txt'));
}

/**
 * A Windows that the lanes copy. Windows Installer makes a folder of its own at its first run, also when that is refused, and
 * drivers find their devices at their first start.
 */
export async function makeFirstMachine(): Promise<void> {
  const lab = path.join(folder, 'lab');
  must(await buildImage(labImage(), 'mingw', lab));
  await makeMachine(path.join(lab, 'fwpkclnt.sys'));
  const program = await startMachine();
  await msiexec('/i', msi('older'), ...silent, 'MODE=everything');
  await program.end();
  await wine.stop();
}
