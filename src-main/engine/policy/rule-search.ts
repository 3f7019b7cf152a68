/** The manager's list: newest first, filtered by text. */
import type { RulePage, RuleQuery, RuleView } from '../../../src-preload/contract/model.ts';
import { viewOfProtocol, viewOfSubject } from '../prompts/card-view.ts';
import type { Rule } from './rule.ts';
import type { RuleTable } from './rule-table.ts';

interface Found {
  readonly version: number;
  /** All rules of that version, newest first. */
  readonly all: readonly Rule[];
  readonly text: string;
  readonly rules: readonly Rule[];
}

export class RuleSearch {
  /** What was found last: scrolling asks for page after page of it, and typing mostly narrows it. */
  #found: Found | null = null;
  readonly #texts = new WeakMap<Rule, string>();

  page(table: RuleTable, { text, offset, limit }: RuleQuery): RulePage {
    const { rules } = this.#find(table, text.trim().toLowerCase());
    const page = rules.slice(offset, offset + limit).map(viewOfRule);
    return { rules: page, total: rules.length, version: table.version };
  }

  #find(table: RuleTable, text: string): Found {
    const { version } = table;
    const last = this.#found?.version === version ? this.#found : null;
    if (last?.text === text) return last;
    const all = last?.all ?? newestFirst(table);
    const among = last !== null && text.includes(last.text) ? last.rules : all;
    const rules = text === '' ? all : among.filter((rule) => this.#textOf(rule).includes(text));
    this.#found = { version, all, text, rules };
    return this.#found;
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

function newestFirst(table: RuleTable): Rule[] {
  return [...table.all()].toSorted((one, other) => other.ruleId - one.ruleId);
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
