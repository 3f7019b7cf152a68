/**
 * `npm run bench [-- name...]`: runs scripts/bench/*.ts one after the other and prints one table. Figures, not tests: a
 * missed budget is marked and the code stays 0; a benchmark that can't run makes it 1.
 */
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Row } from './bench/row.ts';
import { root } from './process.ts';

interface Benchmark {
  readonly run: () => Promise<readonly Row[]>;
}

const folder = path.join(root, 'scripts', 'bench');

/** A benchmark is a file that exports `run`; other files are theirs to share. Programs that they start are in children/. */
async function loadBenchmarks(names: readonly string[]): Promise<[string, Benchmark][]> {
  const found: [string, Benchmark][] = [];
  for (const file of readdirSync(folder).toSorted()) {
    const name = path.basename(file, '.ts');
    if (!file.endsWith('.ts') || (names.length > 0 && !names.includes(name))) continue;
    const loaded = (await import(path.join(folder, file))) as Partial<Benchmark>;
    if (loaded.run !== undefined) found.push([name, { run: loaded.run }]);
  }
  return found;
}

function machine(): string {
  const cpus = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  const model = cpus[0]?.model.trim() ?? 'unknown processor';
  return `${model}, ${cpus.length} processors, ${memory} GB, ${os.type()} ${os.release()}, Node ${process.version}`;
}

function printTable(rows: readonly Row[]): void {
  const cells = [
    ['', 'What', 'Budget', 'Measured'],
    ...rows.map(({ ok, what, budget, measured }) => [ok ? 'ok' : 'MISSED', what, budget, measured]),
  ];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of cells) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

async function main(): Promise<number> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const benchmarks = await loadBenchmarks(positionals);
  if (benchmarks.length === 0) {
    process.stderr.write(
      `bench: there is no benchmark ${positionals.join(', ')} in scripts/bench\n`,
    );
    return 2;
  }
  const rows: Row[] = [];
  let broken = 0;
  for (const [name, benchmark] of benchmarks) {
    process.stderr.write(`${name} ...\n`);
    try {
      rows.push(...(await benchmark.run()));
    } catch (error) {
      broken++;
      process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  console.log(machine());
  printTable(rows);
  return broken > 0 ? 1 : 0;
}

process.exitCode = await main();
