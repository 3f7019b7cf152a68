/**
 * The rules of one subject. A few are simply looked through; many are found by place: a decision looks at the rules of one
 * address, one name, the ranges and domains around them and the three large places. `MAX_RULES_OF_PLACE` bounds each of
 * these, so that the work is bounded however many rules there are.
 */
import type { SubjectKind } from '../../../src-preload/contract/model.ts';
import type { Place } from '../../../src-preload/contract/rules.ts';
import type { Connection, Subject } from '../ports.ts';
import { coversPlace } from './covering.ts';
import { allNames } from './names.ts';
import { RangeIndex } from './range-index.ts';
import { placeText } from './rule.ts';
import type { Rule } from './rule.ts';

/** Up to so many, looking through them is as fast, and 100 000 programs with a rule each need little memory. */
const FEW = 8;

export class SubjectRules {
  /** Another array with every change: one that grows has room for a dozen more. */
  #few: readonly Rule[] = [];
  #many: PlaceIndex | null = null;

  get size(): number {
    return this.#many?.all.size ?? this.#few.length;
  }

  add(rule: Rule): void {
    if (this.#many !== null) this.#many.add(rule);
    else this.#few = this.#few.concat(rule);
    if (this.#few.length <= FEW) return;
    this.#many = indexOf(this.#few);
    this.#few = [];
  }

  delete(rule: Rule): void {
    if (this.#many === null) this.#few = this.#few.filter((one) => one !== rule);
    else this.#many.delete(rule);
  }

  all(): Iterable<Rule> {
    return this.#many?.all ?? this.#few;
  }

  /** Rules with this very place. */
  at(place: Place): readonly Rule[] {
    const text = placeText(place);
    if (this.#many !== null) return [...this.#many.at(text)];
    return this.#few.filter((rule) => placeText(rule.place) === text);
  }

  /** Every rule whose place covers the connection, and no other; in no order. */
  near(connection: Connection): Iterable<Rule> {
    if (this.#many !== null) return this.#many.near(connection);
    return this.#few.filter((rule) => coversPlace(rule, connection.target));
  }
}

/** The rules of each subject, apart for rules "and what it starts". */
export class SubjectMap {
  /** By kind, then by key: a text of both for each of 100 000 subjects would be as large as their paths. */
  readonly #alone = new Map<SubjectKind, Map<string, SubjectRules>>();
  readonly #withChildren = new Map<SubjectKind, Map<string, SubjectRules>>();

  get({ kind, key }: Subject, withChildren: boolean): SubjectRules | undefined {
    return this.#keys(kind, withChildren)?.get(key);
  }

  /** Of a subject that may be new. */
  made({ kind, key }: Subject, withChildren: boolean): SubjectRules {
    const keys = this.#keys(kind, withChildren) ?? new Map<string, SubjectRules>();
    this.#half(kind, withChildren).set(kind, keys);
    const rules = keys.get(key) ?? new SubjectRules();
    keys.set(key, rules);
    return rules;
  }

  delete({ kind, key }: Subject, withChildren: boolean): void {
    this.#keys(kind, withChildren)?.delete(key);
  }

  #keys(kind: SubjectKind, withChildren: boolean): Map<string, SubjectRules> | undefined {
    return this.#half(kind, withChildren).get(kind);
  }

  /** Everybody is started by everybody. */
  #half(kind: SubjectKind, withChildren: boolean): Map<SubjectKind, Map<string, SubjectRules>> {
    return withChildren && kind !== 'anything' ? this.#withChildren : this.#alone;
  }
}

function indexOf(rules: Iterable<Rule>): PlaceIndex {
  const index = new PlaceIndex();
  for (const rule of rules) index.add(rule);
  return index;
}

const largePlaces: readonly Place[] = [{ kind: 'loopback' }, { kind: 'lan' }, { kind: 'anything' }];

class PlaceIndex {
  readonly all = new Set<Rule>();
  readonly #byPlace = new Map<string, Set<Rule>>();
  readonly #ranges = new RangeIndex<Rule>();

  add(rule: Rule): void {
    const { place } = rule;
    this.all.add(rule);
    if (place.kind === 'range') this.#ranges.add(place.first, place.last, rule);
    const text = placeText(place);
    const known = this.#byPlace.get(text);
    if (known === undefined) this.#byPlace.set(text, new Set([rule]));
    else known.add(rule);
  }

  delete(rule: Rule): void {
    const { place } = rule;
    this.all.delete(rule);
    if (place.kind === 'range') this.#ranges.delete(place.first, place.last, rule);
    const text = placeText(place);
    const known = this.#byPlace.get(text);
    known?.delete(rule);
    if (known?.size === 0) this.#byPlace.delete(text);
  }

  at(text: string): Iterable<Rule> {
    return this.#byPlace.get(text) ?? [];
  }

  *near({ target }: Connection): Iterable<Rule> {
    yield* this.at(`address ${target.address}`);
    for (const rule of this.#named(allNames(target))) {
      if (coversPlace(rule, target)) yield rule;
    }
    yield* this.#ranges.find(target.address);
    for (const place of largePlaces) {
      const rules = this.#byPlace.get(place.kind);
      if (rules !== undefined && coversPlace({ place, verdict: 'block' }, target)) yield* rules;
    }
  }

  *#named(names: ReadonlySet<string>): Iterable<Rule> {
    const domains = new Set<string>();
    for (const name of names) {
      yield* this.at(`host ${name}`);
      for (const domain of withParents(name)) domains.add(domain);
    }
    for (const domain of domains) yield* this.at(`domain ${domain}`);
  }
}

/** "a.b.c", "b.c", "c". */
function* withParents(name: string): Iterable<string> {
  yield name;
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    yield name.slice(dot + 1);
  }
}
