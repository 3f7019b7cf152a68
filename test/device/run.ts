/**
 * Portreeve's client over the lab's socket, under AddressSanitizer and UndefinedBehaviorSanitizer. The last line is
 * `N passed, N failed`. test/wine runs the same cases with the same client against portreeve.sys.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { buildLab } from '../../scripts/native.ts';
import { Bench, type DeviceCase, beginning, end } from './cases.ts';
import { LabSystem } from './lab.ts';

/** Cases build on each other: after a failure the rest would say nothing. How many passed. */
async function runAll(cases: readonly DeviceCase[], bench: Bench): Promise<number> {
  for (const [index, [name, test]] of cases.entries()) {
    const started = performance.now();
    try {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const note = await test(bench);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`passed  ${name} (${seconds} s)${note === undefined ? '' : `: ${note}`}`);
    } catch (error) {
      console.log(`FAILED  ${name}: ${error instanceof Error ? error.stack : String(error)}`);
      return index;
    }
  }
  return cases.length;
}

async function main(): Promise<boolean> {
  const built = await buildLab(console.log, 'asan');
  if (!built.ok) throw new Error(built.line);
  const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-device-'));
  const system = new LabSystem(built.program, folder);
  const cases = [...beginning, ...end];
  const passed = await runAll(cases, new Bench(system));
  await system.stop();
  rmSync(folder, { recursive: true, force: true });
  console.log(`${passed} passed, ${passed < cases.length ? 1 : 0} failed`);
  return passed === cases.length;
}

process.exitCode = (await main()) ? 0 : 1;
