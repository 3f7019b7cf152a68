/** What the command line may call: the manager's work on rules, modes and backups. It answers no questions. */
import { type CallName, type CallNameOf, type Role, calls } from './calls.ts';
import { onlookerCalls } from './onlooker.ts';

/**
 * Who may call: a window, a program of the user that has proved that it can read Portreeve's folder, or the window of
 * somebody who may only look.
 */
export type Caller = Role | 'command-line' | 'onlooker';

export const commandLineCalls = [
  'readManager',
  'listRules',
  'setRuleEnabled',
  'removeRules',
  'restoreRules',
  'addRule',
  'explainConnection',
  'rehearseRule',
  'readFindings',
  'setMode',
  'pause',
  'resume',
  'exportRules',
  'importRules',
  'readJournal',
  'listBackups',
  'restoreBackup',
] as const satisfies readonly CallNameOf<'manager'>[];

export type CommandLineCall = (typeof commandLineCalls)[number];

const ofCommandLine: ReadonlySet<CallName> = new Set(commandLineCalls);

const ofOnlookers: ReadonlySet<CallName> = new Set(onlookerCalls);

/** Whether the contract gives this call to this caller. */
export function mayCall(caller: Caller, name: CallName): boolean {
  if (caller === 'command-line') return ofCommandLine.has(name);
  return caller === 'onlooker' ? ofOnlookers.has(name) : calls[name].role === caller;
}
