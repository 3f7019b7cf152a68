/**
 * The package in Wine, with the very driver that it ships: installed, made to fail after each of its actions, upgraded under a
 * connection on hold, reset, repaired, removed; and what is left of it afterwards. Two lanes run beside each other, each in a
 * process and a Windows of its own: `wine.ts LANE`. The last line counts.
 */
import { node, run, scriptArgs } from '../../scripts/process.ts';
import { readCounts } from '../../scripts/test/suites.ts';
import { failingCases } from './failing-cases.ts';
import { lifeCases } from './life-cases.ts';
import { copyMachine, wine } from './machine.ts';
import { openSession } from './remote-session.ts';
import { type Case, begin, endMachine } from './steps.ts';
import { buildPackages, makeFirstMachine } from './versions.ts';

const lanes: Readonly<Record<string, readonly Case[]>> = { failing: failingCases, life: lifeCases };
const LANE_MS = 30 * 60_000;
const setUpName = 'set-up';

let passed = 0;
let failed = 0;
let running = setUpName;

async function timed(name: string, work: () => Promise<string | void | undefined>): Promise<void> {
  running = name;
  const started = performance.now();
  const note = await work();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`passed  ${name} (${seconds} s)${typeof note === 'string' ? `: ${note}` : ''}`);
}

/** Cases build on each other: after a failure the rest would say nothing. */
async function runLane(cases: readonly Case[]): Promise<void> {
  await timed('the start of Windows', begin);
  for (const [name, work] of cases) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await timed(name, work);
    passed += 1;
  }
}

async function runLanes(): Promise<void> {
  await timed('packages', buildPackages);
  await timed('a first Windows', makeFirstMachine);
  const names = Object.keys(lanes);
  for (const name of names) copyMachine(name);
  const endSession = await openSession();
  await Promise.all(names.map(runProcess));
  endSession();
}

/** Its output comes when it has ended, so that lines of two lanes don't mix. */
async function runProcess(name: string): Promise<void> {
  const { output } = await run(node, scriptArgs('test/installer/wine.ts', [name]), {
    timeoutMs: LANE_MS,
  });
  console.log(`lane ${name}:\n${output.trimEnd()}`);
  const counts = readCounts(output);
  passed += counts?.passed ?? 0;
  failed += counts === null ? 1 : counts.failed;
}

const lane = process.argv[2];
try {
  await (lane === undefined ? runLanes() : runLane(lanes[lane] ?? []));
} catch (error) {
  failed += 1;
  console.log(
    `FAILED  ${running}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
  );
} finally {
  await (lane === undefined ? wine.stop() : endMachine());
}
if (passed === 0) failed += 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
