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
  /** By the task of the service: no window at all, ever (ADR 0079). */
  service: '--service',
  /** By the service, in a standard user's session: their prompt. */
  agent: '--agent',
} as const;

/** What the service starts an agent with, and both of it always: platform/windows/agents.ts says why. */
const agentSwitches = [ownSwitches.agent, '--no-sandbox'] as const;

/**
 * From portreeve.com, which runs a command in this program. What follows is the user's; Chromium takes nothing behind `--`
 * for a switch of its own.
 */
const commandSwitches = ['--command-line', '--'] as const;

export interface Launch {
  readonly atLogon: boolean;
  readonly service: boolean;
  readonly agent: boolean;
  /** The words of a command; null where Portreeve itself is started. */
  readonly command: readonly string[] | null;
  /** Development only. */
  readonly state: string | undefined;
  readonly lab: string | undefined;
  readonly probe: string | undefined;
  /** Folder of a Portreeve that is only looked at. */
  readonly look: string | undefined;
}

export type ReadLaunch =
  { readonly ok: true; readonly launch: Launch } | { readonly ok: false; readonly unknown: string };

/** Reads the arguments after the program. `packaged`: nothing but the switches above is taken. */
export function readLaunch(args: readonly string[], packaged: boolean): ReadLaunch {
  if (commandSwitches.every((one, place) => args[place] === one)) {
    const command = args.slice(commandSwitches.length);
    const none = { state: undefined, lab: undefined, probe: undefined, look: undefined };
    const no = { atLogon: false, service: false, agent: false };
    return { ok: true, launch: { ...no, command, ...none } };
  }
  const unknown = packaged ? unknownOf(args) : undefined;
  if (unknown !== undefined) return { ok: false, unknown };
  const { values } = parseArgs({
    args: [...args],
    options: {
      state: { type: 'string' },
      lab: { type: 'string' },
      probe: { type: 'string' },
      look: { type: 'string' },
    },
    strict: false,
  });
  return {
    ok: true,
    launch: {
      atLogon: args.includes(ownSwitches.atLogon),
      service: args.includes(ownSwitches.service),
      agent: args.includes(ownSwitches.agent),
      command: null,
      state: textOf(values['state']),
      lab: textOf(values['lab']),
      probe: textOf(values['probe']),
      look: textOf(values['look']),
    },
  };
}

/** The first switch that an installed Portreeve does not take, or takes in other company. */
function unknownOf(args: readonly string[]): string | undefined {
  const isAgent = agentSwitches.every((one, place) => args[place] === one);
  const own = new Set<string>(isAgent ? agentSwitches : Object.values(ownSwitches));
  if (!isAgent) own.delete(ownSwitches.agent);
  return args.find((arg) => !own.has(arg));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
