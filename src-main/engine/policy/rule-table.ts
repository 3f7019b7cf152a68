/** All rules, found by subject and then by place: the work per decision does not grow with the number of rules. */
import type { SubjectKind } from '../../../src-preload/contract/model.ts';
import type { Caller, Subject, WantedFacts } from '../ports.ts';
import type { WantedPlaces } from '../subjects/surroundings.ts';
import { mismatchOf } from './covering.ts';
import type { Asking } from './covering.ts';
import { PatternIndex } from './path-pattern.ts';
import { compareRules, subjectOrder } from './precedence.ts';
import { slotsOf } from './rule.ts';
import type { Rule, RuleDraft, RuleTerms } from './rule.ts';
import { SubjectMap } from './subject-rules.ts';
import type { SubjectRules } from './subject-rules.ts';

/** The subject that every program is. */
export const everybody: Subject = { kind: 'anything', key: '', name: '', path: '' };

export class RuleTable {
  readonly #rules = new Map<number, Rule>();
  readonly #subjects = new SubjectMap();
  readonly #patterns = new PatternIndex();
  /** Rules for some minutes. */
  readonly #timed = new Set<Rule>();
  readonly #unsure = new Set<Rule>();
  readonly #changed = new Map<string, Subject>();
  #isWide = true;
  /** Rules that need more than a path. */
  #hashes = 0;
  #parents = 0;
  #signers = 0;
  #byName = 0;
  #byNetwork = 0;
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
    const rules = this.#subjects.get(draft.subject, draft.withChildren);
    const same = rules?.at(draft.place) ?? [];
    if (same.length === 0) return [];
    const slots = new Set(slotsOf(draft));
    return same.filter((rule) => slotsOf(rule).some((slot) => slots.has(slot)));
  }

  /** How many rules there are of this subject and place. */
  sharing(draft: RuleTerms & Pick<RuleDraft, 'subject'>): number {
    const rules = this.#subjects.get(draft.subject, draft.withChildren);
    return rules?.at(draft.place).length ?? 0;
  }

  /** Adds a rule in place of those that it replaces, and of the one with its id. */
  put(rule: Rule): void {
    for (const old of this.replacedBy(rule)) this.remove(old.ruleId);
    this.remove(rule.ruleId);
    const rules = this.#subjects.made(rule.subject, rule.withChildren);
    rules.add(rule);
    if (rules.size === 1 && rule.subject.kind === 'path-pattern') this.#patterns.add(rule.subject);
    this.#rules.set(rule.ruleId, rule);
    this.#count(rule, 1);
  }

  remove(ruleId: number): Rule | null {
    const rule = this.#rules.get(ruleId);
    if (rule === undefined) return null;
    this.#rules.delete(ruleId);
    const rules = this.#subjects.get(rule.subject, rule.withChildren);
    rules?.delete(rule);
    if (rules?.size === 0) this.#forget(rule);
    this.#count(rule, -1);
    return rule;
  }

  /** Something that pages show of a rule has changed. */
  touch(): void {
    this.#version += 1;
  }

  /** A rule decides again, or no more. */
  setEnabled(rule: Rule, enabled: boolean): void {
    rule.enabled = enabled;
    this.#change(rule);
  }

  /** What has to be known of a caller before a rule may decide. */
  wanted(): WantedFacts {
    return { hash: this.#hashes > 0, ancestors: this.#parents > 0 };
  }

  /** What has to be known of where a connection goes before a rule may decide. */
  wantedPlaces(): WantedPlaces {
    return { names: this.#byName > 0, network: this.#byNetwork > 0 };
  }

  /** Whether there are rules by what takes time to find out of a program that was never seen. */
  get hasSlow(): boolean {
    return this.#hashes > 0 || this.#parents > 0 || this.#signers > 0;
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
    yield* this.particular(caller);
    yield* this.everybody();
  }

  /** The same without everybody's. */
  *particular(caller: Caller): Iterable<Rule> {
    for (const group of this.#particularGroups(caller)) {
      for (const rules of group) yield* rules.all();
    }
  }

  *everybody(): Iterable<Rule> {
    for (const rules of this.#of('anything', [everybody], false)) yield* rules.all();
  }

  /** Rules of which a path alone does not say whether they are about a program. */
  unsure(): Iterable<Rule> {
    return this.#unsure;
  }

  /** Whether `takeChanges` has any. */
  get hasChanges(): boolean {
    return this.#isWide || this.#changed.size > 0;
  }

  /** Whose rules have changed since the last call; `isWide`: more than paths did. */
  takeChanges(): { readonly subjects: readonly Subject[]; readonly isWide: boolean } {
    const changes = { subjects: [...this.#changed.values()], isWide: this.#isWide };
    this.#changed.clear();
    this.#isWide = false;
    return changes;
  }

  /** What a rule may be bound to, the surest first: one group for each step of the precedence of subjects. */
  *#groups(caller: Caller): Iterable<SubjectRules[]> {
    yield* this.#particularGroups(caller);
    yield this.#of('anything', [everybody], false);
  }

  *#particularGroups({ subjects, ancestors }: Caller): Iterable<SubjectRules[]> {
    const own = this.#withPatterns(subjects);
    for (const kind of subjectOrder) yield this.#of(kind, own, false);
    if (this.#parents === 0) return;
    const started = [...own, ...ancestors.flatMap((one) => this.#withPatterns(one.subjects))];
    for (const kind of subjectOrder) yield this.#of(kind, started, true);
  }

  #of(kind: SubjectKind, subjects: readonly Subject[], withChildren: boolean): SubjectRules[] {
    const found: SubjectRules[] = [];
    for (const subject of subjects) {
      const rules = subject.kind === kind ? this.#subjects.get(subject, withChildren) : undefined;
      // A program may have been started by itself.
      if (rules !== undefined && !found.includes(rules)) found.push(rules);
    }
    return found;
  }

  #withPatterns(subjects: readonly Subject[]): Subject[] {
    const patterns = subjects.flatMap((one) => (one.kind === 'path' ? this.#patterns.of(one) : []));
    return [...subjects.filter(({ kind }) => kind !== 'path-pattern'), ...patterns];
  }

  #count(rule: Rule, change: 1 | -1): void {
    const { subject, withChildren, place, network } = rule;
    if (subject.kind === 'hash') this.#hashes += change;
    if (subject.kind === 'signer') this.#signers += change;
    if (place.kind === 'host' || place.kind === 'domain') this.#byName += change;
    if (network !== null) this.#byNetwork += change;
    if (withChildren) this.#parents += change;
    if (change < 0) this.#timed.delete(rule);
    else if (rule.until !== null) this.#timed.add(rule);
    if (!isOfPath(rule)) this.#unsure[change > 0 ? 'add' : 'delete'](rule);
    this.#change(rule);
  }

  #change({ subject, withChildren }: Rule): void {
    this.touch();
    // Whose rules have changed says nothing more where all are looked at.
    if (this.#isWide) return;
    if (subject.kind === 'path' && !withChildren) this.#changed.set(subject.key, subject);
    else this.#isWide = true;
  }

  #forget({ subject, withChildren }: Rule): void {
    this.#subjects.delete(subject, withChildren);
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

/** Scripts are of interpreters, whose path says nothing of them. */
function isOfPath({ subject, withChildren }: Rule): boolean {
  const { kind } = subject;
  const isByPath = kind === 'path' || kind === 'path-pattern' || kind === 'interpreter-script';
  return kind === 'anything' || (isByPath && !withChildren);
}
