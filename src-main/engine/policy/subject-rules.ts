/**
 * The rules of one subject. A few are simply looked through; many are found by place: a decision looks at the rules of one
 * address, one name, the ranges and domains around them and the three large places. `MAX_RULES_OF_PLACE` bounds each of
 * these, so that the work is bounded however many rules there are.
 */
import type { Place } from '../../../src-preload/contract/rules.ts';
import type { Connection } from '../ports.ts';
import { coversPlace } from './covering.ts';
import { allNames } from './names.ts';
import { RangeIndex } from './range-index.ts';
import { placeText } from './rule.ts';
import type { Rule } from './rule.ts';

/** Up to so many, looking through them is as fast, and 100 000 programs with a rule each need little memory. */
const FEW = 8;

export class SubjectRules {
  readonly #rules = new Set<Rule>();
  #index: PlaceIndex | null = null;

  get size(): number {
    return this.#rules.size;
  }

  add(rule: Rule): void {
    this.#rules.add(rule);
    if (this.#index !== null) this.#index.add(rule);
    else if (this.#rules.size > FEW) this.#index = indexOf(this.#rules);
  }

  delete(rule: Rule): void {
    this.#rules.delete(rule);
    this.#index?.delete(rule);
  }

  all(): Iterable<Rule> {
    return this.#rules;
  }

  /** Rules with this very place. */
  at(place: Place): readonly Rule[] {
    const text = placeText(place);
    if (this.#index !== null) return [...this.#index.at(text)];
    return [...this.#rules].filter((rule) => placeText(rule.place) === text);
  }

  /** Every rule whose place covers the connection, and no other; in no order. */
  near(connection: Connection): Iterable<Rule> {
    if (this.#index !== null) return this.#index.near(connection);
    return [...this.#rules].filter((rule) => coversPlace(rule, connection.target));
  }
}

function indexOf(rules: Iterable<Rule>): PlaceIndex {
  const index = new PlaceIndex();
  for (const rule of rules) index.add(rule);
  return index;
}

const largePlaces: readonly Place[] = [{ kind: 'loopback' }, { kind: 'lan' }, { kind: 'anything' }];

class PlaceIndex {
  readonly #byPlace = new Map<string, Set<Rule>>();
  readonly #ranges = new RangeIndex<Rule>();

  add(rule: Rule): void {
    const { place } = rule;
    if (place.kind === 'range') this.#ranges.add(place.first, place.last, rule);
    const text = placeText(place);
    const known = this.#byPlace.get(text);
    if (known === undefined) this.#byPlace.set(text, new Set([rule]));
    else known.add(rule);
  }

  delete(rule: Rule): void {
    const { place } = rule;
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
