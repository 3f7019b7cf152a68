/** What Windows and Memory Integrity ask of a kernel image, the reviewed imports, and the version. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import type { Architecture } from '../../../scripts/driver/compilers.ts';
import { driverImports } from '../../../scripts/driver/image.ts';
import { readImports } from '../../../scripts/driver/imports.ts';
import { root } from '../../../scripts/process.ts';
import { type Pe, checksumOf, directory, importsOf, versionOf } from './pe.ts';

const machines: Readonly<Record<Architecture, number>> = { x64: 0x8664, arm64: 0xaa64 };
const NATIVE = 1;
const EXECUTABLE = 0x0002;
const LARGE_ADDRESSES = 0x0020;
const DLL = 0x2000;
const HIGH_ENTROPY = 0x0020;
const DYNAMIC_BASE = 0x0040;
const FORCE_INTEGRITY = 0x0080;
const NX = 0x0100;
const GUARD_CF = 0x4000;
const PAGE = 4096;
const MOST_BYTES = 128 * 1024;

export type Check = readonly [name: string, run: (pe: Pe, architecture: Architecture) => void];

export const checks: readonly Check[] = [
  ['is a native image with an entry', isNative],
  ['may be moved, forbids execution of data, is verified when loaded', characteristics],
  ['has pages of its own for every section, none both writable and executable', sections],
  ['has all of its code, and its entry, in .text', code],
  ['has unwind data and relocations, exports nothing', directories],
  ['imports what was reviewed and nothing else', imports],
  ['has the right checksum', (pe) => assert.equal(pe.checksum, checksumOf(pe))],
  ['says its version', version],
];

function isNative(pe: Pe, architecture: Architecture): void {
  assert.deepEqual([pe.machine, pe.subsystem], [machines[architecture], NATIVE]);
  assert.deepEqual(
    [pe.subsystemVersion, pe.osVersion],
    [
      [10, 0],
      [10, 0],
    ],
  );
  assert.equal(
    pe.characteristics & (EXECUTABLE | LARGE_ADDRESSES | DLL),
    EXECUTABLE | LARGE_ADDRESSES,
  );
  assert.ok(pe.bytes.length < MOST_BYTES, `${pe.bytes.length} bytes`);
}

function characteristics(pe: Pe): void {
  const wanted = HIGH_ENTROPY | DYNAMIC_BASE | FORCE_INTEGRITY | NX;
  const found = pe.dllCharacteristics & ~GUARD_CF;
  assert.equal(found, wanted, `0x${pe.dllCharacteristics.toString(16)}`);
}

function sections(pe: Pe): void {
  assert.equal(pe.sectionAlignment, PAGE);
  for (const { name, address, writable, executable } of pe.sections) {
    assert.equal(address % PAGE, 0, name);
    assert.ok(!(writable && executable), `${name} is writable and executable`);
  }
}

function code(pe: Pe): void {
  const executable = pe.sections.filter((section) => section.executable);
  assert.deepEqual(
    executable.map(({ name }) => name),
    ['.text'],
  );
  const text = executable[0];
  assert.ok(text !== undefined);
  assert.ok(pe.entry >= text.address && pe.entry < text.address + text.virtualBytes, 'entry');
}

function directories(pe: Pe): void {
  const bytes = (index: number): number => pe.directories[index]?.bytes ?? 0;
  assert.equal(bytes(directory.exports), 0, 'exports');
  assert.notEqual(bytes(directory.exceptions), 0, 'no unwind data');
  assert.notEqual(bytes(directory.relocations), 0, 'no relocations');
}

function imports(pe: Pe, architecture: Architecture): void {
  const reviewed = [...readImports(driverImports[architecture])].flatMap(([library, names]) =>
    names.map((name) => `${library} ${name}`),
  );
  const found = importsOf(pe);
  assert.deepEqual(
    found.filter((one) => !reviewed.includes(one)),
    [],
    'not reviewed',
  );
  // A compiler may do without some of mem*: everything else in the list must be in use.
  const unused = reviewed.filter((one) => !found.includes(one) && !one.includes(' mem'));
  assert.deepEqual(unused, [], 'reviewed, but not imported any more');
}

function version(pe: Pe): void {
  const text = readFileSync(path.join(root, 'package.json'), 'utf8');
  const { version: wanted } = JSON.parse(text) as { version: string };
  const { fixed, strings } = versionOf(pe);
  assert.equal(fixed, `${wanted}.0`);
  assert.equal(strings.get('FileVersion'), wanted);
  assert.equal(strings.get('OriginalFilename'), 'portreeve.sys');
  assert.equal(strings.get('ProductName'), 'Portreeve');
}
