/**
 * Runs every scenario under the address and undefined-behaviour sanitizers, each in one process: with the
 * reauthorization inside the completion, later, never and at random, over many seeds; then with the N-th allocation and
 * the N-th call failing, for every N until none is left to fail; or, where a scenario says what may happen meanwhile,
 * with each of that at every place. The last line is `N passed, N failed`.
 *
 * `node test/driver/run-scenarios.ts [NAME...]` runs only scenarios whose file name contains a NAME; with `--map` it runs
 * none, and writes test/driver/conformance.json: each rule with the scenarios that are about it.
 */
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildLab } from '../../scripts/native.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const folder = join(here, 'scenarios');
const seeds = process.env['PORTREEVE_SEEDS'] ?? '10';
const minutes = 10;

/** Of each rule there has to be a scenario. */
const rules = Array.from({ length: 60 }, (_, i) => `R${i + 1}`);
const mapFile = join(here, 'conformance.json');

/** Of every run: how often something happened at some place of a scenario with the step "meanwhile". */
const meanwhile = { pairs: 0 };

interface Scenario {
  file: string;
  rules: string[];
}

function load(name: string): Scenario {
  const file = join(folder, name);
  const parsed = JSON.parse(readFileSync(file, 'utf8')) as { rules: string[] };
  return { file, rules: parsed.rules };
}

/** Those that repeat something hundreds of times are begun first, so that no processor waits for one of them. */
function longestFirst(scenarios: Scenario[]): Scenario[] {
  const turns = (file: string): number =>
    [...readFileSync(file, 'utf8').matchAll(/"times": (\d+)/g)].reduce(
      (n, m) => n + Number(m[1]),
      0,
    );
  return scenarios.toSorted((a, b) => turns(b.file) - turns(a.file));
}

function runOne(program: string, scenario: Scenario): Promise<boolean> {
  const file = relative(root, scenario.file);
  return new Promise((resolve) => {
    const options = { cwd: root, timeout: minutes * 60_000, maxBuffer: 1 << 24 };
    execFile(
      program,
      ['run', file, '--everything', '--seeds', seeds],
      options,
      (error, out, text) => {
        for (const [, pairs] of out.matchAll(/(\d+) pairs of a place and an event/g)) {
          meanwhile.pairs += Number(pairs);
        }
        if (error !== null) console.log(`FAILED ${file}\n${text.slice(0, 4000)}`);
        resolve(error === null);
      },
    );
  });
}

async function runAll(program: string, scenarios: Scenario[]): Promise<number> {
  const queue = longestFirst(scenarios);
  let passed = 0;
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const ok = await runOne(program, next);
      passed += ok ? 1 : 0;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return passed;
}

/** Each rule with the file names of its scenarios, as text. */
function mapOf(scenarios: Scenario[]): string {
  const lines = rules.map((rule) => {
    const files = scenarios.filter((scenario) => scenario.rules.includes(rule));
    return `  "${rule}": ${JSON.stringify(files.map((scenario) => basename(scenario.file)))}`;
  });
  return `{\n${lines.join(',\n')}\n}\n`;
}

/** What is wrong with the scenarios as a whole. */
function faultsOf(scenarios: Scenario[]): string[] {
  const covered = new Set(scenarios.flatMap((scenario) => scenario.rules));
  const missing = rules.filter((rule) => !covered.has(rule));
  const faults = missing.map((rule) => `no scenario is about ${rule}`);
  if (readFileSync(mapFile, 'utf8') !== mapOf(scenarios)) {
    faults.push('test/driver/conformance.json is stale: node test/driver/run-scenarios.ts --map');
  }
  return faults;
}

async function main(): Promise<number> {
  const names = process.argv.slice(2);
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted();
  if (names.includes('--map')) {
    writeFileSync(mapFile, mapOf(files.map(load)));
    return 0;
  }
  const chosen = files.filter((f) => names.length === 0 || names.some((name) => f.includes(name)));
  if (chosen.length === 0) {
    console.error(`no scenario in test/driver/scenarios has a name like ${names.join(', ')}`);
    return 2;
  }
  const built = await buildLab(console.log, 'asan');
  if (!built.ok) {
    console.log(built.line);
    console.log(
      process.env['CI'] === 'true' ? '0 passed, 1 failed' : '0 passed, 0 failed, 1 skipped',
    );
    return process.env['CI'] === 'true' ? 1 : 0;
  }
  const scenarios = chosen.map(load);
  const faults = names.length === 0 ? faultsOf(scenarios) : [];
  for (const fault of faults) console.log(`FAILED ${fault}`);
  const passed = await runAll(built.program, scenarios);
  const failed = scenarios.length - passed + faults.length;
  console.log(`${scenarios.length} scenarios, ${seeds} seeds each`);
  console.log(`${meanwhile.pairs} pairs of an event and a step of a hold at which it happens`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
