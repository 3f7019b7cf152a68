/** A rule change at 100 000 rules: compiled anew, sent to the driver in the lab, checked and swapped. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { TableCompiler } from '../../src-main/engine/policy/compile/compile.ts';
import type { PlainPolicy } from '../../src-main/engine/policy/compile/plain.ts';
import type { DriverPort } from '../../src-main/engine/ports.ts';
import { driverOf, labIn } from './lab.ts';
import { percentile } from './row.ts';
import type { Row } from './row.ts';
import { subjectRules, subjectsPolicy } from './tables.ts';

const SUBJECTS = 10_000;
const RULES = 10;
const CHANGES = 21;
const BUDGET_MS = 50;

interface Change {
  readonly compiled: number;
  readonly inForce: number;
}

export async function run(): Promise<readonly Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-bench-'));
  const lab = await labIn(folder);
  const driver = driverOf(lab);
  try {
    await new Promise<void>((resolve) => {
      driver.start({ connected: () => resolve(), lost: () => undefined, events: () => undefined });
    });
    return await changeRules(driver);
  } finally {
    await driver.stop();
    await lab.stop();
    rmSync(folder, { recursive: true });
  }
}

async function changeRules(driver: DriverPort): Promise<readonly Row[]> {
  const compiler = new TableCompiler();
  const policy = subjectsPolicy(1, SUBJECTS, RULES);
  const first = await change(driver, compiler, policy);
  const changes: Change[] = [];
  for (let version = 2; version < 2 + CHANGES; version += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one change after the other
    changes.push(await change(driver, compiler, changed(policy, version)));
  }
  const compiled = changes.map((one) => one.compiled);
  const total = changes.map((one) => one.compiled + one.inForce);
  return [
    row('a rule change at 100 000 rules, in force', total, BUDGET_MS),
    row('the same, compiled', compiled, null),
    row('100 000 rules compiled for the first time', [first.compiled], null),
  ];
}

/** One subject has other rules. */
function changed(policy: PlainPolicy, version: number): PlainPolicy {
  const subjects = policy.subjects.slice();
  const one = subjects[version];
  if (one !== undefined) subjects[version] = { ...one, rules: subjectRules(version + 1, RULES) };
  return { ...policy, version, subjects };
}

async function change(
  driver: DriverPort,
  compiler: TableCompiler,
  policy: PlainPolicy,
): Promise<Change> {
  const start = performance.now();
  const { bytes, left } = compiler.compile(policy);
  const compiled = performance.now();
  const outcome = await driver.setTable(bytes, policy.version);
  if (!outcome.ok || left.length > 0) throw new Error('the table was not taken');
  return { compiled: compiled - start, inForce: performance.now() - compiled };
}

function row(what: string, samples: readonly number[], budget: number | null): Row {
  const p50 = percentile(samples, 0.5);
  return {
    what,
    budget: budget === null ? '' : `p50 ${budget} ms`,
    measured: `p50 ${p50.toFixed(0)} ms, p95 ${percentile(samples, 0.95).toFixed(0)} ms`,
    ok: budget === null || p50 <= budget,
  };
}
