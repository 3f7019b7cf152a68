/**
 * How much of the driver its tests reach: clang's coverage of driver/core and driver/windows over all scenarios (with everything
 * that can fail), the unit tests, some schedules, and the kept corpora of the fuzzers. Writes docs/coverage.md. Fails when less is reached than FLOOR says, or when a
 * line is not reached that test/driver/coverage.json doesn't explain. Last line: N passed, N failed.
 *
 * `npm run coverage` needs clang-19 and llvm-19 and some minutes of both processors.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';

import { fuzzers } from '../test/driver/fuzz/program.ts';
import { schedules } from '../test/driver/schedules/program.ts';
import { unit } from '../test/driver/unit/program.ts';
import { buildNative, labProgram, type NativeProgram } from './native.ts';
import { findProgram, root, run } from './process.ts';

/** In hundredths. */
const FLOOR = { lines: 95, branches: 90 };
const SEEDS = '2';
const SCHEDULES = ['1', '4000'];
const measured = /^driver\/(core|windows)\//;
const folder = path.join(root, 'build/coverage');
const page = path.join(root, 'docs/coverage.md');
const explained = path.join(root, 'test/driver/coverage.json');
const scenarioFolder = path.join(root, 'test/driver/scenarios');

interface Counted {
  readonly count: number;
  readonly covered: number;
}

interface FileReport {
  readonly name: string;
  readonly lines: Counted;
  readonly branches: Counted;
  /** Numbers of lines that nothing has reached. */
  readonly missed: readonly number[];
}

/** A line that no test reaches, by its text, and why. */
interface Explanation {
  readonly file: string;
  readonly line: string;
  readonly why: string;
}

interface Job {
  readonly program: string;
  readonly args: readonly string[];
}

async function runJobs(jobs: readonly Job[]): Promise<number> {
  const queue = jobs.map((job, i) => ({ job, i }));
  let failed = 0;
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const env = { LLVM_PROFILE_FILE: path.join(folder, `${next.i}-%p.profraw`) };
      const { program, args } = next.job;
      const result = await run(program, [...args], { env, timeoutMs: 20 * 60_000 });
      if (result.code !== 0) {
        console.log(`FAILED ${args.join(' ')}\n${result.output.slice(0, 2000)}`);
        failed++;
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return failed;
}

/** What the fuzzers of rule tables have found, and damaged copies of it; see test/driver/table/run.ts. */
const tables: NativeProgram = {
  name: 'driver-table-fuzz',
  sources: ['driver/core/table_check.c', 'driver/core/table_find.c', 'test/driver/table/fuzz.c'],
  flags: ['-DREPLAY'],
};
const tableCorpus = 'test/driver/table/corpus';

function corpusJobs(programs: readonly string[]): Job[] {
  const kept = readdirSync(path.join(root, tableCorpus)).map((name) => `${tableCorpus}/${name}`);
  const replays = Object.values(fuzzers).map(({ corpus }, i) => ({
    program: programs[i + 4] ?? '',
    args: ['-runs=0', corpus],
  }));
  return [{ program: programs[3] ?? '', args: ['5000', ...kept] }, ...replays];
}

function jobsOf(programs: readonly string[]): Job[] {
  const [lab = '', unitProgram = '', schedulesProgram = ''] = programs;
  const scenarios = readdirSync(scenarioFolder).filter((name) => name.endsWith('.json'));
  const everything = ['--everything', '--seeds', SEEDS];
  return [
    { program: unitProgram, args: [] },
    { program: schedulesProgram, args: SCHEDULES },
    ...corpusJobs(programs),
    ...scenarios.map((name) => {
      // Its thousands of holds fail in thousands of places, which are all alike.
      const how = name.startsWith('cap-total') ? [] : everything;
      return { program: lab, args: ['run', `test/driver/scenarios/${name}`, ...how] };
    }),
  ];
}

async function build(): Promise<string[] | null> {
  const programs: string[] = [];
  const fuzzed = Object.values(fuzzers).map(({ program }) => program);
  for (const program of [labProgram, unit, schedules, tables, ...fuzzed]) {
    const built = await buildNative(program, 'coverage', console.log);
    if (!built.ok) {
      console.log(built.line);
      return null;
    }
    programs.push(built.program);
  }
  return programs;
}

interface Exported {
  readonly data: readonly {
    readonly files: readonly {
      readonly filename: string;
      readonly segments: readonly Segment[];
      readonly summary: { readonly lines: Counted; readonly branches: Counted };
    }[];
  }[];
}

type Segment = readonly [
  line: number,
  column: number,
  count: number,
  hasCount: boolean,
  isEntry: boolean,
  isGap: boolean,
];

/** As llvm-cov counts: a line was reached when what goes on over it, or a region that begins on it, was. */
function missedLines(segments: readonly Segment[]): number[] {
  const missed: number[] = [];
  const lines = Map.groupBy(segments, ([line]) => line);
  const end = segments.at(-1)?.[0] ?? 0;
  let before: Segment | undefined;
  for (let line = segments[0]?.[0] ?? 1; line <= end; line++) {
    const here = lines.get(line) ?? [];
    const counts = here.filter(([, , , counted, entry, gap]) => counted && entry && !gap);
    const over = before?.[3] === true && !before[5] ? [before] : [];
    const all = [...over, ...counts].map(([, , count]) => count);
    if (all.length > 0 && Math.max(...all) === 0) missed.push(line);
    before = here.at(-1) ?? before;
  }
  return missed;
}

async function report(programs: readonly string[]): Promise<FileReport[]> {
  const profile = path.join(folder, 'all.profdata');
  const raw = readdirSync(folder).filter((name) => name.endsWith('.profraw'));
  const list = path.join(folder, 'list.txt');
  writeFileSync(list, raw.map((name) => path.join(folder, name)).join('\n'));
  await run('llvm-profdata-19', ['merge', '-sparse', '-f', list, '-o', profile]);
  const objects = programs.slice(1).flatMap((program) => ['-object', program]);
  const output = path.join(folder, 'export.json');
  const args = ['export', programs[0] ?? '', ...objects, `-instr-profile=${profile}`];
  const { output: text } = await run('llvm-cov-19', args, { log: output });
  const exported = JSON.parse(text.slice(text.indexOf('{'))) as Exported;
  return (exported.data[0]?.files ?? [])
    .map((file) => ({ ...file, name: path.relative(root, path.resolve(root, file.filename)) }))
    .filter(({ name, summary }) => measured.test(name) && summary.lines.count > 0)
    .map(({ name, segments, summary }) => ({
      name,
      lines: summary.lines,
      branches: summary.branches,
      missed: missedLines(segments),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function share(parts: readonly Counted[]): number {
  const covered = parts.reduce((sum, part) => sum + part.covered, 0);
  return (
    (100 * covered) /
    Math.max(
      1,
      parts.reduce((sum, part) => sum + part.count, 0),
    )
  );
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}

function textsOf(file: string, numbers: readonly number[]): string[] {
  const lines = readFileSync(path.join(root, file), 'utf8').split('\n');
  return numbers
    .map((number) => (lines[number - 1] ?? '').trim())
    .filter((text) => !/^[{}]*$/.test(text));
}

function writePage(files: readonly FileReport[], explanations: readonly Explanation[]): void {
  const rows = files.map(
    ({ name, lines, branches }) =>
      `| \`${name}\` | ${percent(share([lines]))} | ${branches.count > 0 ? percent(share([branches])) : '-'} |`,
  );
  const reasons = explanations.map(
    ({ file, line, why }) => `| \`${file}\` | \`${line.replaceAll('|', '\\|')}\` | ${why} |`,
  );
  writeFileSync(
    page,
    [
      '# Coverage',
      '',
      'Written by `npm run coverage`: what of the driver is reached by all scenarios, with every allocation and call failing in turn, the',
      `unit tests, ${SCHEDULES[1] ?? ''} schedules and the fuzzers' corpora. It fails below ${FLOOR.lines} % of lines or ${FLOOR.branches} % of branches, and for a line that is neither reached nor`,
      'explained in `test/driver/coverage.json`.',
      '',
      `Lines: ${percent(share(files.map((f) => f.lines)))}. Branches: ${percent(share(files.map((f) => f.branches)))}.`,
      '',
      '| File | Lines | Branches |',
      '|---|---|---|',
      ...rows,
      '',
      '## Lines that no test reaches',
      '',
      '| File | Line | Why |',
      '|---|---|---|',
      ...reasons,
      '',
    ].join('\n'),
  );
}

/** What is wrong, in words. */
function faultsOf(files: readonly FileReport[], explanations: readonly Explanation[]): string[] {
  const faults: string[] = [];
  const lines = share(files.map((file) => file.lines));
  const branches = share(files.map((file) => file.branches));
  if (lines < FLOOR.lines) faults.push(`lines: ${percent(lines)}, at least ${FLOOR.lines} %`);
  if (branches < FLOOR.branches)
    faults.push(`branches: ${percent(branches)}, at least ${FLOOR.branches} %`);
  for (const { name, missed } of files) {
    for (const text of textsOf(name, missed)) {
      const known = explanations.some(({ file, line }) => file === name && line === text);
      if (!known) faults.push(`${name}: not reached and not explained: ${text}`);
    }
  }
  return faults;
}

process.env['CC'] = 'clang-19';
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const missing = ['clang-19', 'llvm-cov-19', 'llvm-profdata-19'].filter(
  (name) => findProgram(name) === null,
);
const programs = missing.length === 0 ? await build() : null;
let faults = [
  ...missing.map((name) => `${name} is missing (Debian: apt-get install clang-19 llvm-19)`),
];
if (programs !== null) {
  const broken = await runJobs(jobsOf(programs));
  const files = await report(programs);
  const explanations = existsSync(explained)
    ? (JSON.parse(readFileSync(explained, 'utf8')) as Explanation[])
    : [];
  faults = [...faultsOf(files, explanations), ...(broken > 0 ? [`${broken} tests failed`] : [])];
  writePage(files, explanations);
  console.log(
    `lines ${percent(share(files.map((f) => f.lines)))}, branches ${percent(share(files.map((f) => f.branches)))}`,
  );
}
for (const fault of faults) console.log(`FAILED ${fault}`);
console.log(faults.length === 0 ? '1 passed, 0 failed' : `0 passed, ${faults.length} failed`);
process.exitCode = faults.length === 0 && programs !== null ? 0 : 1;
