/**
 * The driver's core alone: a whole decision, in time and, where valgrind is installed, in instructions and cache lines from
 * beyond the first level, which other load on the machine doesn't change. The cases are those of core/main.c; the lock is a pthread mutex, without a rival.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { compile } from '../../src-main/engine/policy/compile/compile.ts';
import type { PlainPolicy } from '../../src-main/engine/policy/compile/plain.ts';
import { buildLab, buildNative } from '../native.ts';
import type { NativeProgram } from '../native.ts';
import { findProgram, root } from '../process.ts';
import { percentile } from './row.ts';
import type { Row } from './row.ts';
import { blockListPolicy, subjectsPolicy } from './tables.ts';

const DECISIONS = 2_000_000;
const RUNS = 9;
const COUNTED = 20_000;

const bench: NativeProgram = {
  name: 'bench-core',
  sources: ['driver/core', 'test/driver/unit/port_test.c', 'scripts/bench/core'],
  flags: ['-I', 'test/driver/unit'],
};

interface Case {
  /** As core/main.c knows it. */
  readonly name: string;
  readonly what: string;
  /** Null: the design names none. */
  readonly budgetNs: number | null;
  readonly policy?: PlainPolicy;
}

const cases: readonly Case[] = [
  { name: 'loopback', what: 'decision in the core: loopback policy', budgetNs: 100 },
  { name: 'flow-of-1', what: 'reauthorization in the core: a known flow', budgetNs: null },
  { name: 'flow-of-60000', what: 'the same: 60 000 known flows in turn', budgetNs: null },
];

/** Each decides for 1 000 known processes and 60 000 addresses in turn. */
const thousand: Case = {
  name: 'rules',
  what: 'decision by rules: 1 000 subjects with 2 rules',
  budgetNs: 100,
  policy: subjectsPolicy(1, 1000, 2),
};

export async function run(): Promise<readonly Row[]> {
  const built = await buildNative(bench, 'default', () => undefined);
  if (!built.ok) throw new Error(built.line);
  const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-bench-'));
  try {
    const own = cases.map((one) => rowOf(built.program, one));
    return [...own, ...ruleRows(built.program, folder), await packetsRow()];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function ruleRows(program: string, folder: string): Row[] {
  const base = tableOf(folder, thousand);
  const first = measure(program, thousand.name, [base]);
  const many = {
    ...thousand,
    what: 'the same: 100 000 subjects',
    budgetNs: first.ns * 1.5,
    policy: subjectsPolicy(1, 100_000, 2),
  };
  const deep = {
    ...thousand,
    what: 'the same: 1 000 rules on each of 10 subjects',
    budgetNs: 150,
    policy: subjectsPolicy(1, 10, 1000),
  };
  const list = {
    ...thousand,
    what: 'the same: a block list of 1 048 576 ranges',
    budgetNs: 200,
    policy: blockListPolicy(1),
  };
  const others = [many, deep, list].map((one) => rowOf(program, one, tableOf(folder, one)));
  const sizes = SIZES.flatMap((count) => sizeRows(program, folder, count));
  return [rowFor(thousand, first), ...others, twoProcessors(program, base), ...sizes];
}

const SIZES = [10, 100, 1000, 10_000, 100_000];

/** So many subjects with one rule, and so many rules on one subject: alone, and against two processors at once. */
function sizeRows(program: string, folder: string, count: number): Row[] {
  const shapes = [
    { what: `${count} subjects with 1 rule`, policy: subjectsPolicy(1, count, 1) },
    { what: `${count} rules on 1 subject`, policy: subjectsPolicy(1, 1, count) },
  ];
  return shapes.map(({ what, policy }) => {
    const one: Case = { name: 'rules', what: `decision: ${what}`, budgetNs: null, policy };
    if (compile(policy).left.length > 0) {
      // So many different places on one subject are too many for a table: then the kernel asks the engine.
      return { what: one.what, budget: '', measured: 'left to the engine', ok: true };
    }
    const table = tableOf(folder, one);
    const row = rowOf(program, one, table);
    return {
      ...row,
      measured: `${row.measured}; two at once ${ratioOf(program, one.name, table)} times`,
    };
  });
}

/** What the packets of an allowed flow cost: the lab counts the classifies of the driver's callouts. */
async function packetsRow(): Promise<Row> {
  const lab = await buildLab(() => undefined);
  if (!lab.ok) throw new Error(lab.line);
  const scenario = 'test/driver/scenarios/flow-packets-cost-nothing.json';
  const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-bench-'));
  const trace = path.join(folder, 'trace.json');
  execFileSync(lab.program, ['run', scenario, '--trace', trace], { cwd: root });
  const events = readFileSync(trace, 'utf8').split('\n');
  rmSync(folder, { recursive: true });
  const connects = events.filter((line) => line.includes('"do":"connect"')).length;
  const classifies = events.filter((line) => line.includes('"event":"classify"')).length;
  return {
    what: `${connects} packets of a flow that a rule allows: classifies of ours`,
    budget: 'its first packet: connect, established',
    measured: String(classifies),
    ok: connects > 50 && classifies <= 2,
  };
}

function tableOf(folder: string, { policy }: Case): string {
  const file = path.join(folder, 'table.bin');
  if (policy === undefined) throw new Error('no policy');
  const { bytes, left, asksAlways } = compile(policy);
  if (left.length > 0 || asksAlways) throw new Error('the table is too large');
  writeFileSync(file, bytes);
  return file;
}

function twoProcessors(program: string, table: string): Row {
  const machine = ratioOf(program, 'nothing', '-');
  const ratio = ratioOf(program, 'rules', table);
  return {
    what: 'two processors decide at once, against one',
    budget: 'at least 1.8 times, or 0.9 of what the machine gives',
    measured: `${ratio} times; ${machine} where nothing is shared`,
    ok: Number(ratio) >= Math.min(1.8, 0.9 * Number(machine)),
  };
}

/** How much more two processors decide than one. */
function ratioOf(program: string, name: string, table: string): string {
  const one = median(program, name, [table, '1']);
  return ((2 * one) / median(program, name, [table, '2'])).toFixed(2);
}

interface Measured {
  readonly ns: number;
  readonly work: Work | null;
}

/** Of one decision. */
interface Work {
  readonly instructions: number;
  /** Lines that the first level of the cache doesn't have, prefetched or not. */
  readonly lines: number;
}

function measure(program: string, name: string, more: readonly string[]): Measured {
  const ns = (median(program, name, more) / DECISIONS) * 1e9;
  return { ns, work: workOf(program, name, more) };
}

function rowOf(program: string, one: Case, table?: string): Row {
  return rowFor(one, measure(program, one.name, table === undefined ? [] : [table]));
}

function rowFor({ what, budgetNs }: Case, { ns, work }: Measured): Row {
  const counted =
    work === null
      ? 'no valgrind'
      : `${work.instructions.toFixed(0)} instructions, ${work.lines.toFixed(1)} lines`;
  return {
    what,
    budget: budgetNs === null ? '' : `${budgetNs.toFixed(0)} ns`,
    measured: `${ns.toFixed(0)} ns, ${counted}`,
    ok: budgetNs === null || ns <= budgetNs,
  };
}

/** Seconds. */
function median(program: string, name: string, more: readonly string[]): number {
  const args = [name, String(DECISIONS), ...more];
  const run = () => Number(execFileSync(program, args, { encoding: 'utf8' }));
  return percentile(Array.from({ length: RUNS }, run), 0.5);
}

/** What twice as many cost more. Null without valgrind. */
function workOf(program: string, name: string, more: readonly string[]): Work | null {
  if (findProgram('valgrind') === null) return null;
  const once = collected(program, [name, String(COUNTED), ...more]);
  const twice = collected(program, [name, String(2 * COUNTED), ...more]);
  return {
    instructions: (twice.instructions - once.instructions) / COUNTED,
    lines: (twice.lines - once.lines) / COUNTED,
  };
}

function collected(program: string, args: readonly string[]): Work {
  const options = ['--tool=cachegrind', '--cache-sim=yes', '--cachegrind-out-file=/dev/null'];
  const { stderr } = spawnSync('valgrind', [...options, program, ...args], { encoding: 'utf8' });
  const count = (name: string): number => {
    const found = new RegExp(`${name}: +([\\d,]+)`).exec(stderr)?.[1];
    if (found === undefined) throw new Error(`valgrind: ${stderr}`);
    return Number(found.replaceAll(',', ''));
  };
  return { instructions: count('I +refs'), lines: count('D1 +misses') };
}
