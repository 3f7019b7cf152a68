/**
 * The driver's own bytes in Wine: build/driver/portreeve.sys on the emulator's filter engine, used by Windows' Node with
 * Portreeve's client. The last line says how many cases passed.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { type Image, buildImage, driverImage, shipped } from '../../scripts/driver/image.ts';
import { labImage } from '../../scripts/driver/lab-image.ts';
import type { Failure } from '../../scripts/driver/step.ts';
import { root } from '../../scripts/process.ts';
import { bundleGuest } from './bundle.ts';
import { cases } from './cases.ts';
import { folder, prepare, wine } from './prefix.ts';
import { windowsKoffi } from './wine.ts';

function check(failure: Failure | null): void {
  assert.equal(failure, null, failure === null ? '' : `${failure.line}\n${failure.output ?? ''}`);
}

/** The driver of a Portreeve whose protocol has the next number: the header and its assertions say so. */
function nextImage(): Image {
  const headers = path.join(folder, 'next-protocol');
  mkdirSync(headers, { recursive: true });
  for (const name of ['portreeve_wire.h', 'portreeve_wire_layout.gen.h']) {
    const text = readFileSync(path.join(root, 'driver/protocol', name), 'utf8');
    const number = /(PR_PROTOCOL_VERSION (?:== )?)(\d+)/;
    const next = text.replace(number, (_, before, now) => `${before}${Number(now) + 1}`);
    assert.notEqual(next, text);
    writeFileSync(path.join(headers, name), next);
  }
  return { ...driverImage, includes: [headers, ...driverImage.includes] };
}

async function setUp(): Promise<void> {
  const built = path.join(folder, 'driver');
  const lab = path.join(folder, 'lab');
  check(await buildImage(driverImage, shipped, built));
  check(await buildImage(labImage(), 'mingw', lab));
  check(await buildImage(nextImage(), shipped, path.join(folder, 'next')));
  await bundleGuest(path.join(folder, 'guest'), await windowsKoffi());
  await prepare({
    fwpkclnt: path.join(lab, 'fwpkclnt.sys'),
    portreeve: path.join(built, driverImage.name),
  });
}

let passed = 0;
let failed = 0;

/** Cases build on each other: after a failure the rest would say nothing. */
async function runAll(): Promise<void> {
  for (const [name, run] of cases) {
    const started = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const note = await run();
    passed += 1;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`passed  ${name} (${seconds} s)${note === undefined ? '' : `: ${note}`}`);
  }
}

try {
  await setUp();
  await runAll();
} catch (error) {
  failed = 1;
  const name = cases[passed]?.[0] ?? 'set-up';
  console.log(`FAILED  ${name}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
} finally {
  await wine.stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
