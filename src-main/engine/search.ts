/** The manager's search over rules, which says what each key looks at. The journal is searched on the disk (journal-search.ts). */
import {
  isUnderstood,
  parseSearch,
  sinceTime,
  untilTime,
  type SearchTerm,
} from '../../src-preload/contract/search.ts';
import type { Verdict } from '../../src-preload/contract/model.ts';

/** What the keys look at. Texts are in lower case. */
export interface Facets<One> {
  /** Name and path of the program. */
  app(one: One): string;
  to(one: One): string;
  /** Everything that a word without a key may stand in. */
  text(one: One): string;
  hasPort(one: One, port: number): boolean;
  verdict(one: One): Verdict;
  /** ms since 1970. */
  at(one: One): number;
  by(one: One): string;
  is(one: One, word: string): boolean;
}

/** Tells whether one meets all terms of the search; everything does when there are none. */
export function searchFor<One>(
  facets: Facets<One>,
  text: string,
  now: number,
): (one: One) => boolean {
  const terms = parseSearch(text);
  if (!terms.every(isUnderstood)) return () => false;
  const tests = terms.map((term) => testOf(facets, term, now));
  return (one) => tests.every((test) => test(one));
}

function testOf<One>(
  facets: Facets<One>,
  { key, value }: SearchTerm,
  now: number,
): (one: One) => boolean {
  switch (key) {
    case null:
      return (one) => facets.text(one).includes(value);
    case 'app':
    case 'to':
      return (one) => facets[key](one).includes(value);
    case 'port':
      return (one) => facets.hasPort(one, Number(value));
    case 'verdict':
    case 'by':
      return (one) => facets[key](one) === value;
    case 'is':
      return (one) => facets.is(one, value);
    case 'since':
      return (one) => facets.at(one) >= (sinceTime(value, now) ?? now);
    case 'until':
      return (one) => facets.at(one) < (untilTime(value, now) ?? now);
  }
}
