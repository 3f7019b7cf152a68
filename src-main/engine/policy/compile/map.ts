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

/** What maps are built in, one after the other. */
export class MapRoom {
  readonly v4 = { starts: new Words(), values: new Words() };
  readonly v6 = { starts: new Words(), values: new Words() };
  readonly lists = { firsts: new Words(), starts: new Words(), values: new Words() };

  /** In the order of the map's sections. */
  get sections(): readonly Words[] {
    const { v4, v6, lists } = this;
    const addresses = [v4.starts, v4.values, v6.starts, v6.values];
    return [...addresses, lists.firsts, lists.starts, lists.values];
  }
}

/**
 * Puts the map's words behind `into`. False, and nothing is put there, when it would be longer than `budget` bytes. `rules`
 * are in the order of their ranks.
 */
export function buildMap(
  rules: readonly PlainRule[],
  classes: ProtocolClasses,
  budget: number,
  { room, into }: { readonly room: MapRoom; readonly into: Words },
): boolean {
  if (rules.length >= MAX_RULES) return false;
  for (const words of room.sections) words.clear();
  const fits = new MapBuilder(rules, { classes, budget: budget / 4, room }).build();
  if (fits) putMap(room, into);
  return fits;
}

function putMap(room: MapRoom, into: Words): void {
  const { v4, v6, lists } = room;
  for (const length of [v4.values.length, v6.values.length]) into.push(length);
  for (const length of [lists.firsts.length - 1, lists.starts.length]) into.push(length);
  for (const words of room.sections) into.append(words);
}

interface MapSettings {
  readonly classes: ProtocolClasses;
  /** In words. */
  readonly budget: number;
  readonly room: MapRoom;
}

class MapBuilder {
  readonly #rules: readonly PlainRule[];
  readonly #lists: PortLists;
  /** Of each rule: rules with the same one have the same direction, protocol and ports, so the lowest hides the others. */
  readonly #shapes: readonly number[];
  readonly #shapeCount: number;
  readonly #universal: readonly boolean[];
  readonly #budget: number;
  readonly #v4: MapRoom['v4'];
  readonly #v6: MapRoom['v6'];
  #steps = 0;

  constructor(rules: readonly PlainRule[], { classes, budget, room }: MapSettings) {
    this.#rules = rules;
    this.#budget = budget;
    this.#lists = new PortLists(rules, classes, room.lists);
    this.#v4 = room.v4;
    this.#v6 = room.v6;
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

/** Text that is equal for two rules exactly when they are the same but for addresses, number and outcome. */
export function shapeName({ direction, protocol, ports }: PlainRule): string {
  return `${direction} ${protocol ?? 'any'} ${ports === null ? 'any' : portsName(ports)}`;
}

function portsName(ports: NonNullable<PlainRule['ports']>): string {
  return ports.map(({ first, last }) => `${first}-${last}`).join();
}
