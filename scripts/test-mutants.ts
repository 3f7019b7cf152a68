/**
 * Shows that the driver's tests can fail: each mutant of test/driver/mutants/mutants.json is one broken place of driver
 * code, compiled on its own and linked with the rest; a scenario or a unit test has to kill it. What killed it the last
 * time runs first, then the scenarios about its rules, the unit tests, and the other scenarios with few seeds; then what
 * takes longer: schedules, and the scenarios about its rules with everything that can fail.
 *
 * `npm run test:mutants [-- NAME...]` runs those whose name contains a NAME. A run of all writes docs/conformance.md: rule,
 * scenarios, mutants. `--record` writes what has killed each mutant into the data, `--new` runs only those of which that
 * isn't there. Last line: N passed, N failed.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { schedules } from '../test/driver/schedules/program.ts';
import { unit } from '../test/driver/unit/program.ts';
import { buildChanged, buildNative, labProgram, type NativeProgram } from './native.ts';
import { root } from './process.ts';
import { writeConformance } from './test/conformance.ts';

export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  readonly rules: readonly string[];
  /** A scenario's file, "unit" or "schedules". */
  killedBy?: string;
}

interface Attempt {
  readonly killer: string;
  readonly program: NativeProgram;
  readonly args: readonly string[];
}

const data = path.join(root, 'test/driver/mutants/mutants.json');
const scenarioFolder = path.join(root, 'test/driver/scenarios');
const workFolder = 'build/mutants';
const LIMIT_MS = 600_000;

const scenarios = new Map(
  readdirSync(scenarioFolder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => {
      const text = readFileSync(path.join(scenarioFolder, name), 'utf8');
      return [name, (JSON.parse(text) as { rules: string[] }).rules];
    }),
);

const MANY = ['--seeds', '60', '--reauthorize', 'random'];
const FEW = ['--seeds', '4', '--reauthorize', 'random'];
const THOROUGH = ['--everything', '--seeds', '5'];

function attemptOf(killer: string, how: readonly string[]): Attempt {
  if (killer === 'unit') return { killer, program: unit, args: [] };
  if (killer === 'schedules') return { killer, program: schedules, args: ['1', '3000'] };
  const file = `test/driver/scenarios/${killer}`;
  const args = ['run', file, ...how, '--limit', '10'];
  return { killer, program: labProgram, args };
}

/** The likeliest first; nothing that takes minutes before something that may kill at once. */
function attemptsOn(mutant: Mutant): Attempt[] {
  const names = [...scenarios.keys()].filter((name) => !name.startsWith('cap-total'));
  const about = names.filter((name) => scenarios.get(name)?.some((r) => mutant.rules.includes(r)));
  const others = names.filter((name) => !about.includes(name));
  const first = mutant.killedBy === undefined ? [] : [mutant.killedBy];
  return [
    ...first.flatMap((killer) => [attemptOf(killer, MANY), attemptOf(killer, THOROUGH)]),
    ...[...about, 'unit'].map((killer) => attemptOf(killer, MANY)),
    ...others.map((killer) => attemptOf(killer, FEW)),
    ...['schedules', ...about].map((killer) => attemptOf(killer, THOROUGH)),
  ];
}

/** The mutated source's path, or why there is none. */
function writeMutant(mutant: Mutant, folder: string): { by: string } | { problem: string } {
  const text = readFileSync(path.join(root, mutant.file), 'utf8');
  const parts = text.split(mutant.find);
  if (parts.length !== 2) {
    return { problem: `its text occurs ${parts.length - 1} times in ${mutant.file}, not once` };
  }
  const by = `${folder}/${path.basename(mutant.file)}`;
  rmSync(path.join(root, folder), { recursive: true, force: true });
  mkdirSync(path.join(root, folder), { recursive: true });
  writeFileSync(path.join(root, by), parts.join(mutant.replace));
  return { by };
}

function survives(program: string, args: readonly string[]): Promise<boolean> {
  const options = { cwd: root, timeout: LIMIT_MS, maxBuffer: 1 << 26 };
  return new Promise((resolve) => {
    execFile(program, [...args], options, (error) => resolve(error === null));
  });
}

/** Programs of one mutant, each linked when it is first needed. */
class Programs {
  private readonly built = new Map<string, string>();
  private readonly mutant: Mutant;
  private readonly by: string;

  constructor(mutant: Mutant, by: string) {
    this.mutant = mutant;
    this.by = by;
  }

  /** Null when this program has nothing of the changed file. */
  async get(program: NativeProgram): Promise<string | null> {
    const has = program.sources.some(
      (s) => s === this.mutant.file || s === path.dirname(this.mutant.file),
    );
    if (!has) return null;
    const known = this.built.get(program.name);
    if (known !== undefined) return known;
    const changed = { name: 'mutant', source: this.mutant.file, by: this.by };
    const built = await buildChanged(program, 'asan', changed);
    if (!built.ok) throw new Error(`"${this.mutant.name}" does not compile:\n${built.line}`);
    this.built.set(program.name, built.program);
    return built.program;
  }
}

async function kill(mutant: Mutant, folder: string): Promise<string | null> {
  const written = writeMutant(mutant, folder);
  if ('problem' in written) throw new Error(`"${mutant.name}": ${written.problem}`);
  const programs = new Programs(mutant, written.by);
  for (const attempt of attemptsOn(mutant)) {
    const program = await programs.get(attempt.program);
    if (program !== null && !(await survives(program, attempt.args))) return attempt.killer;
  }
  return null;
}

async function run(mutant: Mutant, number: number): Promise<boolean> {
  const folder = `${workFolder}/${number}`;
  try {
    const killer = await kill(mutant, folder);
    rmSync(path.join(root, folder), { recursive: true, force: true });
    if (killer === null) {
      console.log(`FAILED "${mutant.name}" (${mutant.rules.join(', ')}) survives everything`);
      return false;
    }
    if (killer !== mutant.killedBy) console.log(`"${mutant.name}" is killed by ${killer}`);
    mutant.killedBy = killer;
    record();
    return true;
  } catch (error) {
    console.log(`FAILED ${String(error)}`);
    return false;
  }
}

const mutants = JSON.parse(readFileSync(data, 'utf8')) as Mutant[];

function record(): void {
  if (!process.argv.includes('--record')) return;
  writeFileSync(data, `${JSON.stringify(mutants, null, 2)}\n`);
}

async function runAll(chosen: readonly Mutant[]): Promise<number> {
  const queue = chosen.map((mutant, i) => ({ mutant, i }));
  let passed = 0;
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const killed = await run(next.mutant, next.i);
      passed += killed ? 1 : 0;
    }
  };
  await Promise.all([worker(), worker()]);
  return passed;
}

async function buildAll(): Promise<boolean> {
  for (const program of [labProgram, unit, schedules]) {
    const built = await buildNative(program, 'asan', console.log);
    if (!built.ok) {
      console.log(built.line);
      return false;
    }
  }
  return true;
}

/** Those that were asked for; undefined: all. */
function choose(names: readonly string[]): Mutant[] | undefined {
  if (process.argv.includes('--new')) return mutants.filter((m) => m.killedBy === undefined);
  if (names.length === 0) return undefined;
  return mutants.filter(({ name }) => names.some((part) => name.includes(part)));
}

async function main(): Promise<number> {
  const wanted = choose(process.argv.slice(2).filter((name) => !name.startsWith('--')));
  const chosen = wanted ?? mutants;
  const passed = (await buildAll()) ? await runAll(chosen) : 0;
  const stale = wanted === undefined && !writeConformance(scenarios, mutants);
  if (stale) console.log('docs/conformance.md was not up to date; it is now: commit it');
  const failed = chosen.length - passed + (stale && process.env['CI'] === 'true' ? 1 : 0);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && chosen.length > 0 ? 0 : 1;
}

process.exitCode = await main();
