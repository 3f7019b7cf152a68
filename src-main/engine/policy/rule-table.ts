/**
 * All rules, found by subject in constant time.
 *
 * Precedence, the whole of it: the narrower scope decides (address and port, then address, then anything); within one
 * scope the shorter lifetime decides (while it runs, until restart, always). Allow and block weigh the same: there is at
 * most one rule per subject, place and lifetime, because a newer one replaces the older.
 */
import type { Scope } from '../../../src-preload/contract/model.ts';
import type { Connection, Subject } from '../ports.ts';
import { placeOf, processText, subjectText } from './rule.ts';
import type { Rule, RuleDraft } from './rule.ts';

const scopes: readonly Scope[] = ['address-port', 'address', 'anything'];

/** The rules of one subject, by place and lifetime. */
type Slots = Map<string, Rule>;

export class RuleTable {
  readonly #rules = new Map<number, Rule>();
  readonly #subjects = new Map<string, Slots>();
  #version = 1;

  /** Grows with every change. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#rules.size;
  }

  /** In the order in which they were made. */
  all(): IterableIterator<Rule> {
    return this.#rules.values();
  }

  get(ruleId: number): Rule | undefined {
    return this.#rules.get(ruleId);
  }

  /** The rules that `put` would replace. */
  replacedBy(draft: RuleDraft): Rule[] {
    const slots = this.#subjects.get(subjectText(draft.subject));
    if (slots === undefined) return [];
    const found = slotsOf(draft).flatMap((slot) => slots.get(slot) ?? []);
    return [...new Set(found)];
  }

  /** Adds a rule in place of those that it replaces. */
  put(rule: Rule): void {
    for (const old of this.replacedBy(rule)) this.remove(old.ruleId);
    const subject = subjectText(rule.subject);
    const slots = this.#subjects.get(subject) ?? new Map<string, Rule>();
    this.#subjects.set(subject, slots);
    for (const slot of slotsOf(rule)) slots.set(slot, rule);
    this.#rules.set(rule.ruleId, rule);
    this.touch();
  }

  remove(ruleId: number): Rule | null {
    const rule = this.#rules.get(ruleId);
    if (rule === undefined) return null;
    this.#rules.delete(ruleId);
    const subject = subjectText(rule.subject);
    const slots = this.#subjects.get(subject);
    for (const slot of slotsOf(rule)) slots?.delete(slot);
    if (slots?.size === 0) this.#subjects.delete(subject);
    this.touch();
    return rule;
  }

  /** Something that pages show of a rule has changed. */
  touch(): void {
    this.#version += 1;
  }

  /** The rule that decides this connection; null when it has to be asked about. At most nine lookups. */
  match(subject: Subject, connection: Connection): Rule | null {
    const slots = this.#subjects.get(subjectText(subject));
    if (slots === undefined) return null;
    const lifetimes = [processText(connection.process), 'until-restart', 'always'];
    for (const scope of scopes) {
      const place = placeOf(scope, connection.target);
      for (const lifetime of lifetimes) {
        const rule = slots.get(`${place}|${lifetime}`);
        if (rule?.enabled === true) return rule;
      }
    }
    return null;
  }
}

function slotsOf(rule: RuleDraft): string[] {
  const place = placeOf(rule.scope, rule);
  if (rule.lifetime !== 'while-it-runs') return [`${place}|${rule.lifetime}`];
  return rule.processes.map((process) => `${place}|${processText(process)}`);
}
