/** The manager's list: newest first, filtered by text. */
import type { RulePage, RuleQuery } from '../../../src-preload/contract/model.ts';
import { viewOfRule } from './rule-view.ts';
import { placeText } from './rule.ts';
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

  /** Made once per rule: program name, path, place and note in lower case. */
  #textOf(rule: Rule): string {
    const known = this.#texts.get(rule);
    if (known !== undefined) return known;
    const { subject, place, note } = rule;
    const parts = [subject.name, subject.path, placeText(place), note];
    const text = parts.join('\n').toLowerCase();
    this.#texts.set(rule, text);
    return text;
  }
}

function newestFirst(table: RuleTable): Rule[] {
  return [...table.all()].toSorted((one, other) => other.ruleId - one.ruleId);
}
