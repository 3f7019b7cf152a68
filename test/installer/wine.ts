/**
 * The package in Wine, with the very driver that it ships: installed, made to fail after each of its actions, upgraded under a
 * connection on hold, reset, repaired, removed; and what is left of it afterwards. The last line counts.
 */
import { existsSync } from 'node:fs';

import { cases, setUp, setUpName } from './wine-cases.ts';
import { spoilMachine, wine } from './machine.ts';
import { unpacked } from './pack.ts';

let passed = 0;
let failed = 0;
let running = setUpName;

/** Cases build on each other: after a failure the rest would say nothing. */
async function runAll(): Promise<void> {
  await setUp();
  for (const [name, run] of cases) {
    running = name;
    const started = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const note = await run();
    passed += 1;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`passed  ${name} (${seconds} s)${note === undefined ? '' : `: ${note}`}`);
  }
}

try {
  await runAll();
} catch (error) {
  failed = 1;
  spoilMachine();
  console.log(
    `FAILED  ${running}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`,
  );
} finally {
  await wine.stop();
}
if (!existsSync(unpacked)) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
