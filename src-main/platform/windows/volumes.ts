/** Paths of devices (`\Device\HarddiskVolume3\…`) as paths that files are opened by. */
import { existsSync } from 'node:fs';

import { declare, numberOf, once } from './ffi.ts';

const MAX_UNITS = 1024;

const api = once(() =>
  declare('kernel32.dll', {
    QueryDosDeviceW: 'uint32_t __stdcall QueryDosDeviceW(str16, void *, uint32_t)',
  }),
);

/** Letters move with volumes that come and go; looked up this seldom. */
const FRESH_MS = 5000;
/** Files on other computers: to look at them needs the network that may be held just now. */
const remote = /^\\(?:device\\(?:mup|lanmanredirector|webdavredirector)\\|\\(?![?.]))/i;

export function isRemote(path: string): boolean {
  return remote.test(path);
}

let known: ReadonlyMap<string, string> = new Map();
let readAt = -Infinity;

/** `C:` for each device that has a letter now, by the device in lower case. */
function letters(): ReadonlyMap<string, string> {
  if (performance.now() - readAt < FRESH_MS) return known;
  const found = new Map<string, string>();
  for (const letter of 'CABDEFGHIJKLMNOPQRSTUVWXYZ') {
    const device = deviceOf(`${letter}:`)?.toLowerCase() ?? '';
    if (device !== '' && !found.has(device)) found.set(device, `${letter}:`);
  }
  known = found;
  readAt = performance.now();
  return known;
}

function deviceOf(drive: string): string | null {
  const text = Buffer.alloc(MAX_UNITS * 2);
  const units = numberOf(api().QueryDosDeviceW(drive, text, MAX_UNITS));
  return units === 0 ? null : (text.toString('utf16le', 0, units * 2).split('\0')[0] ?? null);
}

/** What somebody wrote with a drive's letter, as the kernel has it; other paths as they are. */
export function devicePath(path: string): string {
  const parts = /^([a-z]:)(\\.*)$/is.exec(path);
  const device = parts === null ? null : deviceOf(parts[1] ?? '');
  // A drive of `subst` stands for a folder of another.
  if (parts === null || device === null) return path;
  return device.startsWith('\\??\\')
    ? devicePath(`${device.slice(4)}${parts[2]}`)
    : `${device}${parts[2]}`;
}

/** Null where that can't be told without the network. */
export function fileExists(path: string): boolean | null {
  return isRemote(devicePath(path)) ? null : existsSync(openablePath(path));
}

/**
 * For people: with the drive's letter where the volume has one, otherwise as it is.
 */
export function letteredPath(devicePath: string): string {
  const parts = /^(\\device\\[^\\]+)(\\.*)$/is.exec(devicePath);
  if (parts === null) return devicePath;
  const letter = letters().get((parts[1] ?? '').toLowerCase());
  return letter === undefined ? devicePath : `${letter}${parts[2]}`;
}

/** For files: of any length, and of volumes without a letter too. */
export function openablePath(devicePath: string): string {
  const path = letteredPath(devicePath);
  if (/^[a-z]:\\/i.test(path)) return `\\\\?\\${path}`;
  return /^\\device\\/i.test(path) ? `\\\\?\\GLOBALROOT${path}` : path;
}
