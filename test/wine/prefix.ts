/**
 * The Wine of this suite, below build/wine. Its prefix is made once and used again as long as Wine and what is set up in it
 * stay the same.
 */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { root } from '../../scripts/process.ts';
import { makeFresh } from './base.ts';
import { Wine } from './wine.ts';

export const folder = path.join(root, 'build/wine');
export const wine = new Wine(folder);
const drivers = path.join(wine.drive, 'windows/system32/drivers');

/** Services of one group share a process, which is where fwpkclnt.sys has to be found. */
const group = 'Portreeve';
export const services = ['fwpkclnt', 'portreeve'] as const;
export type Service = (typeof services)[number];

/** The prefix, the packages, and both images as services that are not running. */
export async function prepare(images: Readonly<Record<Service, string>>): Promise<void> {
  await wine.stop();
  await makePrefix();
  for (const service of services) installDriver(service, images[service]);
}

/** What the service loads when it starts next. */
export function installDriver(service: Service, image: string): void {
  copyFileSync(image, path.join(drivers, `${service}.sys`));
}

async function makePrefix(): Promise<void> {
  const { output } = await wine.version();
  const settings = JSON.stringify(wine.environment);
  const wanted = [output.trim(), ...services, group, settings].join(' ');
  const stamp = path.join(folder, 'prefix.stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  await makeFresh(wine);
  for (const service of services) {
    const file = `C:\\windows\\system32\\drivers\\${service}.sys`;
    const options = ['type=', 'kernel', 'start=', 'demand', 'group=', group, 'binPath=', file];
    // oxlint-disable-next-line no-await-in-loop
    await wine.must('sc', 'create', service, ...options);
  }
  await wine.settle();
  writeFileSync(stamp, wanted);
}
