/** Rules as pages see them. */
import type { ModeView, RuleView } from '../../../src-preload/contract/rules.ts';
import { viewOfProtocol, viewOfSubject, viewOfTarget } from '../prompts/card-view.ts';
import type { ModeState } from './mode-state.ts';
import type { Rule } from './rule.ts';

export function viewOfMode({ mode, until, pauses }: ModeState): ModeView {
  return {
    mode,
    until,
    pauses: pauses.map(({ pauseId, subject, until }) => ({
      pauseId,
      subject: subject === null ? null : viewOfSubject(subject, true),
      until,
    })),
  };
}

export function viewOfRule(rule: Rule): RuleView {
  const { ruleId, subject, protocol, asked } = rule;
  return {
    ruleId: String(ruleId),
    subject: viewOfSubject(subject, true),
    withChildren: rule.withChildren,
    verdict: rule.verdict,
    place: rule.place,
    ports: rule.ports,
    protocol: protocol === null ? null : viewOfProtocol(protocol),
    direction: rule.direction,
    network: rule.network,
    lifetime: rule.lifetime,
    until: rule.until,
    enabled: rule.enabled,
    note: rule.note,
    origin: rule.origin,
    asked: asked === null ? null : viewOfTarget(asked),
    factoryId: rule.factoryId,
    needsReview: rule.needsReview,
    createdAt: rule.createdAt,
    editedAt: rule.editedAt,
    hits: rule.hits,
    lastUsedAt: rule.lastUsedAt,
  };
}
