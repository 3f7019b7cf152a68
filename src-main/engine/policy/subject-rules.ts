/**
 * The rules of one subject, found by place. A decision looks at the rules of one address, one name, the ranges and
 * domains around them and the three large places; `MAX_RULES_OF_PLACE` bounds each of these, so that the work is
 * bounded however many rules there are.
 */
import type { Place } from '../../../src-preload/contract/rules.ts';
import type { Connection } from '../ports.ts';
import { coversPlace } from './covering.ts';
import { RangeIndex } from './range-index.ts';
import { placeText } from './rule.ts';
import type { Rule } from './rule.ts';

const largePlaces: readonly Place[] = [{ kind: 'loopback' }, { kind: 'lan' }, { kind: 'anything' }];

export class SubjectRules {
  readonly #byPlace = new Map<string, Set<Rule>>();
  readonly #ranges = new RangeIndex<Rule>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(rule: Rule): void {
    this.#size += 1;
    const { place } = rule;
    if (place.kind === 'range') this.#ranges.add(place.first, place.last, rule);
    const text = placeText(place);
    const known = this.#byPlace.get(text);
    if (known === undefined) this.#byPlace.set(text, new Set([rule]));
    else known.add(rule);
  }

  delete(rule: Rule): void {
    this.#size -= 1;
    const { place } = rule;
    if (place.kind === 'range') this.#ranges.delete(place.first, place.last, rule);
    const text = placeText(place);
    const known = this.#byPlace.get(text);
    known?.delete(rule);
    if (known?.size === 0) this.#byPlace.delete(text);
  }

  /** How many rules of this subject have the place of this one. */
  sharing(place: Rule['place']): number {
    return this.#byPlace.get(placeText(place))?.size ?? 0;
  }

  *all(): Iterable<Rule> {
    for (const rules of this.#byPlace.values()) yield* rules;
  }

  /** Every rule whose place covers the connection, and no other; in no order. */
  *near({ target }: Connection): Iterable<Rule> {
    yield* this.#at(`address ${target.address}`);
    if (target.hostName !== null) {
      yield* this.#at(`host ${target.hostName}`);
      for (const name of withParents(target.hostName)) yield* this.#at(`domain ${name}`);
    }
    yield* this.#ranges.find(target.address);
    for (const place of largePlaces) {
      const rules = this.#byPlace.get(place.kind);
      if (rules !== undefined && coversPlace(place, target)) yield* rules;
    }
  }

  #at(text: string): Iterable<Rule> {
    return this.#byPlace.get(text) ?? [];
  }
}

/** "a.b.c", "b.c", "c". */
function* withParents(name: string): Iterable<string> {
  yield name;
  for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
    yield name.slice(dot + 1);
  }
}
