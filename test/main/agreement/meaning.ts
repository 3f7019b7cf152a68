/** What is asked of both evaluators about one connection, and what would be a fault. */
import type { PlainOutcome } from '../../../src-main/engine/policy/compile/plain.ts';
import { MODE_RULE_ID } from '../../../src-main/engine/policy/compile/plain-rules.ts';
import { hasEnded, mismatchOf } from '../../../src-main/engine/policy/covering.ts';
import type { Asking } from '../../../src-main/engine/policy/covering.ts';
import { compareRules } from '../../../src-main/engine/policy/precedence.ts';
import { driverVerdict, subjectText } from '../../../src-main/engine/policy/rule.ts';
import type { Rule } from '../../../src-main/engine/policy/rule.ts';
import type { RuleTable } from '../../../src-main/engine/policy/rule-table.ts';
import type { World } from './world.ts';

/** What the driver's tables said; rule 0: no rule covers it. */
export interface Said {
  readonly outcome: PlainOutcome | undefined;
  readonly ruleId: number;
}

export interface Question {
  readonly world: World;
  readonly table: RuleTable;
  readonly asking: Asking;
  /** The process is known to the kernel, so that it may not ask without a reason. */
  readonly isMapped: boolean;
}

/** Null: no fault. What is not decided is never one, but where nothing kept the kernel from deciding. */
export function faultOf(question: Question, said: Said): string | null {
  const meant = meaningOf(question);
  const shown = `kernel ${said.outcome} by ${said.ruleId}, engine ${meant.outcome} by ${meant.ruleId}`;
  if (said.outcome === 'allow' || said.outcome === 'block') {
    const isSame = said.outcome === meant.outcome && said.ruleId === meant.ruleId;
    return isSame || isOnlyPath(question, said, meant) ? null : shown;
  }
  if (said.outcome !== 'ask') return `no answer: ${shown}`;
  if (said.ruleId === 0 && question.isMapped && meant.ruleId !== 0) return `lost: ${shown}`;
  return isPlain(question, meant) ? `asked for nothing: ${shown}` : null;
}

/** A path without a mapping may be decided by another rule of the same verdict. */
function isOnlyPath({ isMapped }: Question, said: Said, meant: Said): boolean {
  return !isMapped && said.outcome === meant.outcome;
}

/**
 * Lockdown, then pauses, then rules, as docs/rules.md publishes it. A path speaks for each process that could run there, so
 * also for this one when everything is known of it.
 */
function meaningOf({ world, table, asking: asked, isMapped }: Question): Said {
  const asking = isMapped ? asked : { ...asked, caller: { ...asked.caller, complete: true } };
  const { mode, pauses } = world.state;
  if (mode === 'lockdown') return { outcome: 'block', ruleId: MODE_RULE_ID };
  const own = subjectText(asking.caller.subject);
  const isPaused = pauses.some(({ subject }) => subject === null || subjectText(subject) === own);
  if (isPaused) return { outcome: 'allow', ruleId: MODE_RULE_ID };
  const rule = table.match(asking);
  return rule === null
    ? { outcome: 'ask', ruleId: 0 }
    : { outcome: driverVerdict(rule.verdict), ruleId: rule.ruleId };
}

/** Whether the kernel can tell as much as the engine: nothing of what it cannot tell stands before the rule that decides. */
function isPlain(question: Question, meant: Said): boolean {
  const { table, asking, isMapped } = question;
  if (!isMapped || meant.ruleId === MODE_RULE_ID || meant.outcome === 'ask') return false;
  const inOrder = [...table.about(asking.caller)].toSorted(compareRules);
  const end = inOrder.findIndex(({ ruleId }) => ruleId === meant.ruleId);
  return inOrder.slice(0, end + 1).every((rule) => canBeTold(rule) || isApart(rule, asking));
}

function canBeTold({ place, network, lifetime }: Rule): boolean {
  const isByName = place.kind === 'host' || place.kind === 'domain';
  const hasZone = place.kind === 'address' && /%|^f[ef]/.test(place.address);
  const hasEnd = lifetime === 'minutes' || lifetime === 'until-sign-out';
  // Everybody's are told without knowing the process.
  return !isByName && !hasZone && !hasEnd && lifetime !== 'while-it-runs' && network === null;
}

/** Not about the connection by what the kernel sees as well. */
function isApart(rule: Rule, asking: Asking): boolean {
  if (!rule.enabled || hasEnded(rule, asking.now)) return !rule.enabled;
  const why = mismatchOf({ ...rule, network: null }, asking);
  return why === 'other-direction' || why === 'other-protocol' || why === 'other-port';
}
