/** The manager's list: newest first, filtered by what the search says. */
import type { RulePage, RuleQuery } from '../../../src-preload/contract/model.ts';
import { searchFor } from '../search.ts';
import type { Facets } from '../search.ts';
import { viewOfRule } from './rule-view.ts';
import { driverVerdict, placeText } from './rule.ts';
import type { Rule } from './rule.ts';
import type { RuleTable } from './rule-table.ts';

interface Found {
  readonly version: number;
  /** All rules of that version, newest first. */
  readonly all: readonly Rule[];
  readonly text: string;
  readonly rules: readonly Rule[];
}

interface Texts {
  readonly app: string;
  readonly to: string;
  readonly text: string;
}

export class RuleSearch {
  /** What was found last: scrolling asks for page after page of it, and typing mostly narrows it. */
  #found: Found | null = null;

  page(table: RuleTable, { text, offset, limit }: RuleQuery, now: number): RulePage {
    const { rules } = this.#find(table, text.trim().toLowerCase(), now);
    const page = rules.slice(offset, offset + limit).map(viewOfRule);
    return { rules: page, total: rules.length, version: table.version };
  }

  #find(table: RuleTable, text: string, now: number): Found {
    const { version } = table;
    const last = this.#found?.version === version ? this.#found : null;
    if (last?.text === text) return last;
    const all = last?.all ?? newestFirst(table);
    const among = last !== null && narrows(last.text, text) ? last.rules : all;
    const rules = text === '' ? all : among.filter(searchFor(facets, text, now));
    this.#found = { version, all, text, rules };
    return this.#found;
  }
}

/** More of plain words finds less; that is not so for ports, times and words of keys. */
function narrows(before: string, after: string): boolean {
  return after.includes(before) && !/[:\uff1a"]/u.test(after);
}

/** Made once per rule. */
const texts = new WeakMap<Rule, Texts>();

function textsOf(rule: Rule): Texts {
  const known = texts.get(rule);
  if (known !== undefined) return known;
  const app = `${rule.subject.name}\n${rule.subject.path}`.toLowerCase();
  const to = placeText(rule.place).toLowerCase();
  const made = { app, to, text: `${app}\n${to}\n${rule.note.toLowerCase()}` };
  texts.set(rule, made);
  return made;
}

const facets: Facets<Rule> = {
  app: (rule) => textsOf(rule).app,
  to: (rule) => textsOf(rule).to,
  text: (rule) => textsOf(rule).text,
  hasPort: ({ ports }, port) =>
    ports?.some(({ first, last }) => first <= port && port <= last) ?? false,
  verdict: ({ verdict }) => driverVerdict(verdict),
  at: ({ lastUsedAt, editedAt, createdAt }) => Math.max(lastUsedAt ?? 0, editedAt ?? 0, createdAt),
  by: ({ origin }) => origin,
  is: ({ enabled, needsReview, direction }, word) =>
    word === 'review' ? needsReview : word === direction || word === (enabled ? 'on' : 'off'),
};

function newestFirst(table: RuleTable): Rule[] {
  return [...table.all()].toSorted((one, other) => other.ruleId - one.ruleId);
}
