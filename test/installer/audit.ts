/**
 * Everything that an installer may leave behind on a Windows, before and after: files, and the registry with its services.
 * Wine writes its registry when it ends, so it must not run meanwhile; volatile keys are not in it.
 */
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';

import type { Wine } from '../wine/wine.ts';
import { type Registry, parseRegistry, registryDifferences } from './registry.ts';

export interface Snapshot {
  /** Path below drive C and what is there. */
  readonly files: ReadonlyMap<string, string>;
  readonly registry: Registry;
}

/** What Wine and Windows Installer themselves change; nothing else is left out. */
const restless = [
  // Devices that its drivers find at each start, and the driver processes that it makes up services for.
  /\\\\Enum\\\\|\\\\DeviceClasses|\\\\Control\\\\Class\\\\|\\\\NetworkCards|\\\\Services\\\\Winedevice\d+/i,
  // Empty keys of Windows Installer itself, and its note of components that stay for an upgrade.
  /^new key .*\\\\Installer\\\\(Features|Products|UpgradeCodes|UserData\\\\S-1-5-18\\\\(Products|Components\\\\\w+))$/,
  /\\\\Components\\\\\w+ "0{32}": - -> "02:\\\\SOFTWARE\\\\Portreeve\\\\/i,
  // Wine starts its scheduler by itself once there has been a task, and has an event log without any source.
  /\\\\Services\\\\Schedule "Start"|\\\\Eventlog\\\\Application$/i,
  // Without its group the driver can't be loaded in Wine, which starts a debugger then: failing.ts.
  /\\\\Wine\\\\WineDbg/,
];

/** Of a Wine that does not run. */
export function takeSnapshot(wine: Wine): Snapshot {
  const text = ['system.reg', 'user.reg'].map((name) =>
    readFileSync(path.join(wine.prefix, name), 'utf8'),
  );
  return { files: filesBelow(wine.drive), registry: parseRegistry(text.join('\n')) };
}

function filesBelow(drive: string): Map<string, string> {
  const entries = readdirSync(drive, { recursive: true, withFileTypes: true });
  return new Map(
    entries.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(drive, file), describe(file)];
    }),
  );
}

function describe(file: string): string {
  const status = lstatSync(file);
  if (status.isSymbolicLink()) return `link to ${readlinkSync(file)}`;
  return status.isDirectory() ? 'folder' : `${status.size} bytes of ${status.mtime.toISOString()}`;
}

/** One line for each thing that is new, gone or another. */
export function differences(before: Snapshot, after: Snapshot): string[] {
  const names = new Set([...before.files.keys(), ...after.files.keys()]);
  const files = [...names]
    .filter((name) => before.files.get(name) !== after.files.get(name))
    .map((name) => `${name}: ${before.files.get(name) ?? '-'} -> ${after.files.get(name) ?? '-'}`);
  return [...files, ...registryDifferences(before.registry, after.registry)].filter(
    (line) => !restless.some((pattern) => pattern.test(line)),
  );
}
