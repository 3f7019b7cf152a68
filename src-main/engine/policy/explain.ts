/** Why a connection is decided as it is: the rule that decides, and each of the same program that does not. */
import type { Verdict } from '../../../src-preload/contract/model.ts';
import type { Explanation, WhyNot } from '../../../src-preload/contract/rules.ts';
import { coversPlace, mismatchOf } from './covering.ts';
import type { Asking } from './covering.ts';
import type { ModeState } from './mode-state.ts';
import { compareRules, lifetimeOrder, placeOrder, whoOf } from './precedence.ts';
import { driverVerdict } from './rule.ts';
import type { Rule } from './rule.ts';
import { viewOfRule } from './rule-view.ts';

/** So many of the rules that do not decide are told. */
const MAX_OTHERS = 100;

export interface Evidence {
  readonly asking: Asking;
  /** Every rule that is about the caller. */
  readonly rules: Iterable<Rule>;
  readonly state: ModeState;
  readonly isPaused: boolean;
}

export function explain({ asking, rules, state, isPaused }: Evidence): Explanation {
  const all = [...rules].toSorted(compareRules);
  const covering = all.filter((rule) => whyNotAbout(rule, asking) === null);
  const first = covering[0] ?? null;
  const others = all.filter((rule) => rule !== first);
  return {
    ...outcomeOf(first, state, isPaused),
    rule: first === null ? null : viewOfRule(first),
    others: others.slice(0, MAX_OTHERS).map((rule) => ({
      rule: viewOfRule(rule),
      why: whyNotAbout(rule, asking) ?? (first === null ? 'older' : whyBehind(rule, first)),
    })),
    othersTotal: others.length,
  };
}

function outcomeOf(
  first: Rule | null,
  { mode }: ModeState,
  isPaused: boolean,
): Pick<Explanation, 'decidedBy' | 'verdict'> {
  if (mode === 'lockdown') return { decidedBy: 'lockdown', verdict: 'block' };
  if (isPaused) return { decidedBy: 'pause', verdict: 'allow' };
  if (first !== null) return { decidedBy: 'rule', verdict: driverVerdict(first.verdict) };
  const verdicts: Record<typeof mode, Verdict | 'ask'> = {
    ask: 'ask',
    learn: 'allow',
    block: 'block',
  };
  return { decidedBy: 'mode', verdict: verdicts[mode] };
}

function whyNotAbout(rule: Rule, asking: Asking): WhyNot | null {
  const mismatch = mismatchOf(rule, asking);
  if (mismatch !== null) return mismatch;
  return coversPlace(rule, asking.connection.target) ? null : 'other-place';
}

/** The first step of the precedence at which it stands behind. */
function whyBehind(rule: Rule, first: Rule): WhyNot {
  if (whoOf(rule) !== whoOf(first)) return 'less-program';
  const sameKind = placeOrder(rule.place) === placeOrder(first.place);
  const sameLife = lifetimeOrder.indexOf(rule.lifetime) - lifetimeOrder.indexOf(first.lifetime);
  if (!sameKind || !sameReach(rule, first)) return 'less-place';
  return sameLife === 0 ? 'older' : 'longer-lived';
}

/** Whether nothing of the place but its kind tells them apart. */
function sameReach(one: Rule, other: Rule): boolean {
  const same = { ...one, lifetime: other.lifetime, ruleId: other.ruleId };
  return compareRules(same, other) === 0;
}
