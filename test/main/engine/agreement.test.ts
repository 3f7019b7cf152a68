/**
 * The engine's evaluator and the driver's own look-ups mean the same about a million random connections, or the kernel asks;
 * and it asks only where something keeps it from knowing. One changed line in either of them is noticed.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { buildChanged } from '../../../scripts/native.ts';
import { node, root, run, scriptArgs } from '../../../scripts/process.ts';
import type { Counts } from '../agreement/program.ts';
import { buildTableProgram, tableProgram } from '../fakes/table-program.ts';

const SEED = 20_261_127;
const CONNECTIONS = 500;
const SETS = 2000;
const SETS_OF_MUTANT = 60;
const MAX_MEGABYTES = 1024;
const PATIENCE_MS = 20 * 60_000;

const program = 'test/main/agreement/program.ts';
const folder = path.join('build', 'agreement');
let driver = '';

beforeAll(async () => {
  rmSync(path.join(root, folder), { recursive: true, force: true });
  mkdirSync(path.join(root, folder), { recursive: true });
  driver = await buildTableProgram('default');
}, PATIENCE_MS);

afterAll(() => {
  rmSync(path.join(root, folder), { recursive: true, force: true });
});

async function ask(given: { tree?: string; by?: string; sets: number }): Promise<Counts> {
  const { tree = '', by = driver, sets } = given;
  const numbers = [sets, CONNECTIONS, SEED].map(String);
  const args = scriptArgs(path.join(tree, program), [by, ...numbers]);
  const { code, output } = await run(node, args, { timeoutMs: PATIENCE_MS });
  if (code !== 0) throw new Error(output);
  return JSON.parse(output) as Counts;
}

test(
  'a million pairs: the same, or the kernel asks',
  async () => {
    const counts = await ask({ sets: SETS });
    expect(counts).toMatchObject({ pairs: SETS * CONNECTIONS, faults: 0, examples: [] });
    expect(counts.different).toBe(0);
    expect(counts.decided).toBeGreaterThan(200_000);
    expect(counts.asked).toBeGreaterThan(200_000);
    expect(counts.byPath).toBeGreaterThan(100_000);
    expect(counts.megabytes).toBeLessThan(MAX_MEGABYTES);
  },
  PATIENCE_MS,
);

interface Mutant {
  readonly what: string;
  readonly file: string;
  readonly line: string;
  readonly by: string;
}

function mutated({ file, line, by }: Mutant): string {
  const text = readFileSync(path.join(root, file), 'utf8');
  if (text.split(line).length !== 2) throw new Error(`"${line}" is not once in ${file}`);
  return text.replace(line, () => by);
}

const policy = 'src-main/engine/policy';
const engineMutants: readonly Mutant[] = [
  {
    what: 'the last port of a range',
    file: `${policy}/covering.ts`,
    line: 'first <= port && port <= last',
    by: 'first <= port && port < last',
  },
  {
    what: 'direction',
    file: `${policy}/covering.ts`,
    line: "rule.direction !== 'both' && rule.direction !== target.direction",
    by: "rule.direction !== 'both' && rule.direction === target.direction",
  },
  {
    what: 'the first of several rules',
    file: `${policy}/rule-table.ts`,
    line: 'compareRules(first, rule) < 0',
    by: 'compareRules(first, rule) > 0',
  },
  {
    what: 'a rule that has an end is no rule for the kernel',
    file: `${policy}/compile/plain-rules.ts`,
    line: "lifetime !== 'minutes' && ",
    by: '',
  },
  {
    what: 'a rule of one network is no rule for the kernel',
    file: `${policy}/compile/plain-rules.ts`,
    line: 'network === null && ',
    by: '',
  },
  {
    what: 'a rule about a name is no rule for the kernel',
    file: `${policy}/compile/plain-rules.ts`,
    line: 'return { addresses: null, isExact: false };',
    by: 'return { addresses: null, isExact: true };',
  },
  {
    what: 'a rule of an address with an interface is no rule for the kernel',
    file: `${policy}/compile/plain-rules.ts`,
    line: 'isExact: !hasZone(place.address)',
    by: 'isExact: true',
  },
  {
    what: 'rules by hash, signer and parent make a path unsure',
    file: `${policy}/kernel-policy.ts`,
    line: '...table.unsure()])]',
    by: '])]',
  },
  {
    what: 'a pause asks',
    file: `${policy}/kernel-policy.ts`,
    line: "rank: 1, outcome: 'ask'",
    by: "rank: 1, outcome: 'block'",
  },
  {
    what: 'asking always is no agreement',
    file: `${policy}/compile/plain-rules.ts`,
    line: 'isCertain && isExact && isForKernel(rule) ?',
    by: 'rule.ruleId < 0 && isCertain && isExact && isForKernel(rule) ?',
  },
  {
    what: 'where a range ends',
    file: `${policy}/compile/events.ts`,
    line: 'packed[count++] = (last + 1) * CODES + rule * 2;',
    by: 'packed[count++] = last * CODES + rule * 2;',
  },
];

test.each(engineMutants)(
  'the engine, changed: $what',
  async (mutant) => {
    const tree = path.join(folder, String(engineMutants.indexOf(mutant)));
    const here = path.join(root, tree);
    const parts = ['src-main', 'src-preload', 'test/main/fakes', 'test/main/agreement'];
    for (const part of [...parts, 'scripts/native.ts', 'package.json']) {
      cpSync(path.join(root, part), path.join(here, part), { recursive: true });
    }
    symlinkSync(path.join(root, 'node_modules'), path.join(here, 'node_modules'), 'junction');
    writeFileSync(path.join(here, mutant.file), mutated(mutant));
    const counts = await ask({ tree, sets: SETS_OF_MUTANT });
    expect(counts.faults).toBeGreaterThan(0);
  },
  PATIENCE_MS,
);

const find = 'driver/core/table_find.c';
const driverMutants: readonly Mutant[] = [
  {
    what: 'which of two rules comes first',
    file: find,
    line: 'view->rules[common].rank < view->rules[rule].rank',
    by: 'view->rules[common].rank > view->rules[rule].rank',
  },
  {
    what: 'direction',
    file: find,
    line: 'PR_LAYER_RECV_ACCEPT ? 1 : 0',
    by: 'PR_LAYER_RECV_ACCEPT ? 0 : 1',
  },
  {
    what: 'the second half of an IPv6 address',
    file: find,
    line: 'high(left + 2) <= high(right + 2)',
    by: 'high(left + 2) < high(right + 2)',
  },
  {
    what: 'the class of a protocol',
    file: find,
    line: 'class_of << 16',
    by: '0u * class_of << 16',
  },
];

test.each(driverMutants)(
  'the driver, changed: $what',
  async (mutant) => {
    const name = `driver-${driverMutants.indexOf(mutant)}`;
    mkdirSync(path.join(root, folder, name));
    const by = path.join(folder, name, 'table_find.c');
    writeFileSync(path.join(root, by), mutated(mutant));
    const built = await buildChanged(tableProgram, 'default', { name, source: mutant.file, by });
    if (!built.ok) throw new Error(built.line);
    let faults = 1;
    try {
      ({ faults } = await ask({ by: built.program, sets: SETS_OF_MUTANT }));
    } catch (error) {
      // The harness itself compares the driver's two ways to search, and ends when they differ.
      expect(String(error)).toContain('SIGABRT');
    }
    expect(faults).toBeGreaterThan(0);
  },
  PATIENCE_MS,
);
