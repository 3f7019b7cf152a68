/** What the command line may call: the manager's work on rules, modes and backups. It answers no questions. */
import { answererCalls } from './answerer.ts';
import { type CallName, type CallNameOf, type Role, calls } from './calls.ts';
import { onlookerCalls } from './onlooker.ts';

/**
 * Who may call: a window, a program of the user that has proved that it can read Portreeve's folder, the window of
 * somebody who may only look, or the prompt of somebody who may answer for their own programs.
 */
export type Caller = Role | 'command-line' | 'onlooker' | 'answerer';

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

/** Those that have a list of their own; a window may make the calls of its role. */
const lists: Readonly<Record<Exclude<Caller, Role>, ReadonlySet<CallName>>> = {
  'command-line': new Set(commandLineCalls),
  onlooker: new Set(onlookerCalls),
  answerer: new Set(answererCalls),
};

/** Whether the contract gives this call to this caller. */
export function mayCall(caller: Caller, name: CallName): boolean {
  const isWindow = caller === 'prompt' || caller === 'manager';
  return isWindow ? calls[name].role === caller : lists[caller].has(name);
}
