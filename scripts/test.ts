/**
 * `npm test [-- suite...]`: installs what the suites need where that is possible, runs them two at a time and prints a line
 * when each begins and when it ends. The last line is "N passed, N failed" over all tests, with ", N skipped" if any.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Variant, buildLab } from './native.ts';
import { endRunning, root } from './process.ts';
import { ensurePages } from './start/pages.ts';
import { type Counts, type Suite, type SuiteResult, logOf, suites } from './test/suites.ts';
import { type ToolName, canInstall, installTools, missingTools, tools } from './test/tools.ts';

const atOnce = 2;
const tailLines = 60;
const mustHaveAll = process.env['CI'] === 'true';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Suites by name; "driver" means every suite whose name starts with "driver-". */
function chooseSuites(names: readonly string[]): Suite[] | string {
  const matches = (suite: Suite, name: string): boolean =>
    suite.name === name || suite.name.startsWith(`${name}-`);
  const unknown = names.find((name) => !suites.some((suite) => matches(suite, name)));
  if (unknown !== undefined) {
    return `there is no suite "${unknown}"; there are ${suites.map(({ name }) => name).join(', ')}`;
  }
  if (names.length === 0) return suites.filter((suite) => suite.onlyNamed !== true);
  return suites.filter((suite) => names.some((name) => matches(suite, name)));
}

/** What is missing after everything that can be installed has been. */
async function prepareTools(chosen: readonly Suite[]): Promise<ToolName[]> {
  const missing = missingTools(chosen.flatMap((suite) => suite.tools));
  if (missing.length === 0 || !canInstall()) return missing;
  say(`Installing with apt-get: ${packagesOf(missing)} ...`);
  const problem = await installTools(missing);
  if (problem !== null) say(problem);
  return missingTools(missing);
}

function packagesOf(names: readonly ToolName[]): string {
  return names.map((name) => tools[name].debian ?? name).join(' ');
}

/** One line, before anything runs: what is not here, how to get it, and what that costs. */
function tellMissing(chosen: readonly Suite[], missing: readonly ToolName[]): void {
  if (missing.length === 0) return;
  const known = missing.filter((name) => tools[name].debian !== null);
  const how = known.length > 0 ? ` (Debian: apt-get install ${packagesOf(known)})` : '';
  const cost = mustHaveAll ? 'With CI=true that fails' : 'Left out therefore';
  const names = chosen.filter((suite) => lacks(suite, missing)).map((suite) => suite.name);
  say(`Missing: ${missing.join(', ')}${how}. ${cost}: ${names.join(', ')}.`);
}

function lacks(suite: Suite, missing: readonly ToolName[]): boolean {
  return suite.tools.some((tool) => missing.includes(tool));
}

/** The lab and the pages once, before several of the suites that run would build them at the same time. */
async function prepareBuilds(running: readonly Suite[]): Promise<void> {
  const variants: Partial<Record<ToolName, Variant>> = { cc: 'default', sanitizers: 'asan' };
  for (const [tool, variant] of Object.entries(variants)) {
    if (!running.some((suite) => suite.tools.includes(tool as ToolName))) continue;
    const lab = await buildLab(say, variant);
    if (!lab.ok) say(lab.line);
  }
  if (running.length === 0) return;
  const problem = await ensurePages(say);
  if (problem !== null) say(problem);
}

async function runSuite(suite: Suite, missing: readonly ToolName[]): Promise<Counts> {
  const lacking = suite.tools.filter((tool) => missing.includes(tool));
  if (lacking.length > 0) return leftOut(suite, `needs ${packagesOf(lacking)}`);
  say(`${suite.name.padEnd(18)} ...`);
  const started = performance.now();
  const result = await suite.run(suite.name).catch(crashed);
  if (result.leftOut !== undefined) return leftOut(suite, result.leftOut);
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6);
  const outcome = result.failed > 0 ? 'FAILED' : 'passed';
  say(`${suite.name.padEnd(18)} ${outcome} ${seconds} s  ${describe(result)}`);
  if (result.failed > 0) sayTail(suite, result);
  return result;
}

function crashed(error: unknown): SuiteResult {
  return { passed: 0, failed: 1, skipped: 0, output: String(error) };
}

function leftOut(suite: Suite, what: string): Counts {
  say(`${suite.name.padEnd(18)} ${mustHaveAll ? 'FAILED' : 'left out'}: ${what}`);
  return mustHaveAll ? { passed: 0, failed: 1, skipped: 0 } : { passed: 0, failed: 0, skipped: 1 };
}

function sayTail(suite: Suite, result: SuiteResult): void {
  const lines = result.output.trimEnd().split('\n').slice(-tailLines);
  say(lines.map((line) => `  | ${line}`).join('\n'));
  say(`  whole log: ${path.relative(root, logOf(suite.name))}`);
}

function describe({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

function add(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

const none: Counts = { passed: 0, failed: 0, skipped: 0 };

/** Those that share the machine, two at a time; then the others one by one. */
async function runAll(chosen: readonly Suite[], missing: readonly ToolName[]): Promise<Counts> {
  const queue = chosen.filter((suite) => suite.alone !== true);
  const worker = async (): Promise<Counts> => {
    let counts = none;
    for (let suite = queue.shift(); suite !== undefined; suite = queue.shift()) {
      counts = add(counts, await runSuite(suite, missing));
    }
    return counts;
  };
  const shared = await Promise.all(Array.from({ length: atOnce }, worker));
  let counts = shared.reduce(add, none);
  for (const suite of chosen.filter((one) => one.alone === true)) {
    counts = add(counts, await runSuite(suite, missing));
  }
  return counts;
}

async function main(): Promise<number> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const chosen = chooseSuites(positionals);
  if (typeof chosen === 'string') {
    process.stderr.write(`test: ${chosen}\n`);
    return 2;
  }
  const missing = await prepareTools(chosen);
  tellMissing(chosen, missing);
  await prepareBuilds(chosen.filter((suite) => !lacks(suite, missing)));
  const counts = await runAll(chosen, missing);
  say(describe(counts));
  return counts.failed > 0 ? 1 : 0;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    endRunning();
    process.exit(130);
  });
}
// Half of a short process is its start: every Node that a suite starts finds its programs compiled.
process.env['NODE_COMPILE_CACHE'] ??= path.join(root, 'build/compiled');
process.exitCode = await main();
