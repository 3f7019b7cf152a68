/**
 * The driver's check of rule tables against damaged ones: the kept corpus, and mutations of it from a fixed seed, under
 * sanitizers. The last line is `N passed, N failed`.
 *
 * `node test/driver/table/run.ts fuzz [SECONDS]` runs libFuzzer (Debian: clang-19) from the corpus on instead. What breaks
 * the check is kept in the corpus, what only reaches further in build/table-corpus.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { buildNative } from '../../../scripts/native.ts';
import { findProgram, root, run } from '../../../scripts/process.ts';

const here = import.meta.dirname;
const corpus = path.join(here, 'corpus');
const sources = [
  'driver/core/table_check.c',
  'driver/core/table_find.c',
  'test/driver/table/fuzz.c',
];
const mutations = 20_000;

async function replay(): Promise<boolean> {
  const flags = ['-DREPLAY', '-Werror'];
  const built = await buildNative(
    { name: 'driver-table-fuzz', sources, flags },
    'asan',
    console.log,
  );
  if (!built.ok) {
    console.log(built.line);
    return false;
  }
  const tables = readdirSync(corpus).map((name) => path.join(corpus, name));
  const options = { timeoutMs: 300_000 };
  const { code, output } = await run(built.program, [String(mutations), ...tables], options);
  const taken = Number(/^(\d+) tables were taken/m.exec(output)?.[1] ?? 0);
  console.log(output.trimEnd());
  // Some mutations must get through, or the look-ups behind the check are not tried.
  return code === 0 && tables.length > 0 && taken > 1000;
}

async function fuzz(seconds: string): Promise<boolean> {
  const clang = findProgram('clang-19');
  if (clang === null || !existsSync(corpus)) throw new Error('clang-19 and the corpus are needed');
  const target = path.join(root, 'build', 'table-fuzz');
  const includes = ['driver/protocol', 'driver/core'].flatMap((folder) => ['-I', folder]);
  const flags = ['-std=gnu17', '-g', '-O1', '-fsanitize=fuzzer,address,undefined'];
  const compiled = await run(clang, [...flags, ...includes, ...sources, '-o', target], {
    cwd: root,
  });
  console.log(compiled.output);
  const found = path.join(root, 'build', 'table-corpus');
  mkdirSync(found, { recursive: true });
  const limits = [
    `-artifact_prefix=${corpus}/`,
    `-max_total_time=${seconds}`,
    '-max_len=65536',
    '-print_final_stats=1',
  ];
  const done = await run(target, [...limits, found, corpus], { cwd: root, timeoutMs: 3_600_000 });
  console.log(done.output.split('\n').slice(-20).join('\n'));
  return done.code === 0;
}

const [mode, seconds = '60'] = process.argv.slice(2);
const ok = mode === 'fuzz' ? await fuzz(seconds) : await replay();
console.log(ok ? '1 passed, 0 failed' : '0 passed, 1 failed');
process.exitCode = ok ? 0 : 1;
