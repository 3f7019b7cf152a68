/** Random plain policies and connections that meet at the borders of their ranges, from a seed. */
import type {
  AddressRange,
  PlainConnection,
  PlainOutcome,
  PlainPolicy,
  PlainRule,
  PortRange,
} from '../../../src-main/engine/policy/compile/plain.ts';

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to `end` - 1 (mulberry32). */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  of<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }
}

const v4Edges = [
  0, 1, 0x0a00_0000, 0x7fff_ffff, 0x8000_0000, 0xc0a8_0101, 0xffff_fffe, 0xffff_ffff,
];
const v6Edges = [
  0n,
  1n,
  (1n << 64n) - 1n,
  1n << 64n,
  0xfe80n << 112n,
  (1n << 127n) - 1n,
  1n << 127n,
  (1n << 128n) - 1n,
];
const portEdges = [0, 1, 53, 80, 443, 444, 65_534, 65_535];
const protocols: [number, ...number[]] = [6, 17, 1, 58, 0, 132, 255];
const outcomes: [PlainOutcome, ...PlainOutcome[]] = ['allow', 'block', 'ask'];

export function randomPolicy(random: Random, version: number): PlainPolicy {
  const ranks = shuffled(random, 64);
  const rule = (): PlainRule => randomRule(random, (ranks.pop() ?? 0) * 67_108_863);
  const subjects = random.some(3, () => random.some(12, rule));
  return {
    version,
    subjects: subjects.map((rules, index) => ({ subjectId: 7 * index + 1, paths: [], rules })),
    everybody: random.some(6, rule),
  };
}

function shuffled(random: Random, count: number): number[] {
  const numbers = Array.from({ length: count }, (_, index) => index);
  return numbers
    .map((number) => ({ number, key: random.below(2 ** 30) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ number }) => number);
}

function randomRule(random: Random, rank: number): PlainRule {
  return {
    rank,
    ruleId: rank + 1,
    outcome: random.of(outcomes),
    direction: random.of(['outbound', 'inbound', 'both', 'both']),
    protocol: random.below(2) === 0 ? null : random.of(protocols),
    addresses: random.below(3) === 0 ? null : random.some(4, () => addressRange(random)),
    ports: random.below(2) === 0 ? null : random.some(3, () => portRange(random)),
  };
}

function addressRange(random: Random): AddressRange {
  if (random.below(2) === 0) {
    const [first, last] = [v4(random), v4(random)].toSorted((a, b) => a - b) as [number, number];
    return { family: 4, first, last: random.below(3) === 0 ? first : last };
  }
  const [a, b] = [v6(random), v6(random)];
  return a < b ? { family: 6, first: a, last: b } : { family: 6, first: b, last: a };
}

function portRange(random: Random): PortRange {
  const [first, last] = [port(random), port(random)].toSorted((a, b) => a - b) as [number, number];
  return { first, last };
}

function near<T>(random: Random, edges: readonly T[], otherwise: () => T): T {
  return random.below(8) === 0 ? otherwise() : (edges[random.below(edges.length)] ?? otherwise());
}

function v4(random: Random): number {
  return near(random, v4Edges, () => random.below(2 ** 32));
}

function v6(random: Random): bigint {
  return near(random, v6Edges, () => (BigInt(v4(random)) << 96n) | BigInt(v4(random)));
}

function port(random: Random): number {
  return near(random, portEdges, () => random.below(65_536));
}

export function randomConnection(random: Random): PlainConnection {
  const rest = {
    direction: random.of<PlainConnection['direction']>(['outbound', 'inbound']),
    protocol: random.below(8) === 0 ? random.below(256) : random.of(protocols),
    port: port(random),
  };
  return random.below(2) === 0
    ? { ...rest, family: 4, address: beside(v4(random), random.below(3) - 1, 2 ** 32) }
    : { ...rest, family: 6, address: v6(random) };
}

/** An edge, or its neighbour where there is one. */
function beside(edge: number, step: number, end: number): number {
  return edge + step >= 0 && edge + step < end ? edge + step : edge;
}
