/**
 * Which rule decides by direction, protocol and port, once the address has left only these: segments of the line
 * direction << 24 | protocol class << 16 | port, each with the number of a rule. Equal questions share one list.
 */
import { OpenRules, numberEvents } from './events.ts';
import { MAP_NO_RULE } from './layout.gen.ts';
import type { PlainRule, PortRange } from './plain.ts';
import type { Words } from './words.ts';

const PORTS = 65_536;
const INBOUND = 1 << 24;

/** Protocols to classes, ascending; null stands for all that no rule names. */
export type ProtocolClasses = ReadonlyMap<number | null, number>;

/** The lists of one map. */
export class PortLists {
  readonly firsts: Words;
  readonly starts: Words;
  readonly values: Words;
  readonly #rules: readonly PlainRule[];
  readonly #classes: ProtocolClasses;
  readonly #known = new Map<string, number>();

  /** `room`: where they are built, empty yet. */
  constructor(
    rules: readonly PlainRule[],
    classes: ProtocolClasses,
    room: Pick<PortLists, 'firsts' | 'starts' | 'values'>,
  ) {
    this.#rules = rules;
    this.#classes = classes;
    ({ firsts: this.firsts, starts: this.starts, values: this.values } = room);
    this.firsts.push(0);
  }

  /** The number of the list for these rules, which are in the order of their ranks. */
  listOf(rules: readonly number[]): number {
    const key = rules.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const list = this.firsts.length - 1;
    this.#known.set(key, list);
    this.#build(rules);
    return list;
  }

  #build(rules: readonly number[]): void {
    const first = this.starts.length;
    for (const [base, direction] of [
      [0, 'outbound'],
      [INBOUND, 'inbound'],
    ] as const) {
      const here = rules.filter((rule) => covers(this.#rule(rule).direction, direction));
      const named = new Set(here.map((rule) => this.#rule(rule).protocol));
      const unnamed = this.#plane(here, null);
      for (const [protocol, number] of this.#classes) {
        const plane = named.has(protocol) ? this.#plane(here, protocol) : unnamed;
        this.#put(first, base + (number << 16), plane);
      }
    }
    this.firsts.push(this.starts.length);
  }

  #rule(rule: number): PlainRule {
    const found = this.#rules[rule];
    if (found === undefined) throw new RangeError(`there is no rule ${rule}`);
    return found;
  }

  /** Segments of one direction and protocol. */
  #plane(all: readonly number[], protocol: number | null): readonly Segment[] {
    const rules = all.filter((rule) => [null, protocol].includes(this.#rule(rule).protocol));
    return portSegments(rules.map((rule) => this.#rule(rule).ports)).map(({ start, value }) => ({
      start,
      value: value === MAP_NO_RULE ? value : (rules[value] ?? MAP_NO_RULE),
    }));
  }

  /** Neighbours of the same list with the same value are one segment. */
  #put(first: number, base: number, plane: readonly Segment[]): void {
    for (const { start, value } of plane) {
      if (this.starts.length > first && this.values.last === value) continue;
      this.starts.push(base + start);
      this.values.push(value);
    }
  }
}

interface Segment {
  readonly start: number;
  readonly value: number;
}

function covers(direction: PlainRule['direction'], asked: 'outbound' | 'inbound'): boolean {
  return direction === 'both' || direction === asked;
}

/** From port 0 on: the lowest of these ranges' numbers in each stretch. */
function portSegments(ranges: readonly (readonly PortRange[] | null)[]): Segment[] {
  if (ranges[0] === undefined) return [{ start: 0, value: MAP_NO_RULE }];
  if (ranges[0] === null) return [{ start: 0, value: 0 }];
  const { positions, codes } = numberEvents(ranges, PORTS);
  const open = new OpenRules(new Uint32Array(ranges.length));
  const segments: Segment[] = positions[0] === 0 ? [] : [{ start: 0, value: MAP_NO_RULE }];
  for (let at = 0; at < codes.length;) {
    const start = positions[at] ?? 0;
    for (; at < codes.length && positions[at] === start; at += 1) open.turn(codes[at] ?? 0);
    segments.push({ start, value: open.lowest ?? MAP_NO_RULE });
  }
  return segments;
}
