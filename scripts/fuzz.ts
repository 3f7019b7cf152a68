/**
 * Fuzzes the driver with libFuzzer under AddressSanitizer and UndefinedBehaviorSanitizer: `ioctl`, the requests of a client on
 * the core alone, and `classify`, everything that WFP may call the driver with. Without an argument: the kept corpus of both and a
 * short run; with a number: so many seconds for each, and what is new goes into its corpus (`npm run fuzz -- 600`, or
 * `npm run fuzz -- 600 classify`). Prints what of the driver the corpus reaches. A crash is left in build/fuzz; its file is
 * the argument that repeats it.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { buildNative, type NativeProgram } from './native.ts';
import { root, run } from './process.ts';

const SHORT_RUNS = 5_000;
const folder = path.join(root, 'build/fuzz');

interface Fuzzer {
  readonly name: string;
  readonly sources: readonly string[];
  readonly longest: number;
}

const fuzzers: readonly Fuzzer[] = [
  {
    name: 'ioctl',
    sources: [
      'driver/core',
      'test/driver/fuzz/ioctl.c',
      'test/driver/unit/fixture.c',
      'test/driver/unit/port_test.c',
    ],
    longest: 8192,
  },
  {
    name: 'classify',
    sources: [
      'driver/core',
      'driver/windows',
      'driver/lab/emulator/wdm',
      'test/driver/fuzz/classify.c',
      'test/driver/fuzz/filter_engine.c',
    ],
    longest: 2048,
  },
];

/** libFuzzer's own last line about itself: edges (cov) and features (ft) that were reached. */
function reached(output: string): string {
  const lines = output.split('\n').filter((line) => / cov: \d+ ft: \d+/.test(line));
  return (
    / cov: (\d+) ft: (\d+)/
      .exec(lines.at(-1) ?? '')
      ?.slice(1)
      .join(' edges, ') ?? '? edges, ?'
  );
}

async function fuzz({ name, sources, longest }: Fuzzer, seconds: number): Promise<boolean> {
  const program: NativeProgram = {
    name: `driver-fuzz-${name}`,
    sources: [...sources],
    flags: ['-fsanitize=fuzzer'],
  };
  const built = await buildNative(program, 'asan', console.log);
  if (!built.ok) {
    console.log(built.line);
    return false;
  }
  const corpus = path.join(root, `test/driver/fuzz/corpus-${name}`);
  const found = path.join(folder, `found-${name}`);
  mkdirSync(found, { recursive: true });
  const limit = seconds > 0 ? [`-max_total_time=${seconds}`] : [`-runs=${SHORT_RUNS}`, '-seed=1'];
  const args = [...limit, `-max_len=${longest}`, '-timeout=25', `-artifact_prefix=${folder}/`];
  // The first folder takes what is new.
  const folders = seconds > 0 ? [corpus, found] : [found, corpus];
  const timeoutMs = (seconds + 600) * 1000;
  const result = await run(built.program, [...args, ...folders], { timeoutMs });
  if (result.code !== 0) console.log(result.output.trimEnd().split('\n').slice(-60).join('\n'));
  const kept = readdirSync(corpus).length;
  console.log(`${name}: ${reached(result.output)} features, ${kept} inputs are kept`);
  return result.code === 0 && kept > 0;
}

// libFuzzer is clang's.
process.env['CC'] = 'clang-19';
const [time = '0', only] = process.argv.slice(2);
const chosen = fuzzers.filter(({ name }) => only === undefined || name === only);
let failed = 0;
for (const fuzzer of chosen) failed += (await fuzz(fuzzer, Number(time))) ? 0 : 1;
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 && chosen.length > 0 ? 0 : 1;
