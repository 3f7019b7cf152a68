/** The suites of `npm test`. A suite that has lost its tests fails: nothing here passes by being absent. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { electronSuite } from './electron-suite.ts';
import { node, packageProgram, root, run, scriptArgs } from '../process.ts';
import type { ToolName } from './tools.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface SuiteResult extends Counts {
  readonly output: string;
  /** Why nothing of it ran. */
  readonly leftOut?: string;
}

export interface Suite {
  readonly name: string;
  readonly tools: readonly ToolName[];
  /** Measures times or needs both processors: nothing else runs meanwhile. */
  readonly alone?: boolean;
  /** Runs only when it is named. */
  readonly onlyNamed?: boolean;
  readonly run: (name: string) => Promise<SuiteResult>;
}

export const results = path.join(root, 'test-results');
const timeoutMs = 30 * 60_000;
const cTools: readonly ToolName[] = ['cc', 'clang', 'sanitizers', 'linux'];

/** What is about the two windows; the rest of test/e2e is about `npm start`. */
const onElectron = ['hold', 'many', 'loss', 'self-test'].map((name) => `test/e2e/${name}.test.ts`);

export const suites: readonly Suite[] = [
  { name: 'check', tools: ['clang-format'], run: script('scripts/check.ts') },
  { name: 'check-rules', tools: [], run: vitest('test/check') },
  { name: 'main', tools: ['cc', 'linux'], run: vitest('test/main') },
  { name: 'shell', tools: [], run: vitest('test/shell') },
  { name: 'driver-unit', tools: cTools, run: script('test/driver/unit/run.ts') },
  { name: 'driver-table', tools: cTools, run: script('test/driver/table/run.ts') },
  { name: 'driver-emulator', tools: cTools, run: script('test/driver/emulator/run.ts') },
  { name: 'driver-scenarios', tools: cTools, run: script('test/driver/run-scenarios.ts') },
  { name: 'driver-schedules', tools: cTools, run: script('test/driver/schedules/run.ts') },
  {
    name: 'mutants',
    tools: cTools,
    // Minutes of both processors; docs/conformance.md is kept up to date with it.
    onlyNamed: true,
    run: script('scripts/test-mutants.ts'),
  },
  { name: 'driver-device', tools: cTools, run: script('test/device/run.ts') },
  { name: 'driver-hostile', tools: cTools, run: script('test/hostile/run.ts') },
  { name: 'driver-fuzz', tools: cTools, run: script('scripts/fuzz.ts') },
  {
    name: 'driver-build',
    tools: ['mingw', 'clang', 'lld'],
    run: program('scripts/build-driver.ts'),
  },
  {
    name: 'driver-image',
    tools: ['mingw', 'clang', 'lld'],
    run: script('test/driver/image/run.ts'),
  },
  {
    name: 'driver-package',
    tools: ['mingw', 'clang', 'lld', 'osslsigncode'],
    run: script('test/driver/package/run.ts'),
  },
  {
    name: 'wine',
    tools: ['mingw', 'clang', 'lld', 'wine', 'linux'],
    alone: true,
    run: script('test/wine/run.ts'),
  },
  {
    name: 'installer',
    tools: ['mingw', 'clang', 'lld', 'mono', 'wixl', 'msitools', 'linux'],
    // It builds main and pages where other suites do.
    alone: true,
    run: vitest('test/installer'),
  },
  {
    name: 'installer-wine',
    tools: ['mingw', 'clang', 'lld', 'wixl', 'msitools', 'wine', 'linux'],
    alone: true,
    run: script('test/installer/wine.ts'),
  },
  { name: 'windows-kit', tools: ['cc', 'linux'], run: vitest('test/windows') },
  { name: 'exec', tools: ['cc', 'linux', 'curl'], run: vitest('test/exec') },
  { name: 'renderer', tools: ['browser'], run: vitest('test/renderer') },
  {
    name: 'e2e',
    tools: ['cc', 'linux', 'curl', 'browser'],
    alone: true,
    run: vitest('test/e2e'),
  },
  {
    name: 'electron',
    tools: ['cc', 'linux', 'curl'],
    alone: true,
    // Electron's program is not on every machine: `npm run test:electron`.
    onlyNamed: true,
    run: electronSuite((name, env) => runVitest(name, onElectron, env)),
  },
];

/** A script that counts its own tests: its last line is "N passed, N failed" with ", N skipped" if any. */
function script(file: string): Suite['run'] {
  return async (name) => {
    const { code, output } = await run(node, scriptArgs(file), { log: logOf(name), timeoutMs });
    const counts = readCounts(output);
    if (counts === null || (code !== 0 && counts.failed === 0)) {
      return { passed: counts?.passed ?? 0, failed: 1, skipped: counts?.skipped ?? 0, output };
    }
    return { ...counts, output };
  };
}

/** A script that is one test: it works or it doesn't. */
function program(file: string): Suite['run'] {
  return async (name) => {
    const { code, output } = await run(node, scriptArgs(file), { log: logOf(name), timeoutMs });
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, output };
  };
}

function vitest(folder: string): Suite['run'] {
  return (name) => runVitest(name, [folder]);
}

async function runVitest(
  name: string,
  files: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<SuiteResult> {
  const report = path.join(results, `${name}.json`);
  rmSync(report, { force: true });
  const entry = packageProgram('vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const args = [entry, 'run', ...files, ...reporters, '--no-color'];
  const { code, output } = await run(node, args, { log: logOf(name), timeoutMs, env });
  const counts = readReport(report);
  // Vitest's own failures (no tests, an error outside of any) have a code but no failed test.
  return { ...counts, failed: code !== 0 ? Math.max(1, counts.failed) : counts.failed, output };
}

function readReport(file: string): Counts {
  if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0 };
  const report = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
  return {
    passed: report['numPassedTests'] ?? 0,
    failed: report['numFailedTests'] ?? 0,
    skipped: (report['numPendingTests'] ?? 0) + (report['numTodoTests'] ?? 0),
  };
}

/** The counts of the last line of a script's output, or null when it has none. */
export function readCounts(output: string): Counts | null {
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  const match = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(last.trim());
  if (match === null) return null;
  const [, passed, failed, skipped] = match;
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped ?? 0) };
}

export function logOf(name: string): string {
  mkdirSync(results, { recursive: true });
  return path.join(results, `${name}.log`);
}
