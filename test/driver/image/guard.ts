/**
 * Control flow guard in an image ("PE Format", Load Configuration Layout): with its table Windows lets an indirect call of
 * the kernel enter only at functions that somebody has taken the address of.
 */
import assert from 'node:assert/strict';

import { type Pe, type Section, directory, offsetOf } from './pe.ts';

const GUARD_CF = 0x4000;
const INSTRUMENTED = 0x100;
const TABLE_PRESENT = 0x400;
/** Bits that say how many more bytes each entry of the table has. */
const STRIDE = 0xf000_0000;
const FUNCTION_ALIGNMENT = 16;
const CHECK_FUNCTION = 112;
const TABLE = 128;
const COUNT = 136;
const FLAGS = 144;

/** Throws when the image isn't guarded, or its table makes no sense. */
export function guardsCalls(pe: Pe): void {
  assert.ok((pe.dllCharacteristics & GUARD_CF) !== 0, 'not guarded');
  const { address } = pe.directories[directory.loadConfig] ?? { address: 0 };
  assert.notEqual(address, 0, 'no load configuration');
  const flags = pe.bytes.readUInt32LE(offsetOf(pe, address + FLAGS));
  assert.equal(flags & (INSTRUMENTED | TABLE_PRESENT), INSTRUMENTED | TABLE_PRESENT);
  assert.equal(flags & STRIDE, 0, 'entries of more than four bytes');
  checkPointer(pe, address + CHECK_FUNCTION);
  checkTargets(pe, targetsOf(pe, address));
}

/** Windows sets the pointer, so that nothing else may: it is in a section that can't be written. */
function checkPointer(pe: Pe, field: number): void {
  const pointer = addressAt(pe, field);
  assert.ok(!sectionOf(pe, pointer).writable, 'the pointer to the check can be written');
  assert.ok(sectionOf(pe, addressAt(pe, pointer)).executable, 'the check is no code');
}

function checkTargets(pe: Pe, targets: readonly number[]): void {
  assert.ok(targets.includes(pe.entry), 'the entry is no target');
  assert.deepEqual(
    targets,
    targets.toSorted((a, b) => a - b),
    'targets in order',
  );
  for (const target of targets) {
    assert.ok(sectionOf(pe, target).executable, 'a target that is no code');
    assert.equal(target % FUNCTION_ALIGNMENT, 0, 'a target between two bits of the map');
  }
}

function targetsOf(pe: Pe, config: number): number[] {
  const table = addressAt(pe, config + TABLE);
  const count = Number(pe.bytes.readBigUInt64LE(offsetOf(pe, config + COUNT)));
  return Array.from({ length: count }, (_, index) =>
    pe.bytes.readUInt32LE(offsetOf(pe, table + index * 4)),
  );
}

/** A pointer of the image, relative to its base. */
function addressAt(pe: Pe, field: number): number {
  return Number(pe.bytes.readBigUInt64LE(offsetOf(pe, field)) - pe.imageBase);
}

function sectionOf(pe: Pe, address: number): Section {
  const found = pe.sections.find(
    (one) => address >= one.address && address < one.address + one.virtualBytes,
  );
  assert.ok(found !== undefined, `nothing is at 0x${address.toString(16)}`);
  return found;
}
