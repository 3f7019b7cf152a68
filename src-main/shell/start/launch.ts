/**
 * What a command line asks for. An installed Portreeve knows its own few switches and refuses to run with anything else: among
 * Chromium's and Node's are some that let another program read and answer prompts, and no fuse covers all of them.
 */
import { parseArgs } from 'node:util';

/** The switches of an installed Portreeve; none takes a value. */
export const ownSwitches = {
  /** Started by the task at logon: no window comes up. */
  atLogon: '--at-logon',
  /** From the jump list: the manager comes up. */
  manager: '--manager',
} as const;

export interface Launch {
  readonly atLogon: boolean;
  /** Development only. */
  readonly state: string | undefined;
  readonly lab: string | undefined;
  readonly probe: string | undefined;
}

export type ReadLaunch =
  { readonly ok: true; readonly launch: Launch } | { readonly ok: false; readonly unknown: string };

/** Reads the arguments after the program. `packaged`: nothing but the switches above is taken. */
export function readLaunch(args: readonly string[], packaged: boolean): ReadLaunch {
  const own = new Set<string>(Object.values(ownSwitches));
  const unknown = packaged ? args.find((arg) => !own.has(arg)) : undefined;
  if (unknown !== undefined) return { ok: false, unknown };
  const { values } = parseArgs({
    args: [...args],
    options: {
      state: { type: 'string' },
      lab: { type: 'string' },
      probe: { type: 'string' },
    },
    strict: false,
  });
  return {
    ok: true,
    launch: {
      atLogon: args.includes(ownSwitches.atLogon),
      state: textOf(values['state']),
      lab: textOf(values['lab']),
      probe: textOf(values['probe']),
    },
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
