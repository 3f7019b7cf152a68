/**
 * The driver package: its INF against Microsoft's rules, each shown a fault that it finds; its image signed for test,
 * audited again, and tampered with. The last line counts.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Architecture } from '../../../scripts/driver/compilers.ts';
import { writeCatalog } from '../../../scripts/driver/catalog.ts';
import { buildImage, driverImage } from '../../../scripts/driver/image.ts';
import { driverVersion, infTemplate, packaged, stampInf } from '../../../scripts/driver/package.ts';
import type { Failure } from '../../../scripts/driver/step.ts';
import {
  certificate,
  signCatalog,
  signForTest,
  stripSignature,
  verifyByCatalog,
  verifySignature,
} from '../../../scripts/driver/test-signing.ts';
import { root } from '../../../scripts/process.ts';
import { checks } from '../image/audit.ts';
import { readPe } from '../image/pe.ts';
import { infFaults } from './faults.ts';
import { readInf } from './inf.ts';
import { type Expected, rules } from './rules.ts';

const folder = path.join(root, 'build/package-audit');
/** DER of 1.3.6.1.4.1.311.2.3.2, SPC_PE_IMAGE_PAGE_HASHES_V2 ("Windows Authenticode Portable Executable Signature Format"). */
const pageHashes = Buffer.from('060a2b060104018237020302', 'hex');
const decorations: Readonly<Record<Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

let passed = 0;
let failed = 0;

async function test(name: string, run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
    passed += 1;
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function must(failure: Failure | null): void {
  assert.equal(failure, null, failure === null ? '' : `${failure.line}\n${failure.output ?? ''}`);
}

function stamped(architecture: Architecture): string {
  return stampInf(readFileSync(path.join(root, infTemplate), 'utf8'), architecture);
}

function expectedOf(architecture: Architecture): Expected {
  const decoration = decorations[architecture];
  return {
    decoration,
    version: driverVersion(),
    files: [driverImage.name],
    // A release is dated where it is made: the day may have begun there already.
    today: new Date(Date.now() + 86_400_000),
  };
}

async function checkInf(architecture: Architecture): Promise<void> {
  const text = stamped(architecture);
  for (const { name, check } of rules) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await test(`${architecture}: the INF ${name}`, () =>
      check(readInf(text), expectedOf(architecture), text));
  }
}

/** The rule that a fault is for must be the one that throws. */
async function checkInfFaults(): Promise<void> {
  const text = stamped('x64');
  for (const { rule, from, to } of infFaults) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await test(`a fault of the INF: ${to}`, () => {
      const wrong = text.replace(from, to);
      assert.notEqual(wrong, text, 'the fault changes nothing');
      const found = rules.find(({ name }) => name.includes(rule));
      assert.ok(found !== undefined, `no rule is called ${rule}`);
      assert.throws(() => found.check(readInf(wrong), expectedOf('x64'), wrong));
    });
  }
  await test('every rule of the INF has a fault', () => {
    const without = rules.filter(({ name }) => !infFaults.some(({ rule }) => name.includes(rule)));
    assert.deepEqual(without, []);
  });
}

async function signedImage(architecture: Architecture): Promise<{ plain: Buffer; file: string }> {
  const output = path.join(folder, architecture);
  must(await buildImage(driverImage, packaged[architecture], output));
  const plain = readFileSync(path.join(output, driverImage.name));
  const file = path.join(output, 'signed.sys');
  writeFileSync(file, plain);
  must(await signForTest(file));
  return { plain, file };
}

async function checkSigning(architecture: Architecture): Promise<void> {
  const { plain, file } = await signedImage(architecture);
  const bytes = readFileSync(file);
  await test(`${architecture}: the signed image passes the audit`, () => {
    for (const [, run] of checks) run(readPe(bytes), architecture);
  });
  await test(`${architecture}: the signature has a hash of every page`, () =>
    assert.ok(bytes.subarray(plain.length).includes(pageHashes)));
  await test(`${architecture}: without the signature it is the image that was built`, async () => {
    const stripped = path.join(path.dirname(file), 'stripped.sys');
    must(await stripSignature(file, stripped));
    assert.ok(readFileSync(stripped).equals(plain));
  });
  await test(`${architecture}: a changed byte is found`, () => tampered(file, bytes));
  await test(`${architecture}: the catalog names image and INF`, () => checkCatalog(file));
}

/** The image is checked by osslsigncode, which knows nothing of ours; of an INF it has no notion. */
async function checkCatalog(image: string): Promise<void> {
  const at = path.dirname(image);
  const [catalog, inf] = ['portreeve.cat', 'portreeve.inf'].map((name) => path.join(at, name));
  assert.ok(catalog !== undefined && inf !== undefined);
  writeFileSync(inf, stamped('x64'));
  writeCatalog(catalog, [image, inf]);
  must(await signCatalog(catalog, image));
  const hash = createHash('sha256').update(readFileSync(inf)).digest();
  assert.ok(readFileSync(catalog).includes(hash));
  assert.equal(await verifyByCatalog(catalog, path.join(at, 'stripped.sys')), null);
  assert.notEqual(await verifyByCatalog(catalog, path.join(at, 'tampered.sys')), null);
}

async function tampered(file: string, bytes: Buffer): Promise<void> {
  const other = path.join(path.dirname(file), 'tampered.sys');
  copyFileSync(file, other);
  const changed = Buffer.from(bytes);
  const text = readPe(bytes).sections.find(({ name }) => name === '.text');
  const at = (text?.rawOffset ?? 0) + 64;
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  writeFileSync(other, changed);
  assert.notEqual(await verifySignature(other), null);
}

try {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await checkInf('x64');
  await checkInf('arm64');
  await checkInfFaults();
  await checkSigning('x64');
  await checkSigning('arm64');
  await test('the certificate lies where nothing is committed', () =>
    assert.match(path.relative(root, certificate), /^build[\\/]/));
} catch (error) {
  failed += 1;
  console.log(error instanceof Error ? error.message : String(error));
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
