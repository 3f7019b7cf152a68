/**
 * The folder of an agent, which runs with a standard user's account: the user's other programs may neither read it nor put
 * anything there. The account has to be in the access list, for the agent is it; what keeps the others out is the label: they
 * run at medium integrity, the agent at high ("Mandatory Integrity Control", Microsoft Learn).
 */
import { lstatSync, mkdirSync } from 'node:fs';
import path from 'node:path';

import { profileFolders } from './agent-environment.ts';
import { type AccessCalls, privateFolder, stateWeakness } from './install-windows.ts';
import { strangersIn } from './sddl.ts';

/** Below the folder of the rules. The installer knows it too. */
export const agentsFolder = 'agents';
/** Rights of the account: all but changing rights and owner (winnt.h: FILE_ALL_ACCESS without WRITE_DAC and WRITE_OWNER). */
const MODIFY = '0x1301bf';
/** Nobody below high integrity writes or reads; what is made in it has the same. */
const highLabel = 'S:(ML;OICI;NWNR;;;HI)';
/** As Windows gives it back: flags of the list may have been added, the level may be written as a number. */
const labelPattern = /^S:[A-Z]*\(ML;([A-Z]*);([A-Z]+);;;(?:HI|S-1-16-12288)\)$/;
const labelFlags = { inherited: ['OI', 'CI'], policy: ['NW', 'NR'] } as const;
const accountPattern = /^S-1-(?:\d+-){1,14}\d+$/;

export interface AgentFolderCalls extends AccessCalls {
  /** The mandatory label as SDDL; empty for none, null where it can't be told. */
  labelOf(path: string): string | null;
}

/** Owner, access list and label of the folder of this account's agent. */
export function agentFolderSecurity(account: string): string {
  return `${privateFolder}(A;OICI;${MODIFY};;;${account})${highLabel}`;
}

/**
 * `<state>\agents\<account>`, made where it is not there. Null where it is not as it has to be: somebody else could write there.
 * `state` is the folder of the rules, whose own access list is looked at too.
 */
export function agentFolder(
  state: string,
  account: string,
  calls: AgentFolderCalls,
): string | null {
  if (!accountPattern.test(account)) return null;
  const agents = path.join(state, agentsFolder);
  if ([state, agents].some((above) => stateWeakness(above, calls) !== null)) return null;
  const folder = path.join(agents, account);
  const made = calls.makeFolderWith(folder, agentFolderSecurity(account));
  if (made === 'failed' || !isOnlyFor(folder, account, calls)) return null;
  // Later the agent could have put a link there, to a place where it may not make folders itself.
  if (made === 'made') makeProfile(folder);
  return folder;
}

/** Administrators own it and say who may use it; beside them the account does, from high integrity on. */
function isOnlyFor(folder: string, account: string, calls: AgentFolderCalls): boolean {
  if (!isPlainFolder(folder)) return false;
  const sddl = calls.securityOf(folder);
  const label = calls.labelOf(folder);
  if (sddl === null || label === null || !isHigh(label)) return false;
  const others = strangersIn(sddl, 'private').filter((sid) => sid !== account);
  return others.length === 0 && strangersIn(sddl, 'owned').length === 0;
}

function isHigh(label: string): boolean {
  const [, inherited = '', policy = ''] = labelPattern.exec(label) ?? [];
  const has = (text: string, flag: string): boolean => text.match(/../g)?.includes(flag) === true;
  return (
    labelFlags.inherited.every((flag) => has(inherited, flag)) &&
    labelFlags.policy.every((flag) => has(policy, flag)) &&
    !has(inherited, 'IO')
  );
}

/** No junction or symbolic link. */
function isPlainFolder(folder: string): boolean {
  try {
    return lstatSync(folder).isDirectory();
  } catch {
    return false;
  }
}

function makeProfile(folder: string): void {
  for (const name of profileFolders) mkdirSync(path.join(folder, ...name.split('\\')));
}
