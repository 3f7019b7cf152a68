/** The manager's list: newest first, filtered by text. */
import type { RulePage, RuleQuery, RuleView } from '../../../src-preload/contract/model.ts';
import { viewOfProtocol, viewOfSubject } from '../prompts/card-view.ts';
import type { Rule } from './rule.ts';
import type { RuleTable } from './rule-table.ts';

export class RuleSearch {
  /** What was found last, kept until a rule or the text changes: scrolling asks for page after page. */
  #found: { readonly version: number; readonly text: string; readonly rules: Rule[] } | null = null;
  readonly #texts = new WeakMap<Rule, string>();

  page(table: RuleTable, { text, offset, limit }: RuleQuery): RulePage {
    const rules = this.#find(table, text.trim().toLowerCase());
    const page = rules.slice(offset, offset + limit).map(viewOfRule);
    return { rules: page, total: rules.length, version: table.version };
  }

  #find(table: RuleTable, text: string): Rule[] {
    const found = this.#found;
    if (found?.version === table.version && found.text === text) return found.rules;
    const all = [...table.all()].toSorted((one, other) => other.ruleId - one.ruleId);
    const rules = text === '' ? all : all.filter((rule) => this.#textOf(rule).includes(text));
    this.#found = { version: table.version, text, rules };
    return rules;
  }

  /** Made once per rule: program name, path and address in lower case. */
  #textOf(rule: Rule): string {
    const known = this.#texts.get(rule);
    if (known !== undefined) return known;
    const { subject, address } = rule;
    const text = `${subject.name}\n${subject.path}\n${address ?? ''}`.toLowerCase();
    this.#texts.set(rule, text);
    return text;
  }
}

function viewOfRule(rule: Rule): RuleView {
  const { verdict, scope, address, port, protocol, lifetime } = rule;
  return {
    ruleId: String(rule.ruleId),
    subject: viewOfSubject(rule.subject, true),
    verdict,
    scope,
    address,
    port,
    protocol: protocol === null ? null : viewOfProtocol(protocol),
    lifetime,
    enabled: rule.enabled,
    createdAt: rule.createdAt,
    hits: rule.hits,
    lastUsedAt: rule.lastUsedAt,
  };
}
