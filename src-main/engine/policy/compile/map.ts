/**
 * The map of one subject's rules (its format is in driver/protocol/portreeve_wire.h): addresses first, then direction,
 * protocol and port where that still matters. Every question has one answer, found by two binary searches.
 */
import { MAX_RULES, OpenRules, numberEvents, wideEvents } from './events.ts';
import type { Events } from './events.ts';
import { MAP_LIST, MAP_NO_RULE } from './layout.gen.ts';
import type { PlainRule } from './plain.ts';
import { PortLists } from './port-lists.ts';
import type { ProtocolClasses } from './port-lists.ts';
import { Words } from './words.ts';

const HEAD_WORDS = 4;
/** Steps of building one map; beyond, it is given up as too large. */
const MAX_STEPS = 50_000_000;

/** The map's words, or null when it would be longer than `budget` bytes. `rules` are in the order of their ranks. */
export function buildMap(
  rules: readonly PlainRule[],
  classes: ProtocolClasses,
  budget: number,
): Uint32Array | null {
  if (rules.length >= MAX_RULES) return null;
  const builder = new MapBuilder(rules, classes, budget / 4);
  return builder.build() ? builder.words() : null;
}

class MapBuilder {
  readonly #rules: readonly PlainRule[];
  readonly #lists: PortLists;
  /** Of each rule: rules with the same one have the same direction, protocol and ports, so the lowest hides the others. */
  readonly #shapes: readonly number[];
  readonly #shapeCount: number;
  readonly #universal: readonly boolean[];
  readonly #budget: number;
  readonly #v4 = { starts: new Words(), values: new Words() };
  readonly #v6 = { starts: new Words(), values: new Words() };
  #steps = 0;

  constructor(rules: readonly PlainRule[], classes: ProtocolClasses, budget: number) {
    this.#rules = rules;
    this.#budget = budget;
    this.#lists = new PortLists(rules, classes);
    const names = rules.map(shapeName);
    const numbers = new Map([...new Set(names)].map((name, number) => [name, number]));
    this.#shapes = names.map((name) => numbers.get(name) ?? 0);
    this.#shapeCount = numbers.size;
    this.#universal = names.map((name) => name === UNIVERSAL);
  }

  /** False when it becomes too large. */
  build(): boolean {
    const v4 = numberEvents(this.#rules.map(v4Ranges), 2 ** 32);
    const v6 = wideEvents(this.#rules.map(v6Ranges));
    return (
      this.#sweep(v4, 0, (start, value) => {
        push(this.#v4, [start], value);
      }) &&
      this.#sweep(v6, 0n, (start, value) => {
        push(this.#v6, wordsOf(start), value);
      })
    );
  }

  words(): Uint32Array {
    const { firsts, starts, values } = this.#lists;
    const parts = [this.#v4.starts, this.#v4.values, this.#v6.starts, this.#v6.values];
    const all = [...parts, firsts, starts, values];
    const map = new Uint32Array(HEAD_WORDS + all.reduce((sum, words) => sum + words.length, 0));
    map.set([this.#v4.values.length, this.#v6.values.length, firsts.length - 1, starts.length]);
    let at = HEAD_WORDS;
    for (const words of all) {
      map.set(words.view(), at);
      at += words.length;
    }
    return map;
  }

  /** Tells the value of each stretch of addresses; equal neighbours are one. */
  #sweep<T>(events: Events<T>, zero: T, put: (start: T, value: number) => void): boolean {
    const { positions, codes } = events;
    const open = this.#nothingOpen();
    let before = positions[0] === zero ? null : this.#value(open);
    if (before !== null) put(zero, before);
    for (let at = 0; at < codes.length;) {
      const start = positions[at] ?? zero;
      for (; at < codes.length && positions[at] === start; at += 1)
        this.#turn(open, codes[at] ?? 0);
      const value = this.#value(open);
      if (value !== before) put(start, value);
      before = value;
      if (this.#isTooLarge()) return false;
    }
    return true;
  }

  #nothingOpen(): OpenRules[] {
    const times = new Uint32Array(this.#rules.length);
    return Array.from({ length: this.#shapeCount }, () => new OpenRules(times));
  }

  #turn(open: readonly OpenRules[], code: number): void {
    open[this.#shapes[code >>> 1] ?? 0]?.turn(code);
  }

  /** Of each shape the lowest open rule, in their order, up to the first that covers everything. */
  #value(open: readonly OpenRules[]): number {
    const lowest = this.#lowest(open);
    this.#steps += open.length;
    const last = lowest.findIndex((rule) => this.#universal[rule]);
    const rules = last === -1 ? lowest : lowest.slice(0, last + 1);
    const [first] = rules;
    if (first === undefined) return MAP_NO_RULE;
    return last === 0 ? first : MAP_LIST + this.#lists.listOf(rules);
  }

  #lowest(open: readonly OpenRules[]): number[] {
    const lowest: number[] = [];
    for (const shape of open) if (shape.lowest !== undefined) lowest.push(shape.lowest);
    return lowest.length > 1 ? lowest.toSorted((a, b) => a - b) : lowest;
  }

  #isTooLarge(): boolean {
    const words =
      this.#v4.starts.length * 2 + this.#v6.values.length * 5 + this.#lists.starts.length * 2;
    return words + this.#lists.firsts.length + HEAD_WORDS > this.#budget || this.#steps > MAX_STEPS;
  }
}

function push(line: { starts: Words; values: Words }, start: readonly number[], value: number) {
  for (const word of start) line.starts.push(word);
  line.values.push(value);
}

/** Most significant first. */
function wordsOf(address: bigint): number[] {
  return [96n, 64n, 32n, 0n].map((shift) => Number((address >> shift) & 0xffff_ffffn));
}

function v4Ranges({ addresses }: PlainRule) {
  return addresses?.filter((range) => range.family === 4) ?? null;
}

function v6Ranges({ addresses }: PlainRule) {
  return addresses?.filter((range) => range.family === 6) ?? null;
}

const UNIVERSAL = 'both any any';

function shapeName({ direction, protocol, ports }: PlainRule): string {
  return `${direction} ${protocol ?? 'any'} ${ports === null ? 'any' : portsName(ports)}`;
}

function portsName(ports: NonNullable<PlainRule['ports']>): string {
  return ports.map(({ first, last }) => `${first}-${last}`).join();
}
