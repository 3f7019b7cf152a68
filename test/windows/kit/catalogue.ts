/** All that the kit does, in its order, and every check that it has. docs/windows-validation.md lists the same ids. */
import type { Phase } from './state.ts';
import { conformance } from './conformance.ts';
import { afterwards, exercise, service, special } from './exercise.ts';
import { hostile } from './hostile.ts';
import type { Kit } from './kit.ts';
import { install, installation, prepare, prerequisites } from './prepare.ts';
import { removal, removalChecks, upgrade, upgradeChecks } from './removal.ts';
import { userChecks } from './user.ts';

export const phases: readonly Phase<Kit>[] = [prepare, install, exercise, upgrade, removal];

const all: readonly (readonly { readonly id: string; readonly title: string }[])[] = [
  ...[prerequisites, installation, service, conformance, hostile, special, userChecks, afterwards],
  ...[upgradeChecks, removalChecks],
];

/** Titles by id. */
export const catalogue: ReadonlyMap<string, string> = new Map(
  all.flat().map(({ id, title }): [string, string] => [id, title]),
);
