/**
 * Audits portreeve.sys of every compiler and for both processors: what Windows and Memory Integrity ask of a kernel image, the reviewed imports,
 * the version, and that building it again gives the same bytes. The last line counts.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import {
  type Architecture,
  type CompilerName,
  compilers,
} from '../../../scripts/driver/compilers.ts';
import { buildImage, driverImage } from '../../../scripts/driver/image.ts';
import { root } from '../../../scripts/process.ts';
import { checks } from './audit.ts';
import { type Fault, faults, guardFaults } from './faults.ts';
import { guardsCalls } from './guard.ts';
import { type Pe, importsOf, readPe } from './pe.ts';

let passed = 0;
let failed = 0;

function test(name: string, run: () => void): void {
  try {
    run();
    passed += 1;
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function spoiled(pe: Pe, spoil: Fault['spoil']): Pe {
  const bytes = Buffer.from(pe.bytes);
  spoil(bytes, pe);
  return readPe(bytes);
}

/** Every check has a fault that it finds. */
function findsFaults(pe: Pe, architecture: Architecture): void {
  for (const [name, run] of checks) {
    const fault = faults.find(({ check }) => check === name);
    assert.ok(fault !== undefined, `there is no fault for: ${name}`);
    assert.throws(() => run(spoiled(pe, fault.spoil), architecture), `not found: ${name}`);
  }
}

async function build(compiler: CompilerName, folder: string): Promise<Buffer> {
  const output = path.join(root, 'build/image-audit', folder);
  const failure = await buildImage(driverImage, compiler, output);
  assert.equal(failure, null, failure === null ? '' : `${failure.line}\n${failure.output ?? ''}`);
  return readFileSync(path.join(output, driverImage.name));
}

/** The second build is in another folder and, by then, at another time. */
async function audit(compiler: CompilerName): Promise<void> {
  const bytes = await build(compiler, compiler);
  const pe = readPe(bytes);
  const { architecture } = compilers[compiler];
  for (const [name, run] of checks) test(`${compiler}: ${name}`, () => run(pe, architecture));
  // GNU ld has no control flow guard.
  if (compiler !== 'mingw') {
    test(`${compiler}: guards its calls`, () => guardsCalls(pe));
    test(`${compiler}: faults of the guard are found`, () => {
      for (const spoil of guardFaults) assert.throws(() => guardsCalls(spoiled(pe, spoil)));
    });
  }
  test(`${compiler}: faults are found`, () => findsFaults(pe, architecture));
  const again = await build(compiler, `${compiler}-again`);
  test(`${compiler}: is the same when built again`, () => assert.ok(again.equals(bytes)));
  const parts = pe.sections.map(({ name, virtualBytes }) => `${name} ${virtualBytes}`);
  console.log(
    `${compiler}: ${bytes.length} bytes, ${importsOf(pe).length} imports, ${parts.join(', ')}`,
  );
}

try {
  await audit('clang');
  await audit('mingw');
  await audit('clang-arm64');
} catch (error) {
  failed += 1;
  console.log(error instanceof Error ? error.message : String(error));
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
