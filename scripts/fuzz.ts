/**
 * Fuzzes the driver with libFuzzer under AddressSanitizer and UndefinedBehaviorSanitizer: `ioctl`, the requests of a client on
 * the core alone, and `classify`, everything that WFP may call the driver with. Without an argument: the kept corpus of both and a
 * short run; with a number: so many seconds for each, and what is new goes into its corpus (`npm run fuzz -- 600`, or
 * `npm run fuzz -- 600 classify`). Prints what of the driver the corpus reaches. A crash is left in build/fuzz; its file is
 * the argument that repeats it.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { fuzzers } from '../test/driver/fuzz/program.ts';
import { buildNative } from './native.ts';
import { root, run } from './process.ts';

const SHORT_RUNS = 5_000;
const folder = path.join(root, 'build/fuzz');

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

async function fuzz(name: string, seconds: number): Promise<boolean> {
  const fuzzer = fuzzers[name];
  if (fuzzer === undefined) {
    console.log(`there is no fuzzer ${name}`);
    return false;
  }
  const built = await buildNative(fuzzer.program, 'asan', console.log);
  if (!built.ok) {
    console.log(built.line);
    return false;
  }
  const corpus = path.join(root, fuzzer.corpus);
  const found = path.join(folder, `found-${name}`);
  mkdirSync(found, { recursive: true });
  const limit = seconds > 0 ? [`-max_total_time=${seconds}`] : [`-runs=${SHORT_RUNS}`, '-seed=1'];
  const args = [
    ...limit,
    `-max_len=${fuzzer.longest}`,
    '-timeout=25',
    `-artifact_prefix=${folder}/`,
  ];
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
const chosen = only === undefined ? Object.keys(fuzzers) : [only];
let failed = 0;
for (const name of chosen) failed += (await fuzz(name, Number(time))) ? 0 : 1;
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
