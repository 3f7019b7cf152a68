/** The driver package of a processor: the image and its stamped INF, in one folder. Windows wants a catalog beside them. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { root } from '../process.ts';
import type { Architecture, CompilerName } from './compilers.ts';
import { driverImage } from './image.ts';

export const infTemplate = 'driver/windows/portreeve.inf';
export const packages = path.join(root, 'build/driver/package');

/** Whose image goes into the package of a processor. */
export const packaged: Readonly<Record<Architecture, CompilerName>> = {
  x64: 'clang',
  arm64: 'clang-arm64',
};

const decorations: Readonly<Record<Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The version of package.json, as drivers have it: four numbers. */
export function driverVersion(): string {
  const text = readFileSync(path.join(root, 'package.json'), 'utf8');
  return `${(JSON.parse(text) as { version: string }).version}.0`;
}

/** What WDK's stampinf would make of the template. */
export function stampInf(template: string, architecture: Architecture): string {
  return template
    .replaceAll('$ARCH$', decorations[architecture])
    .replaceAll('$VERSION$', driverVersion())
    .replaceAll(/\r?\n/g, '\r\n');
}

/** Makes `packages`/`architecture` of this image, and returns the folder. */
export function makePackage(image: string, architecture: Architecture): string {
  const folder = path.join(packages, architecture);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyFileSync(image, path.join(folder, driverImage.name));
  const template = readFileSync(path.join(root, infTemplate), 'utf8');
  writeFileSync(path.join(folder, 'portreeve.inf'), stampInf(template, architecture), 'latin1');
  return folder;
}
