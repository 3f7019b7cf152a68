/**
 * What goes into the package besides the app itself: build/payload/<processor>, which electron-builder.yml names. The driver,
 * the setup program, the command line's, licences, the templates for Group Policy, and koffi's binary of that processor.
 */
import { cpSync, existsSync, mkdirSync, rmSync, utimesSync } from 'node:fs';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Architecture } from '../driver/compilers.ts';
import { lockedPackage } from '../packages.ts';
import { folder as policyTemplates } from '../policy-templates.ts';
import { root } from '../process.ts';
import { writeNotices } from './notices.ts';
import { consoleFile, consoleProgram, setupFile, setupProgram } from './setup.ts';

export const payloads = path.join(root, 'build/payload');
/** Every file of a payload has this time: 1980, the oldest that a ZIP or a cabinet can say. */
const fixedTime = new Date('1980-01-01T00:00:00Z');

/** Fills the payload of a processor from a folder with the driver's package. Rejects with what is missing. */
export async function makePayload(architecture: Architecture, driver: string): Promise<string> {
  const folder = path.join(payloads, architecture);
  const resources = path.join(folder, 'resources');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(resources, 'setup'), { recursive: true });
  copyDriver(driver, path.join(resources, 'driver'));
  cpSync(setupFile(architecture), path.join(resources, 'setup', setupProgram));
  mkdirSync(path.join(resources, 'licences'));
  cpSync(path.join(root, 'LICENSE'), path.join(resources, 'licences/Portreeve.txt'));
  writeNotices(path.join(resources, 'licences/third-party.txt'));
  // For an administrator's PolicyDefinitions folder or the domain's: docs/policy.md.
  cpSync(path.join(root, policyTemplates), path.join(resources, 'policy'), { recursive: true });
  mkdirSync(path.join(folder, 'program'));
  cpSync(consoleFile(architecture), path.join(folder, 'program', consoleProgram));
  await copyKoffi(architecture, path.join(folder, 'koffi'));
  setTimes(folder);
  return folder;
}

const driverFiles = ['portreeve.inf', 'portreeve.sys', 'portreeve.cat'];

/** The catalog is absent where nothing is signed. */
function copyDriver(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of driverFiles.filter((name) => existsSync(path.join(from, name)))) {
    cpSync(path.join(from, name), path.join(to, name));
  }
}

/** npm installs koffi's binary of the computer that it runs on; the package may be for another. */
async function copyKoffi(architecture: Architecture, to: string): Promise<void> {
  const name = `@koromix/koffi-win32-${architecture}`;
  const installed = path.join(root, 'node_modules', name);
  if (existsSync(installed)) return cpSync(installed, to, { recursive: true });
  cpSync(await lockedPackage(name), to, { recursive: true });
}

function setTimes(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) utimesSync(path.join(entry.parentPath, entry.name), fixedTime, fixedTime);
  }
}

/** For a build that has no signed driver package: the folder with this image and INF alone. */
export function looseDriver(folder: string, image: string, inf: string): string {
  mkdirSync(folder, { recursive: true });
  cpSync(image, path.join(folder, 'portreeve.sys'));
  writeFileSync(path.join(folder, 'portreeve.inf'), inf, 'latin1');
  return folder;
}
