/** The driver's C tests: the core alone under AddressSanitizer and under ThreadSanitizer. */
import { buildNative, type NativeProgram, type Variant } from '../../../scripts/native.ts';
import { run } from '../../../scripts/process.ts';
import { unit } from './program.ts';

interface Count {
  readonly passed: number;
  readonly failed: number;
}

async function runProgram(program: NativeProgram, variant: Variant): Promise<Count> {
  const built = await buildNative(program, variant, console.log);
  if (!built.ok) {
    console.log(built.line);
    return { passed: 0, failed: 1 };
  }
  const result = await run(built.program, [], { timeoutMs: 180_000 });
  const summary = /(\d+) passed, (\d+) failed\s*$/.exec(result.output);
  const passed = Number(summary?.[1] ?? 0);
  const failed = Number(summary?.[2] ?? 0);
  const broken = result.code !== 0 && failed === 0;
  if (result.code !== 0) console.log(`${program.name} (${variant}):\n${result.output}`);
  return { passed, failed: broken ? 1 : failed };
}

const counts = [await runProgram(unit, 'asan'), await runProgram(unit, 'tsan')];
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
