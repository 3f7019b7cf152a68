/**
 * The driver's core alone: a whole decision, in time and, where valgrind is installed, in instructions, which other load
 * on the machine doesn't change. The cases are those of core/main.c; the lock is a pthread mutex, without a rival.
 */
import { execFileSync, spawnSync } from 'node:child_process';

import { buildNative } from '../native.ts';
import type { NativeProgram } from '../native.ts';
import { findProgram } from '../process.ts';
import { percentile } from './row.ts';
import type { Row } from './row.ts';

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
}

/** A known process and its rules join here, as cases of core/main.c. */
const cases: readonly Case[] = [
  { name: 'loopback', what: 'decision in the core: loopback policy', budgetNs: 100 },
  { name: 'flow-of-1', what: 'reauthorization in the core: a known flow', budgetNs: null },
  { name: 'flow-of-60000', what: 'the same: 60 000 known flows in turn', budgetNs: null },
];

export async function run(): Promise<readonly Row[]> {
  const built = await buildNative(bench, 'default', () => undefined);
  if (!built.ok) throw new Error(built.line);
  return cases.map((one) => rowOf(built.program, one));
}

function rowOf(program: string, { name, what, budgetNs }: Case): Row {
  const samples = Array.from({ length: RUNS }, () => secondsOf(program, name, DECISIONS));
  const ns = (percentile(samples, 0.5) / DECISIONS) * 1e9;
  const instructions = instructionsOf(program, name);
  const counted = instructions === null ? 'no valgrind' : `${instructions.toFixed(0)} instructions`;
  return {
    what,
    budget: budgetNs === null ? '' : `${budgetNs} ns`,
    measured: `${ns.toFixed(0)} ns, ${counted}`,
    ok: budgetNs === null || ns <= budgetNs,
  };
}

function secondsOf(program: string, name: string, decisions: number): number {
  return Number(execFileSync(program, [name, String(decisions)], { encoding: 'utf8' }));
}

/** Of one decision: what twice as many cost more. Null without valgrind. */
function instructionsOf(program: string, name: string): number | null {
  if (findProgram('valgrind') === null) return null;
  const once = collected(program, name, COUNTED);
  return (collected(program, name, 2 * COUNTED) - once) / COUNTED;
}

function collected(program: string, name: string, decisions: number): number {
  const options = ['--tool=callgrind', '--callgrind-out-file=/dev/null'];
  const args = [...options, program, name, String(decisions)];
  const { stderr } = spawnSync('valgrind', args, { encoding: 'utf8' });
  const count = /Collected : (\d+)/.exec(stderr)?.[1];
  if (count === undefined) throw new Error(`valgrind: ${stderr}`);
  return Number(count);
}
