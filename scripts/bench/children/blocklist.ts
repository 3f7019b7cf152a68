/**
 * A process of its own for the memory and the speed of a list of a million names. `write FILE` makes the list; `measure FILE`
 * takes it into force and prints what that costs, as JSON.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { CompiledList } from '../../../src-main/engine/blocklists/compile.ts';
import { matchName } from '../../../src-main/engine/blocklists/match.ts';
import { compileInWorker } from '../../../src-main/platform/list-compiler.ts';

const NAMES = 1_000_000;
const ROUNDS = 100_000;
/** V8 keeps the pages of a thread that has ended for about eight seconds. */
const POOL_MS = 15_000;
const tlds = ['com', 'net', 'org', 'co.uk', 'de'];

/** The `index`th name: 20 to 35 characters, as in the usual lists. */
function nameOf(index: number): string {
  const host = `${index % 3 === 0 ? 'ads' : 'tracker'}${(index * 7919) % 1_000_003}`;
  return `${host}.example-server${index % 5000}.${tlds[index % 5]}`;
}

function writeList(file: string): void {
  const handle = openSync(file, 'w');
  for (let index = 0; index < NAMES; index += 1000) {
    const some = Array.from({ length: 1000 }, (_, more) => `0.0.0.0 ${nameOf(index + more)}\n`);
    writeSync(handle, some.join(''));
  }
  closeSync(handle);
}

/** Collects what is garbage by now, so that it is not measured. */
function settledRss(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

async function measureList(file: string) {
  const before = settledRss();
  const started = performance.now();
  const compiled = await compileInWorker(readFileSync(file));
  const compileMs = performance.now() - started;
  if (!compiled.ok) throw new Error(compiled.refusal);
  const peakRss = process.memoryUsage.rss() - before;
  await new Promise((resolve) => setTimeout(resolve, POOL_MS));
  const rss = settledRss() - before;
  const listed = Array.from({ length: ROUNDS }, () => `www.${pick()}`);
  const others = Array.from({ length: ROUNDS }, () => `x${pick()}`);
  measure(compiled.list, listed, ROUNDS);
  const hitUs = measure(compiled.list, listed, ROUNDS);
  const missUs = measure(compiled.list, others, 0);
  return { rss, peakRss, compileMs, hitUs, missUs };
}

/** Processor time per match in microseconds: waiting for a busy processor does not count. */
function measure(list: CompiledList, asked: readonly string[], hits: number): number {
  const start = process.cpuUsage();
  const found = asked.filter((name) => matchName(list, name));
  const { user, system } = process.cpuUsage(start);
  if (found.length !== hits) throw new Error(`${found.length} of ${asked.length} matched`);
  return (user + system) / asked.length;
}

function pick(): string {
  return nameOf(Math.floor(Math.random() * NAMES));
}

const [, , task, file = ''] = process.argv;
if (task === 'write') writeList(file);
else process.stdout.write(JSON.stringify(await measureList(file)));
