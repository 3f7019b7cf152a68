/** Does what a line of the tray's menu says, through the same router as the manager's page. */
import type { CallName, InputOf, OutputOf } from '../../../src-preload/contract/calls.ts';
import type { Result } from '../../../src-preload/contract/model.ts';
import type { JournalView } from '../../../src-preload/contract/rules.ts';
import type { Router } from '../../ipc/router.ts';
import type { TrayAction } from './tray-menu.ts';
import { ruleOfLine, subjectInputOf } from './tray-rule.ts';

/** What the shell itself does. */
export type ShellAction = Extract<TrayAction, { kind: 'open-manager' | 'show-prompt' | 'quit' }>;
export type RuleAction = Exclude<TrayAction, ShellAction>;

/** `undoId`: how the change can be taken back; null where it can't, or the menu has its own way back. */
export type Done = Result<{ readonly undoId: string | null }>;

const notWritable: Done = {
  ok: false,
  code: 'bad-subject',
  message: 'No rule can be written for this program here. Open Portreeve for it.',
};
const shellKinds = new Set<string>(['open-manager', 'show-prompt', 'quit']);

/** Whether the shell does it, and not the engine. */
export function isShellAction(action: TrayAction): action is ShellAction {
  return shellKinds.has(action.kind);
}

type Call = <Name extends CallName>(
  name: Name,
  input: InputOf<Name>,
) => Promise<Result<OutputOf<Name>>>;

/** The router as typed calls of the manager. */
export function managerCalls(router: Router): Call {
  // The router checks the input against the schema of this very name, and its handler has this output.
  return (name, input) => router.call('manager', name, input) as never;
}

/** Runs one action. Never rejects; a refusal says why. */
export async function runAction(action: RuleAction, router: Router): Promise<Done> {
  const call = managerCalls(router);
  switch (action.kind) {
    case 'set-mode':
      return plain(await call('setMode', { mode: action.mode, until: null }));
    case 'pause':
      return plain(await pause(call, action.line, action.minutes));
    case 'resume':
      return plain(await call('resume', { pauseId: action.pauseId }));
    case 'remove-rule':
      return call('removeRules', { ruleIds: [action.ruleId] });
    case 'undo':
      return plain(await call('restoreRules', { undoId: action.undoId }));
    case 'decide':
      return decide(call, action.line, action.verdict);
  }
}

function plain(result: Result<unknown>): Done {
  return result.ok ? { ok: true, value: { undoId: null } } : result;
}

/** By its rule, whose subject may be one that can't be written down; by its path where the rule is gone or there was none. */
async function pause(call: Call, line: JournalView | null, minutes: number): Promise<Result<null>> {
  if (line === null) return call('pause', { ruleId: null, minutes });
  if (line.ruleId !== null) {
    const paused = await call('pause', { ruleId: line.ruleId, minutes });
    if (paused.ok || paused.code !== 'not-found') return paused;
  }
  const subject = subjectInputOf(line.subject);
  return subject === null
    ? (notWritable as Result<never>)
    : call('pauseProgram', { subject, minutes });
}

/** A rule for this program and place. The one that decided may be about much more, so it stays as it is. */
async function decide(
  call: Call,
  line: JournalView,
  verdict: JournalView['verdict'],
): Promise<Done> {
  const rule = ruleOfLine(line, verdict);
  return rule === null ? notWritable : call('addRule', rule);
}
