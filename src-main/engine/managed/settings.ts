/**
 * What an administrator sets by policy, and what the installer was told. This table is the only description of it: the
 * registry's value names are its names, and the templates of assets/policy are made from it (scripts/policy-templates.ts).
 */
import { z } from 'zod';

import type { ManagedLock, Verdict } from '../../../src-preload/contract/model.ts';
import type { ModeName } from '../../../src-preload/contract/rules.ts';
import { readRemotePeers } from './remote-sessions.ts';

/** As they come from the registry or a file: text or a number; null for a value of a type that is not used. */
export type ManagedValues = Readonly<Record<string, unknown>>;

export interface ManagedSettings {
  /** Something is set by policy. */
  readonly isManaged: boolean;
  /** Null: the user's own. */
  readonly mode: ModeName | null;
  /** Null: as installed. */
  readonly noClient: Verdict | null;
  readonly locked: ReadonlySet<ManagedLock>;
  /** Of a file of rules; null for none. */
  readonly rulesFile: string | null;
  /** Whole sentences, for people who look for the reason. */
  readonly problems: readonly string[];
}

/** What the installer was told and has seen, for the first start. */
export interface InstalledSettings {
  readonly mode: ModeName | null;
  readonly noClient: Verdict | null;
  /** Addresses with a remote session to this computer at that time. */
  readonly remotePeers: readonly string[];
}

export const modeNames = ['ask', 'learn', 'block', 'lockdown'] as const satisfies ModeName[];
export const verdicts = ['allow', 'block'] as const satisfies Verdict[];
/** Characters of a path, as Windows counts them. */
const MAX_PATH = 32_767;

/** Nothing relative: it would depend on where Portreeve was started. A share is fine: an administrator has chosen it. */
const absolute = /^(?:[a-z]:[\\/]|\\\\[^\\?.]|\/)/i;

const flag = z.union([z.literal(0), z.literal(1)]);

export const managedSchema = {
  Mode: z.enum(modeNames),
  NoClientPolicy: z.enum(verdicts),
  LockMode: flag,
  LockRules: flag,
  LockPauses: flag,
  LockBlocklists: flag,
  RulesFile: z.string().min(1).max(MAX_PATH).regex(absolute),
} as const;

export type ManagedValueName = keyof typeof managedSchema;

export const lockValues: Readonly<Record<ManagedLock, ManagedValueName>> = {
  mode: 'LockMode',
  rules: 'LockRules',
  pauses: 'LockPauses',
  blocklists: 'LockBlocklists',
};

export const notManaged: ManagedSettings = {
  isManaged: false,
  mode: null,
  noClient: null,
  locked: new Set(),
  rulesFile: null,
  problems: [],
};

/**
 * Each value counts by itself. One that cannot be read sets nothing and is told; a lock that cannot be read locks, since
 * somebody wanted one.
 */
export function readManagedSettings(values: ManagedValues): ManagedSettings {
  const given = Object.keys(managedSchema).filter((name) => values[name] !== undefined);
  const mode = valueOf('Mode', values);
  const locked = (Object.keys(lockValues) as ManagedLock[]).filter((lock) =>
    isLocked(values[lockValues[lock]]),
  );
  return {
    isManaged: given.length > 0,
    mode,
    noClient: valueOf('NoClientPolicy', values),
    locked: new Set(mode === null ? locked : [...locked, 'mode']),
    rulesFile: valueOf('RulesFile', values),
    problems: (Object.keys(managedSchema) as ManagedValueName[]).flatMap((name) =>
      problemOf(name, values[name]),
    ),
  };
}

/** The installer's values have the same names and words; its remote sessions are no setting of a policy. */
export function readInstalledSettings(values: ManagedValues): InstalledSettings {
  return {
    mode: valueOf('Mode', values),
    noClient: valueOf('NoClientPolicy', values),
    remotePeers: readRemotePeers(values['RemotePeers']),
  };
}

function valueOf<Name extends ManagedValueName>(
  name: Name,
  values: ManagedValues,
): z.infer<(typeof managedSchema)[Name]> | null {
  const read = managedSchema[name].safeParse(values[name]);
  return read.success ? (read.data as z.infer<(typeof managedSchema)[Name]>) : null;
}

function isLocked(value: unknown): boolean {
  return value !== undefined && value !== 0;
}

const expected: Readonly<Record<ManagedValueName, string>> = {
  Mode: `one of ${modeNames.join(', ')}`,
  NoClientPolicy: `one of ${verdicts.join(', ')}`,
  LockMode: '0 or 1; it counts as 1',
  LockRules: '0 or 1; it counts as 1',
  LockPauses: '0 or 1; it counts as 1',
  LockBlocklists: '0 or 1; it counts as 1',
  RulesFile: 'a whole path, such as C:\\ProgramData\\Example\\rules.json',
};

function problemOf(name: ManagedValueName, value: unknown): string[] {
  if (value === undefined || managedSchema[name].safeParse(value).success) return [];
  return [`The policy's ${name} is not ${expected[name]}.`];
}
