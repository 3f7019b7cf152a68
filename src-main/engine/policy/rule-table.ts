/** All rules, found by subject and then by place: the work per decision does not grow with the number of rules. */
import type { SubjectKind } from '../../../src-preload/contract/model.ts';
import type { Caller, Subject, WantedFacts } from '../ports.ts';
import { mismatchOf } from './covering.ts';
import type { Asking } from './covering.ts';
import { PatternIndex } from './path-pattern.ts';
import { compareRules, subjectOrder } from './precedence.ts';
import { slotsOf, subjectText } from './rule.ts';
import type { Rule, RuleDraft, RuleTerms } from './rule.ts';
import { SubjectRules } from './subject-rules.ts';

/** The subject that every program is. */
export const everybody: Subject = { kind: 'anything', key: '', name: '', path: '' };

export class RuleTable {
  readonly #rules = new Map<number, Rule>();
  readonly #slots = new Map<string, Rule>();
  /** By subject, apart for rules "and what it starts". */
  readonly #subjects = new Map<string, SubjectRules>();
  readonly #patterns = new PatternIndex();
  /** Rules for some minutes. */
  readonly #timed = new Set<Rule>();
  /** Rules that need more than a path. */
  #hashes = 0;
  #parents = 0;
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

  /** Rules for some minutes. */
  timed(): Iterable<Rule> {
    return this.#timed;
  }

  get(ruleId: number): Rule | undefined {
    return this.#rules.get(ruleId);
  }

  /** The rules that `put` would replace: the same but for verdict and age. */
  replacedBy(draft: RuleTerms & Pick<RuleDraft, 'subject'>): Rule[] {
    return [...new Set(slotsIn(draft).flatMap((slot) => this.#slots.get(slot) ?? []))];
  }

  /** How many rules there are of this subject and place. */
  sharing(draft: RuleTerms & Pick<RuleDraft, 'subject'>): number {
    return this.#subjects.get(keyOf(draft.subject, draft.withChildren))?.sharing(draft.place) ?? 0;
  }

  /** Adds a rule in place of those that it replaces, and of the one with its id. */
  put(rule: Rule): void {
    for (const old of this.replacedBy(rule)) this.remove(old.ruleId);
    this.remove(rule.ruleId);
    for (const slot of slotsIn(rule)) this.#slots.set(slot, rule);
    const key = keyOf(rule.subject, rule.withChildren);
    const rules = this.#subjects.get(key) ?? new SubjectRules();
    this.#subjects.set(key, rules);
    rules.add(rule);
    if (rules.size === 1 && rule.subject.kind === 'path-pattern') this.#patterns.add(rule.subject);
    this.#rules.set(rule.ruleId, rule);
    this.#count(rule, 1);
  }

  remove(ruleId: number): Rule | null {
    const rule = this.#rules.get(ruleId);
    if (rule === undefined) return null;
    this.#rules.delete(ruleId);
    for (const slot of slotsIn(rule)) this.#slots.delete(slot);
    const key = keyOf(rule.subject, rule.withChildren);
    this.#subjects.get(key)?.delete(rule);
    if (this.#subjects.get(key)?.size === 0) this.#forget(key, rule);
    this.#count(rule, -1);
    return rule;
  }

  /** Something that pages show of a rule has changed. */
  touch(): void {
    this.#version += 1;
  }

  /** What has to be known of a caller before a rule may decide. */
  wanted(): WantedFacts {
    return { hash: this.#hashes > 0, ancestors: this.#parents > 0 };
  }

  /** The rule that decides this connection; null when it has to be asked about. */
  match(asking: Asking): Rule | null {
    if (!asking.caller.complete) return null;
    for (const group of this.#groups(asking.caller)) {
      const first = firstCovering(group, asking);
      if (first !== null) return first;
    }
    return null;
  }

  /** Every rule of a subject that the caller is, was started by, or shares with everybody; in the order of the subjects. */
  *about(caller: Caller): Iterable<Rule> {
    for (const group of this.#groups(caller)) for (const rules of group) yield* rules.all();
  }

  /** What a rule may be bound to, the surest first: one group for each step of the precedence of subjects. */
  *#groups({ subjects, ancestors }: Caller): Iterable<SubjectRules[]> {
    const own = this.#withPatterns(subjects);
    for (const kind of subjectOrder) yield this.#of(kind, own, false);
    const started = [...own, ...ancestors.flatMap((one) => this.#withPatterns(one.subjects))];
    for (const kind of subjectOrder) yield this.#of(kind, started, true);
    yield this.#of('anything', [everybody], false);
  }

  #of(kind: SubjectKind, subjects: readonly Subject[], withChildren: boolean): SubjectRules[] {
    const found = subjects.flatMap((subject) =>
      subject.kind === kind ? (this.#subjects.get(keyOf(subject, withChildren)) ?? []) : [],
    );
    // A program may have been started by itself.
    return [...new Set(found)];
  }

  #withPatterns(subjects: readonly Subject[]): Subject[] {
    const patterns = subjects.flatMap((one) => (one.kind === 'path' ? this.#patterns.of(one) : []));
    return [...subjects.filter(({ kind }) => kind !== 'path-pattern'), ...patterns];
  }

  #count(rule: Rule, change: 1 | -1): void {
    const { subject, withChildren } = rule;
    if (subject.kind === 'hash') this.#hashes += change;
    if (withChildren) this.#parents += change;
    if (change < 0) this.#timed.delete(rule);
    else if (rule.until !== null) this.#timed.add(rule);
    this.touch();
  }

  #forget(key: string, { subject }: Rule): void {
    this.#subjects.delete(key);
    if (subject.kind === 'path-pattern') this.#patterns.delete(subject);
  }
}

function firstCovering(group: readonly SubjectRules[], asking: Asking): Rule | null {
  let first: Rule | null = null;
  for (const rules of group) {
    for (const rule of rules.near(asking.connection)) {
      if (first !== null && compareRules(first, rule) < 0) continue;
      if (mismatchOf(rule, asking) === null) first = rule;
    }
  }
  return first;
}

function slotsIn(rule: RuleTerms & Pick<RuleDraft, 'subject'>): string[] {
  const subject = subjectText(rule.subject);
  return slotsOf(rule).map((slot) => `${slot}|${subject}`);
}

function keyOf(subject: Subject, withChildren: boolean): string {
  return `${subject.kind !== 'anything' && withChildren ? '+' : ''}${subjectText(subject)}`;
}
