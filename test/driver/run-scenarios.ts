/**
 * Runs every scenario under the address and undefined-behaviour sanitizers, each in one process: with the
 * reauthorization inside the completion, later, never and at random, over many seeds; then with the N-th allocation and
 * the N-th call failing, for every N until none is left to fail. The last line is `N passed, N failed`.
 *
 * `node test/driver/run-scenarios.ts [NAME...]` runs only scenarios whose file name contains a NAME.
 */
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildLab } from '../../scripts/native.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const folder = join(here, 'scenarios');
const seeds = process.env['PORTREEVE_SEEDS'] ?? '10';
const minutes = 10;

/** Of these rules a scenario must exist. Others of R1-R60 are welcome. */
const wanted = [
  ...Array.from({ length: 35 }, (_, i) => `R${i + 1}`),
  ...Array.from({ length: 9 }, (_, i) => `R${i + 41}`),
  'R52',
  'R55',
  'R56',
];
/** Rules that the driver can only break by code it doesn't have: test/driver/emulator breaks them on purpose. */
const brokenOnPurpose = ['R13', 'R14', 'R15', 'R20'];

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
      (error, _out, text) => {
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

function missingRules(scenarios: Scenario[]): string[] {
  const covered = new Set(scenarios.flatMap((scenario) => scenario.rules));
  return wanted.filter((rule) => !covered.has(rule) && !brokenOnPurpose.includes(rule));
}

async function main(): Promise<number> {
  const names = process.argv.slice(2);
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
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
  const missing = names.length === 0 ? missingRules(scenarios) : [];
  if (missing.length > 0) console.log(`FAILED no scenario is about ${missing.join(', ')}`);
  const passed = await runAll(built.program, scenarios);
  const failed = scenarios.length - passed + (missing.length > 0 ? 1 : 0);
  console.log(`${scenarios.length} scenarios, ${seeds} seeds each`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
