/**
 * Fuzzes the driver's requests with libFuzzer under AddressSanitizer and UndefinedBehaviorSanitizer. Without an argument:
 * the kept corpus and a short run; with a number: so many seconds, and what is new goes into the corpus
 * (`npm run fuzz -- 600`). A crash is left in build/fuzz; its file is the argument that repeats it.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { buildNative, type NativeProgram } from './native.ts';
import { root, run } from './process.ts';

const SHORT_RUNS = 20_000;
const folder = path.join(root, 'build/fuzz');
const corpus = path.join(root, 'test/driver/fuzz/corpus');

const program: NativeProgram = {
  name: 'driver-fuzz',
  sources: [
    'driver/core',
    'test/driver/fuzz/ioctl.c',
    'test/driver/unit/fixture.c',
    'test/driver/unit/port_test.c',
  ],
  flags: ['-fsanitize=fuzzer'],
};

// libFuzzer is clang's.
process.env['CC'] = 'clang-19';
const seconds = Number(process.argv[2] ?? 0);
const found = path.join(folder, 'found');
mkdirSync(found, { recursive: true });
const built = await buildNative(program, 'asan', console.log);
let failed = built.ok ? 0 : 1;
if (built.ok) {
  const limit = seconds > 0 ? [`-max_total_time=${seconds}`] : [`-runs=${SHORT_RUNS}`, '-seed=1'];
  const args = [...limit, '-max_len=8192', '-timeout=10', `-artifact_prefix=${folder}/`];
  // The first folder takes what is new.
  const folders = seconds > 0 ? [corpus, found] : [found, corpus];
  const timeoutMs = (seconds + 300) * 1000;
  const result = await run(built.program, [...args, ...folders], { timeoutMs });
  console.log(result.output.trimEnd().split('\n').slice(-40).join('\n'));
  console.log(`${readdirSync(corpus).length} inputs are kept`);
  failed = result.code === 0 ? 0 : 1;
} else {
  console.log(built.line);
}
console.log(`${1 - failed} passed, ${failed} failed`);
process.exitCode = failed;
