/** Rules and maps of all subjects. What has not changed since the table before is taken from there. */
import { ANEW, copyCells, lengthAt, startsOf } from './columns.ts';
import type { Column } from './columns.ts';
import {
  MAX_MAP_BYTES,
  MAX_TABLE_BYTES,
  RULE_ALLOW,
  RULE_ASK,
  RULE_BLOCK,
  TABLE_RULE,
} from './layout.gen.ts';
import { MapRoom, buildMap, shapeName } from './map.ts';
import type { PlainRule, PlainSubject } from './plain.ts';
import type { ProtocolClasses } from './port-lists.ts';
import { Words } from './words.ts';

/** Named in every table, so that a table with another protocol seldom changes the classes of the others. */
const USUAL_PROTOCOLS = [1, 6, 17, 58];
const outcomes = { ask: RULE_ASK, allow: RULE_ALLOW, block: RULE_BLOCK };

/** As they are in a table; everybody's come first. */
export interface Parts {
  readonly classes: ProtocolClasses;
  /** Of each place: whether a rule names a protocol that is not in every table. */
  readonly unusual: Uint8Array;
  /** pr_table_rule, in the order of the ranks. */
  readonly rules: Column<Uint32Array>;
  /** No words where a map found no room. */
  readonly maps: Column<Uint32Array>;
  /** Places whose map is too large for any table. */
  readonly tooLarge: ReadonlySet<number>;
}

/** Before there is a table to write them to. */
export interface PlannedParts {
  readonly classes: ProtocolClasses;
  readonly unusual: Uint8Array;
  readonly tooLarge: ReadonlySet<number>;
  readonly ruleStarts: Uint32Array;
  /** All that there are, whether there is room for them or not. */
  readonly mapStarts: Uint32Array;
  /** From where each comes: the table before, or what was made anew. */
  readonly kept: Int32Array;
  readonly anew: Anew;
}

/** `same`: the place in the table before of those whose rules are the very same. */
export function planParts(
  all: readonly PlainSubject[],
  same: Int32Array,
  last: Parts | null,
): PlannedParts {
  const unusual = unusualOf(all, same, last);
  const classes = protocolClasses(all, unusual);
  const isKept = last !== null && [...last.classes.keys()].join() === [...classes.keys()].join();
  const kept = isKept ? same.map((place) => keptPlace(place, last)) : same.map(() => ANEW);
  const before = last?.maps.starts ?? none;
  const anew = new Anew(all.length, classes);
  const tooLarge = new Set<number>();
  const mapStarts = startsOf(all.length, (place) => {
    const source = kept[place] ?? ANEW;
    const length =
      source === ANEW ? anew.add(place, rulesOf(all[place])) : lengthAt(before, source);
    if (length === 0) tooLarge.add(place);
    return length;
  });
  const ruleStarts = startsOf(all.length, (place) => rulesOf(all[place]).length * TABLE_RULE.words);
  return { classes, unusual, tooLarge, ruleStarts, mapStarts, kept, anew };
}

const none = new Uint32Array(2);

/** A map that found no room is made again: there may be some by now. */
function keptPlace(place: number, { maps, tooLarge }: Parts): number {
  const isThere = place !== ANEW && (lengthAt(maps.starts, place) > 0 || tooLarge.has(place));
  return isThere ? place : ANEW;
}

function rulesOf(subject: PlainSubject | undefined): readonly PlainRule[] {
  return subject?.rules ?? [];
}

/** Where the maps begin when there are only so many words for all of them: those that find no room have none. */
export function startsWithin(mapStarts: Uint32Array, words: number): Uint32Array {
  let room = words;
  return startsOf(mapStarts.length - 1, (place) => {
    const length = lengthAt(mapStarts, place);
    if (length > room) return 0;
    room -= length;
    return length;
  });
}

/** Writes them to where the table has them. */
export function writeParts(
  { classes, unusual, tooLarge, kept, anew }: PlannedParts,
  { rules, maps }: Pick<Parts, 'rules' | 'maps'>,
  last: Parts | null,
): Parts {
  if (last !== null) {
    copyCells(last.rules, rules, kept);
    copyCells(last.maps, maps, kept);
  }
  anew.writeTo(rules, maps);
  return { classes, unusual, tooLarge, rules, maps };
}

function unusualOf(all: readonly PlainSubject[], same: Int32Array, last: Parts | null): Uint8Array {
  return Uint8Array.from(all, ({ rules }, place) => {
    const source = same[place] ?? ANEW;
    return source === ANEW ? Number(rules.some(isUnusual)) : (last?.unusual[source] ?? 0);
  });
}

function isUnusual({ protocol }: PlainRule): boolean {
  return protocol !== null && !USUAL_PROTOCOLS.includes(protocol);
}

function protocolClasses(all: readonly PlainSubject[], unusual: Uint8Array): ProtocolClasses {
  const named = new Set(USUAL_PROTOCOLS);
  all.forEach(({ rules }, place) => {
    if (unusual[place] === 0) return;
    for (const { protocol } of rules) if (protocol !== null) named.add(protocol);
  });
  const sorted = [...named].toSorted((a, b) => a - b);
  // When every protocol has a name none is left for null, and 256 classes fit a byte.
  const keys = sorted.length === 256 ? sorted : [null, ...sorted];
  return new Map(keys.map((protocol, index) => [protocol, index]));
}

/** What is not in the table before. Many subjects have rules of one shape, and so one map. */
class Anew {
  readonly #classes: ProtocolClasses;
  readonly #room = new MapRoom();
  readonly #rules = new Words();
  readonly #ruleStarts = new Words();
  readonly #maps = new Words();
  readonly #mapStarts = new Words();
  readonly #byShape = new Map<string, number>();
  /** Of each place: which of these rules, and which of these maps, are its own. */
  readonly #ruleSources: Int32Array;
  readonly #mapSources: Int32Array;

  constructor(count: number, classes: ProtocolClasses) {
    this.#classes = classes;
    this.#ruleSources = new Int32Array(count).fill(ANEW);
    this.#mapSources = new Int32Array(count).fill(ANEW);
    for (const starts of [this.#ruleStarts, this.#mapStarts]) starts.push(0);
  }

  /** The words of its map; 0 when it is too large. */
  add(place: number, rules: readonly PlainRule[]): number {
    const sorted = rules.toSorted((a, b) => a.rank - b.rank);
    this.#ruleSources[place] = this.#ruleStarts.length - 1;
    putRules(sorted, this.#rules);
    this.#ruleStarts.push(this.#rules.length);
    const map = this.#knownMap(sorted, place);
    this.#mapSources[place] = map;
    return map === ANEW ? 0 : this.#mapStarts.at(map + 1) - this.#mapStarts.at(map);
  }

  writeTo(rules: Column<Uint32Array>, maps: Column<Uint32Array>): void {
    const own = { cells: this.#rules.view(), starts: this.#ruleStarts.view() };
    copyCells(own, rules, this.#ruleSources);
    const made = { cells: this.#maps.view(), starts: this.#mapStarts.view() };
    copyCells(made, maps, this.#mapSources);
  }

  #knownMap(rules: readonly PlainRule[], place: number): number {
    const shape = shapeOf(rules);
    const map = this.#byShape.get(shape) ?? this.#mapOf(rules, place);
    if (shape !== '') this.#byShape.set(shape, map);
    return map;
  }

  #mapOf(rules: readonly PlainRule[], place: number): number {
    const budget = place === 0 ? MAX_TABLE_BYTES : MAX_MAP_BYTES;
    const where = { room: this.#room, into: this.#maps };
    if (!buildMap(rules, this.#classes, budget, where)) return ANEW;
    this.#mapStarts.push(this.#maps.length);
    return this.#mapStarts.length - 2;
  }
}

const MAX_SHAPED = 8;

/** Of rules without addresses, of which all that counts for the map is this and their order. Otherwise empty. */
function shapeOf(rules: readonly PlainRule[]): string {
  const isPlain = rules.length <= MAX_SHAPED && rules.every(({ addresses }) => addresses === null);
  return isPlain ? rules.map(shapeName).join('|') : '';
}

function putRules(rules: readonly PlainRule[], into: Words): void {
  const record = Array.from({ length: TABLE_RULE.words }, () => 0);
  rules.forEach(({ ruleId, rank, outcome }, index) => {
    if (rank === rules[index - 1]?.rank) throw new RangeError(`two rules have the rank ${rank}`);
    if (rank !== rank >>> 0 || ruleId !== ruleId >>> 0 || ruleId === 0) {
      throw new RangeError(`rule ${ruleId} of rank ${rank}`);
    }
    record[TABLE_RULE.ruleId] = ruleId;
    record[TABLE_RULE.rank] = rank;
    record[TABLE_RULE.outcome] = outcomes[outcome];
    for (const word of record) into.push(word);
  });
}
