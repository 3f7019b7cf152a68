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

/** What Wine and Windows Installer themselves change; nothing else is left out, and nothing that names Portreeve. */
const restless = [
  // Devices that its drivers find at each start, and the driver processes that it makes up services for.
  /^System\\\\CurrentControlSet\\\\(Enum|Control\\\\DeviceClasses|Services\\\\Winedevice\d+)\\\\/i,
  /^new key System\\\\CurrentControlSet\\\\(Enum|Control\\\\DeviceClasses|Services\\\\Winedevice\d+)/i,
  // When it found its display adapter and its network.
  /\\\\Control\\\\Class\\\\\{[^}]+\}\\\\\d{4} "DriverDateData"/i,
  /\\\\Windows NT\\\\CurrentVersion\\\\NetworkCards\\\\\d+ /i,
  // Empty keys of Windows Installer itself. Wine leaves that of a component whose installation it takes back.
  /^new key .*\\\\Installer\\\\(Features|Products|UpgradeCodes|UserData\\\\S-1-5-18\\\\(Products|Components(\\\\\w+)?))$/,
  // Wine starts its scheduler by itself once there has been a task, and has an event log without any source.
  /^System\\\\CurrentControlSet\\\\Services\\\\Schedule "Start"/i,
  /^key is gone: System\\\\CurrentControlSet\\\\Services\\\\Eventlog\\\\Application$/i,
  // Wine takes a folder out of PATH without the separator before it. The rest has to be as it was.
  /^System\\\\CurrentControlSet\\\\Control\\\\Session Manager\\\\Environment "PATH": (.*)" -> \1;+"$/,
  // Without its group the driver can't be loaded in Wine, which starts a debugger then: failing.ts.
  /^new key Software\\\\Wine\\\\WineDbg$/,
];

function isRestless(line: string): boolean {
  return !/portreeve/i.test(line) && restless.some((pattern) => pattern.test(line));
}

/** Of a Wine that does not run. */
export function takeSnapshot(wine: Wine): Snapshot {
  const text = ['system.reg', 'user.reg'].map((name) =>
    readFileSync(path.join(wine.prefix, name), 'utf8'),
  );
  const files = [
    ...filesBelow(wine.drive, ''),
    // The user's desktop and documents are links to it.
    ...filesBelow(path.join(wine.folder, 'home'), 'home of the user/'),
  ];
  return { files: new Map(files), registry: parseRegistry(text.join('\n')) };
}

function filesBelow(folder: string, prefix: string): (readonly [string, string])[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.map((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return [`${prefix}${path.relative(folder, file)}`, describe(file)] as const;
  });
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
    (line) => !isRestless(line),
  );
}
