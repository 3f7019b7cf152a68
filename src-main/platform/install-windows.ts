/** Whether an installed Portreeve's folders are out of reach of everybody who is not an administrator. */
import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { type Purpose, strangersIn } from './sddl.ts';

/** Full access for SYSTEM and administrators, for nobody else, nothing inherited. The installer's folder has the same. */
export const privateFolder = 'O:BAG:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)';
/** The same, and users may read what is in it: ADR 0078. */
export const readableFolder = `${privateFolder}(A;OICI;0x1200a9;;;BU)`;
/** A program's folder is some hundred files; more than this is not ours. */
const MAX_ENTRIES = 5000;

/** What of Windows is asked; a test can answer in its place. */
export interface AccessCalls {
  /** SDDL of owner and access list; null where it can't be told. */
  securityOf(path: string): string | null;
  makeFolderWith(path: string, sddl: string): 'made' | 'there' | 'failed';
}

/** Why nothing that lies there can be trusted. */
export interface Weakness {
  readonly path: string;
  /** Who could have changed it, as security identifiers; empty for a link or what can't be read. */
  readonly by: readonly string[];
}

/** The first way in which somebody else could change the program in this folder; null when there is none. */
export function programWeakness(folder: string, calls: AccessCalls): Weakness | null {
  for (const above of foldersAbove(folder)) {
    const weak = weaknessOf(above, 'above', calls);
    if (weak !== null) return weak;
  }
  const entries = entriesBelow(folder);
  if (entries === null) return { path: folder, by: [] };
  for (const file of [folder, ...entries]) {
    const weak = weaknessOf(file, 'program', calls);
    if (weak !== null) return weak;
  }
  return null;
}

/** Makes the folder of rules where it is not there; else the way in which somebody else could read or change it. */
export function stateWeakness(folder: string, calls: AccessCalls): Weakness | null {
  if (calls.makeFolderWith(folder, privateFolder) === 'failed') return { path: folder, by: [] };
  return weaknessOf(path.dirname(folder), 'above', calls) ?? weaknessOf(folder, 'private', calls);
}

/** Makes a folder, below the private one, that users may read; else the way in which somebody else could change it. */
export function readableWeakness(folder: string, calls: AccessCalls): Weakness | null {
  if (calls.makeFolderWith(folder, readableFolder) === 'failed') return { path: folder, by: [] };
  return weaknessOf(path.dirname(folder), 'private', calls) ?? weaknessOf(folder, 'program', calls);
}

/** Whether nobody but administrators could have written or replaced it. */
export function isOutOfReach(file: string, calls: AccessCalls): boolean {
  return weaknessOf(file, 'program', calls) === null;
}

function weaknessOf(file: string, purpose: Purpose, calls: AccessCalls): Weakness | null {
  const sddl = isLink(file) ? null : calls.securityOf(file);
  const by = sddl === null ? [] : strangersIn(sddl, purpose);
  return sddl !== null && by.length === 0 ? null : { path: file, by };
}

/** A junction or symbolic link, also one that leads nowhere. */
function isLink(file: string): boolean {
  try {
    return lstatSync(file).isSymbolicLink();
  } catch {
    return true;
  }
}

function foldersAbove(folder: string): string[] {
  const above = path.dirname(folder);
  return above === folder ? [] : [...foldersAbove(above), above];
}

/** Null where they can't all be looked at. */
function entriesBelow(folder: string): string[] | null {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names.length > MAX_ENTRIES ? null : names.map((name) => path.join(folder, name));
  } catch {
    return null;
  }
}
