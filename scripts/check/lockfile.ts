/**
 * The lockfile has every platform's packages: npm leaves out those that it could not see when the lockfile was made, and then
 * `npm ci` refuses it, on every machine.
 */
import type { Finding } from './sources.ts';

interface LockedPackage {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const lockfile = 'package-lock.json';

/** A finding for each optional dependency of a locked package that is not locked itself. */
export function checkLockfile({ packages }: Lockfile): Finding[] {
  return Object.entries(packages).flatMap(([place, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !isLocked(packages, place, name))
      .map((name) => ({
        rule: 'lockfile-complete',
        file: lockfile,
        line: 1,
        message: `${name} is missing, which ${place} may need on another system`,
      })),
  );
}

/** Looks where Node would: in the package's own folder, then in those of the packages around it. */
function isLocked(packages: Lockfile['packages'], place: string, name: string): boolean {
  for (let from = place; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    const key = from === '' ? `node_modules/${name}` : `${from}/node_modules/${name}`;
    if (packages[key]?.version !== undefined) return true;
    if (from === '') return false;
  }
}
