/**
 * The schedules (schedules.c): 100 000 seeds in virtual time under AddressSanitizer and UndefinedBehaviorSanitizer, half of
 * them on each processor; a proof that a seed replays exactly, alone as among others; then the same operations with real
 * threads under ThreadSanitizer, for 40 seconds. The last line is `N passed, N failed`.
 *
 * `node test/driver/schedules/run.ts [SEEDS [FIRST]]` runs so many seeds from FIRST on, and no real threads.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

import { buildNative } from '../../../scripts/native.ts';
import { root, run } from '../../../scripts/process.ts';
import { schedules } from './program.ts';

const WORKERS = 2;
const ALL_SEEDS = 100_000;
const LIVE_SECONDS = 40;
/** A run of these seeds and each of them alone have to leave the same trace. */
const REPLAYED = { first: 4000, count: 20, alone: [4000, 4007, 4013, 4019] };

interface Count {
  passed: number;
  failed: number;
}

async function runCounted(program: string, args: string[]): Promise<Count> {
  const result = await run(program, args, { timeoutMs: 14 * 60_000 });
  const summary = /^(\d+) passed, (\d+) failed$/m.exec(result.output);
  const passed = Number(summary?.[1] ?? 0);
  const failed = Number(summary?.[2] ?? 0);
  if (result.code !== 0) console.log(result.output.slice(0, 20_000));
  return { passed, failed: result.code !== 0 ? Math.max(1, failed) : failed };
}

async function runSeeds(program: string, first: number, count: number): Promise<Count> {
  const share = Math.ceil(count / WORKERS);
  const starts = Array.from({ length: WORKERS }, (_, i) => first + i * share);
  const counts = await Promise.all(
    starts.map((start) =>
      runCounted(program, [String(start), String(Math.min(share, first + count - start))]),
    ),
  );
  return sum(counts);
}

async function traceOf(
  program: string,
  folder: string,
  first: number,
  count: number,
): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await run(program, [String(first), String(count), folder], { timeoutMs: 60_000 });
}

async function replays(program: string): Promise<Count> {
  const among = path.join(root, 'build/schedules/among');
  const alone = path.join(root, 'build/schedules/alone');
  await traceOf(program, among, REPLAYED.first, REPLAYED.count);
  const counts: Count = { passed: 0, failed: 0 };
  for (const seed of REPLAYED.alone) {
    await traceOf(program, alone, seed, 1);
    const [left, right] = [among, alone].map((f) => readFileSync(path.join(f, `${seed}.json`)));
    const same = left !== undefined && right !== undefined && left.equals(right);
    if (!same || left.length === 0) console.log(`FAILED seed ${seed} does not replay exactly`);
    counts[same && left.length > 0 ? 'passed' : 'failed']++;
  }
  return counts;
}

async function live(): Promise<Count> {
  const built = await buildNative(schedules, 'tsan', console.log);
  if (built.ok) return runCounted(built.program, ['live', '1', String(LIVE_SECONDS)]);
  console.log(built.line);
  return { passed: 0, failed: 1 };
}

function sum(counts: readonly Count[]): Count {
  return {
    passed: counts.reduce((n, count) => n + count.passed, 0),
    failed: counts.reduce((n, count) => n + count.failed, 0),
  };
}

async function main(): Promise<Count> {
  const [seeds, first = '1'] = process.argv.slice(2);
  const built = await buildNative(schedules, 'asan', console.log);
  if (!built.ok) {
    console.log(built.line);
    return { passed: 0, failed: 1 };
  }
  const started = performance.now();
  const some = await runSeeds(built.program, Number(first), Number(seeds ?? ALL_SEEDS));
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`${some.passed + some.failed} seeds in ${seconds} s`);
  if (seeds !== undefined) return some;
  return sum([some, await replays(built.program), await live()]);
}

const { passed, failed } = await main();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
