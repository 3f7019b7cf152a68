/** The package for ARM64: a project of its own, and a payload in which nothing is for another processor. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { buildImage, driverImage } from '../../scripts/driver/image.ts';
import { infTemplate, stampInf } from '../../scripts/driver/package.ts';
import { actions, launchConditions } from '../../scripts/installer/actions.ts';
import { looseDriver, makePayload } from '../../scripts/installer/payload.ts';
import { root } from '../../scripts/process.ts';
import { readPe } from '../driver/image/pe.ts';
import { folder, must, unpacked, writeProject } from './pack.ts';
import { linkWithWix3 } from './wix3.ts';

/** IMAGE_FILE_MACHINE_ARM64 ("PE Format", Microsoft Learn). */
const arm64 = 0xaa64;
const programs = /\.(sys|exe|com|node)$/;

/** What differs from the other package: whom it refuses, and whose setup program the actions run. */
export async function arm64Project(): Promise<void> {
  const wix = await linkWithWix3(await writeProject('arm64'), unpacked);
  const found = (wix.get('LaunchCondition') ?? []).map((row) => row['Condition']);
  for (const { condition } of launchConditions('ARM64')) assert.ok(found.includes(condition));
  assert.equal(found.filter((condition) => condition?.includes('MACHINE')).length, 1);
  const setup = wix.get('Binary')?.find((row) => row['Name'] === 'PrSetup');
  assert.match(setup?.['Data'] ?? '', /setup\/arm64\/portreeve-setup\.exe$/);
  const ours = (wix.get('CustomAction') ?? []).filter(({ Source }) => Source === 'PrSetup');
  assert.equal(ours.length, actions.filter(({ command }) => command !== null).length);
}

/** The driver's image of clang, the INF of that processor, our programs and koffi. */
export async function arm64Payload(): Promise<void> {
  const built = path.join(folder, 'driver-arm64-build');
  must(await buildImage(driverImage, 'clang-arm64', built));
  const inf = stampInf(readFileSync(path.join(root, infTemplate), 'utf8'), 'arm64');
  const image = path.join(built, driverImage.name);
  const payload = await makePayload(
    'arm64',
    looseDriver(path.join(folder, 'driver-arm64'), image, inf),
  );
  const files = readdirSync(payload, { recursive: true, encoding: 'utf8' });
  const found = files.filter((name) => programs.test(name));
  assert.deepEqual(found.map((name) => path.basename(name)).toSorted(), [
    'koffi.node',
    'portreeve-setup.exe',
    'portreeve.com',
    'portreeve.sys',
  ]);
  for (const name of found) {
    assert.equal(readPe(readFileSync(path.join(payload, name))).machine, arm64, name);
  }
  const packed = readFileSync(path.join(payload, 'resources/driver/portreeve.inf'), 'latin1');
  assert.match(packed, /NTarm64/);
  assert.doesNotMatch(packed, /NTamd64/);
}
