/**
 * `npm run check [-- part...]`: everything that can be said about the sources without running the product. Each part
 * prints one line, its output only when it failed; the last line counts them.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { checkC } from './check/c-source.ts';
import { checkLayers } from './check/layers.ts';
import { type Lockfile, checkLockfile } from './check/lockfile.ts';
import { type Finding, type Source, readSources } from './check/sources.ts';
import {
  type Finished,
  findProgram,
  node,
  packageProgram,
  root,
  run,
  scriptArgs,
} from './process.ts';

type Outcome = 'passed' | 'failed' | 'skipped';
interface PartResult {
  readonly outcome: Outcome;
  readonly details: string;
}

const projects = ['contract', 'main', 'preload', 'renderer', 'test'];
const passed: PartResult = { outcome: 'passed', details: '' };

const parts: Record<string, () => Promise<PartResult>> = {
  types: checkTypes,
  lint: async () => fromRun(await lint()),
  format: async () => fromRun(await prettier('--check')),
  'c-format': checkCFormat,
  c: async () => fromFindings(checkC(readSources(root))),
  layers: async () => fromFindings([...checkLayers(sources()), ...checkNames(sources())]),
  generated: checkGenerated,
  lockfile: async () => fromFindings(checkLockfile(readLockfile())),
};

function readLockfile(): Lockfile {
  return JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as Lockfile;
}

function sources(): Source[] {
  return readSources(root);
}

/** One compiler run per process: a DOM type in main or a Node type in a page does not compile. */
async function checkTypes(): Promise<PartResult> {
  const compiler = packageProgram('typescript/bin/tsc');
  const results = [];
  for (const project of projects) {
    results.push(await run(node, [compiler, '-p', `tsconfig.${project}.json`]));
  }
  const details = results.map((result) => result.output).join('');
  return results.some((result) => result.code !== 0) ? { outcome: 'failed', details } : passed;
}

function lint(): Promise<Finished> {
  const linter = packageProgram('oxlint/bin/oxlint');
  return run(node, [linter, '--type-aware', '--deny-warnings', '--quiet', '.']);
}

function prettier(mode: '--check' | '--write'): Promise<Finished> {
  const formatter = packageProgram('prettier/bin/prettier.cjs');
  return run(node, [formatter, mode, '--log-level=warn', '.']);
}

/** clang-format 19; other versions break lines differently, so only that one counts. */
async function checkCFormat(): Promise<PartResult> {
  const program = findProgram('clang-format-19');
  if (program === null) {
    const details = 'clang-format-19 is not installed (Debian: apt-get install clang-format-19)\n';
    return { outcome: process.env['CI'] === 'true' ? 'failed' : 'skipped', details };
  }
  const files = cFiles();
  if (files.length === 0) return passed;
  const result = await run(program, ['--dry-run', '-Werror', ...files]);
  const wrong = new Set([...result.output.matchAll(/^([^:\s]+):\d+/gm)].map((match) => match[1]));
  const details = `${[...wrong].join('\n')}\nrun "npm run format"\n`;
  return result.code === 0 ? passed : { outcome: 'failed', details };
}

/** Not the generated ones, nor the wire, whose own small grammar wants one declaration per line. */
function cFiles(): string[] {
  return sources()
    .map((source) => source.file)
    .filter((file) => /\.[ch]$/.test(file) && !file.startsWith('driver/protocol/'));
}

async function checkGenerated(): Promise<PartResult> {
  const generator = 'driver/protocol/generate.ts';
  if (!existsSync(path.join(root, generator)))
    return { outcome: 'failed', details: `${generator} is missing\n` };
  const generated = await run(node, scriptArgs(generator, ['--check']));
  if (generated.code !== 0) return fromRun(generated);
  return fromRun(await run(node, scriptArgs('scripts/icons.ts', ['--check'])));
}

function checkNames(all: readonly Source[]): Finding[] {
  return all
    .filter((source) => /(^|\/)(utils?|helpers?|misc)\.[a-z]+$/.test(source.file))
    .map(({ file }) => ({
      rule: 'whole-names',
      file,
      line: 1,
      message: 'name the file by what it does',
    }));
}

function fromRun(result: Finished): PartResult {
  return result.code === 0 ? passed : { outcome: 'failed', details: result.output };
}

function fromFindings(findings: readonly Finding[]): PartResult {
  if (findings.length === 0) return passed;
  const lines = findings.map((one) => `${one.file}:${one.line}: ${one.rule}: ${one.message}\n`);
  return { outcome: 'failed', details: lines.join('') };
}

const maxDetailLines = 80;

/** Long findings are cut: the first ones are enough to start with. */
function shortened(details: string): string {
  const lines = details.split('\n');
  if (lines.length <= maxDetailLines) return details;
  const more = lines.length - maxDetailLines;
  return `${lines.slice(0, maxDetailLines).join('\n')}\n... and ${more} more lines\n`;
}

/** Rewrites what a formatter can: `npm run format`. */
export async function format(): Promise<number> {
  const program = findProgram('clang-format-19');
  const results = [await prettier('--write')];
  if (program !== null) results.push(await run(program, ['-i', ...cFiles()]));
  for (const result of results) process.stdout.write(result.output);
  return results.some((result) => result.code !== 0) ? 1 : 0;
}

async function main(): Promise<number> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const unknown = positionals.find((name) => !(name in parts));
  if (unknown !== undefined) {
    process.stderr.write(
      `check: no part "${unknown}"; there are ${Object.keys(parts).join(', ')}\n`,
    );
    return 2;
  }
  const chosen = Object.entries(parts).filter(
    ([name]) => positionals.length === 0 || positionals.includes(name),
  );
  const counts: Record<Outcome, number> = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, part] of chosen) {
    const started = performance.now();
    const { outcome, details } = await part();
    counts[outcome]++;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stdout.write(
      `${name.padEnd(10)} ${outcome.padEnd(8)} ${seconds} s\n${shortened(details)}`,
    );
  }
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
  return counts.failed > 0 ? 1 : 0;
}

if (import.meta.main) process.exitCode = await main();
