/** Random rules, programs and connections out of a small world, from a seed: so that they meet often, also at their borders. */
import type { Place } from '../../../src-preload/contract/rules.ts';
import type { Asking } from '../../../src-main/engine/policy/covering.ts';
import type { ModeState } from '../../../src-main/engine/policy/mode-state.ts';
import type { Rule, RuleTerms } from '../../../src-main/engine/policy/rule.ts';
import type { Caller, Connection, HostNames, Subject } from '../../../src-main/engine/ports.ts';
import type { Random } from '../fakes/random-policy.ts';
import { draft } from '../fakes/rule-drafts.ts';
import { sample } from '../fakes/sample.ts';

export interface World {
  readonly rules: readonly Rule[];
  readonly state: ModeState;
  readonly programs: readonly Program[];
}

/** A process, and what is known of it. */
export interface Program {
  readonly caller: Caller;
  readonly path: string;
  readonly pid: number;
}

const NOW = 1_900_000_000_000;
const CREATED = 5n;
const MOST_RULES = 40;
const PROGRAMS = 12;

const addresses: [string, ...string[]] = [
  ...(['9.255.255.255', '10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.9'] as const),
  ...['10.0.0.10', '10.255.255.255', '11.0.0.0', '8.8.8.8', '126.255.255.255', '127.0.0.1'],
  ...['128.0.0.0', '192.168.1.7', '224.0.0.255', '255.255.255.255', '0.0.0.0', '::', '::1', '::2'],
  // One address of two interfaces, often: the tables can't tell them apart.
  ...['fe80::1%4', 'fe80::1%7', 'fe80::1%4', 'fe80::1%7', 'fe80::1%4', 'fe80::1%7'],
  ...['fe7f:ffff::1', 'ff02::fb%4', 'ff06::1', '2001:db7:ffff::'],
  ...['2001:db8::', '2001:db8::1', '2001:db8::ffff', '2001:db8::1:0', '::ffff:10.0.0.1'],
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
];
const ranges: [Place, ...Place[]] = [
  { kind: 'range', first: '10.0.0.0', last: '10.255.255.255' },
  { kind: 'range', first: '10.0.0.3', last: '10.0.0.9' },
  { kind: 'range', first: '0.0.0.0', last: '255.255.255.255' },
  { kind: 'range', first: '10.0.0.2', last: '192.168.1.7' },
  { kind: 'range', first: '2001:db8::', last: '2001:db8::ffff' },
  { kind: 'range', first: '::', last: '::1' },
  { kind: 'range', first: '::', last: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff' },
];
const names: [string, ...string[]] = ['a.example', 'b.a.example', 'example', 'xa.example'];
const ports: [number, ...number[]] = [0, 52, 53, 80, 81, 443, 444, 1023, 1024, 8080, 65_535];
const portLists: [RuleTerms['ports'], ...RuleTerms['ports'][]] = [
  null,
  null,
  [{ first: 443, last: 443 }],
  [{ first: 0, last: 1023 }],
  [
    { first: 53, last: 80 },
    { first: 1024, last: 65_535 },
  ],
];
const protocols: [number, ...number[]] = [6, 6, 17, 17, 1, 58, 47];
const paths: [string, ...string[]] = [
  '/opt/app-1.2.3/app',
  '/opt/app-2.0/app',
  '/usr/bin/curl',
  '/usr/bin/python3',
];
const patterns: [string, ...string[]] = ['/opt/app-{version}/app', '/opt/*/app', '/usr/bin/cu*'];
const told = {
  'interpreter-script': ['s1', 's2'],
  hash: ['h1', 'h2'],
  service: ['v1'],
  package: ['p1'],
  signer: ['g1'],
} as const;
const pids: [number, ...number[]] = [1, 2, 3, 9];
const modes: [ModeState['mode'], ...ModeState['mode'][]] = ['ask', 'ask', 'learn', 'block'];

/** The next world of this seed. */
export function randomWorld(random: Random): World {
  return {
    rules: Array.from({ length: random.below(MOST_RULES + 1) }, (_, at) =>
      randomRule(random, at + 1),
    ),
    state: randomState(random),
    programs: Array.from({ length: PROGRAMS }, () => randomProgram(random)),
  };
}

/** A connection of one of these programs, with everything that rules may look at. */
export function randomAsking(random: Random, { caller, path, pid }: Program): Asking {
  const known = random.below(3) === 0 ? hostNames(random) : null;
  const connection: Connection = sample({
    path,
    pid,
    created: CREATED,
    address: random.below(6) === 0 ? anyAddress(random) : random.of(addresses),
    hostName: known === null && random.below(3) === 0 ? random.of(names) : null,
    ...(known !== null && { names: known }),
    port: random.below(6) === 0 ? random.below(65_536) : random.of(ports),
    protocol: random.below(8) === 0 ? random.below(256) : random.of(protocols),
    direction: random.below(3) === 0 ? 'inbound' : 'outbound',
    loopback: false,
    time: NOW,
  });
  const network = random.below(2) === 0 ? null : ({ profile: 'public', id: 'n1' } as const);
  return { caller, connection, now: NOW, network };
}

function anyAddress(random: Random): string {
  const part = (): number => random.below(256);
  return `${part()}.${part()}.${part()}.${part()}`;
}

export function subjectOf(kind: Subject['kind'], key: string): Subject {
  return { kind, key, name: key.slice(key.lastIndexOf('/') + 1), path: key };
}

function randomRule(random: Random, ruleId: number): Rule {
  return {
    ...draft({
      subject: randomSubject(random),
      withChildren: random.below(4) === 0,
      verdict: random.of(['allow', 'block', 'drop']),
      place: randomPlace(random),
      ports: random.of(portLists),
      protocol: random.below(2) === 0 ? null : random.of(protocols),
      direction: random.of(['outbound', 'inbound', 'both', 'both']),
      network: randomNetwork(random),
      createdAt: NOW - 1000,
      ...randomLifetime(random),
    }),
    ruleId,
    editedAt: null,
    enabled: random.below(10) > 0,
    hits: 0,
    lastUsedAt: null,
  };
}

function randomSubject(random: Random): Subject {
  const dice = random.below(10);
  if (dice < 4) return subjectOf('path', random.of(paths));
  if (dice < 6) return subjectOf('path-pattern', random.of(patterns));
  if (dice < 8) return subjectOf('anything', '');
  const kind = random.of<keyof typeof told>([
    'interpreter-script',
    'hash',
    'service',
    'package',
    'signer',
  ]);
  const keys: readonly string[] = told[kind];
  return subjectOf(kind, keys[random.below(keys.length)] ?? '');
}

function randomPlace(random: Random): Place {
  const dice = random.below(14);
  if (dice < 5) return { kind: 'anything' };
  if (dice < 7) return random.below(2) === 0 ? { kind: 'lan' } : { kind: 'loopback' };
  if (dice < 10) return random.of(ranges);
  if (dice < 13) return { kind: 'address', address: random.of(addresses) };
  const name = random.of(names);
  return random.below(2) === 0 ? { kind: 'host', name } : { kind: 'domain', name };
}

function randomNetwork(random: Random): RuleTerms['network'] {
  const dice = random.below(24);
  if (dice === 0) return { kind: 'profile', profile: 'public' };
  return dice === 1 ? { kind: 'network', id: 'n1' } : null;
}

function randomLifetime(random: Random): Partial<RuleTerms> {
  const dice = random.below(10);
  if (dice < 6) return { lifetime: 'always' };
  if (dice < 8) return { lifetime: 'until-restart', bootId: 'b' };
  if (random.below(2) === 0) return { lifetime: 'until-sign-out', signInId: 's' };
  if (dice < 9) return { lifetime: 'minutes', until: NOW + (random.below(2) === 0 ? -1 : 1) };
  const processes = [{ id: BigInt(random.of(pids)), created: CREATED }];
  return { lifetime: 'while-it-runs', bootId: 'b', processes };
}

function randomState(random: Random): ModeState {
  const mode = random.below(20) === 0 ? 'lockdown' : random.of(modes);
  const pause = { pauseId: 'p', startedAt: NOW - 1, until: NOW + 1 };
  const dice = random.below(12);
  const subject = dice === 0 ? null : subjectOf('path', random.of(paths));
  return { mode, startedAt: 0, until: null, pauses: dice < 2 ? [{ ...pause, subject }] : [] };
}

function randomProgram(random: Random): Program {
  const path = random.of(paths);
  const kinds = Object.keys(told) as (keyof typeof told)[];
  // Only an interpreter runs scripts, and the engine knows it by the same list.
  const more = kinds.filter(
    (kind) =>
      random.below(4) === 0 && (kind !== 'interpreter-script' || path === '/usr/bin/python3'),
  );
  const own = subjectOf('path', path);
  const process = { id: BigInt(random.of([1, 2, 8])), created: CREATED };
  const caller: Caller = {
    subject: own,
    subjects: [...more.map((kind) => subjectOf(kind, told[kind][0])), own],
    ancestors: [{ process, subjects: [subjectOf('path', random.of(paths))] }],
    complete: random.below(12) > 0,
  };
  return { caller, path, pid: random.of(pids) };
}

function hostNames(random: Random): HostNames {
  const chain = (): string[] => [random.of(names), ...random.some(1, () => random.of(names))];
  return {
    chains: [chain(), ...random.some(2, chain)],
    isMore: random.below(6) === 0,
    origin: 'dns-cache',
    seenAt: NOW,
    isFresh: random.below(4) > 0,
  };
}
