/**
 * `npm run protocol`: makes the TypeScript codec, the layout of rule tables and the C layout assertions from portreeve_wire.h.
 * With `--check` it writes nothing and fails when a file is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { emitCodec } from './emit-codec.ts';
import { emitLayout } from './emit-layout.ts';
import { emitTableLayout } from './emit-table-layout.ts';
import { parseWire } from './grammar.ts';
import type { Wire } from './grammar.ts';

const root = path.resolve(import.meta.dirname, '../..');
const HEADER = 'driver/protocol/portreeve_wire.h';
const outputs: readonly (readonly [file: string, emit: (wire: Wire) => string])[] = [
  ['src-main/driver/wire.gen.ts', emitCodec],
  ['driver/protocol/portreeve_wire_layout.gen.h', emitLayout],
  ['src-main/engine/policy/compile/layout.gen.ts', emitTableLayout],
];

/** Command line entry. Returns the exit code: 0 done, 1 bad header or drift, 2 unknown option. */
export function main(options: readonly string[]): number {
  const unknown = options.find((option) => option !== '--check');
  if (unknown !== undefined) return complain(`unknown option ${unknown}; there is only --check`, 2);
  const parsed = parseWire(readFileSync(path.join(root, HEADER), 'utf8'));
  if (parsed.ok) return options.includes('--check') ? check(parsed.wire) : write(parsed.wire);
  for (const { line, message } of parsed.errors) complain(`${HEADER}:${line}: ${message}`, 1);
  return 1;
}

function write(wire: Wire): number {
  for (const [file, emit] of outputs) writeFileSync(path.join(root, file), emit(wire));
  return 0;
}

function check(wire: Wire): number {
  const drifted = outputs.filter(([file, emit]) => current(file) !== emit(wire));
  for (const [file] of drifted) complain(`${file} is out of date; run \`npm run protocol\``, 1);
  return drifted.length > 0 ? 1 : 0;
}

function current(file: string): string | null {
  try {
    return readFileSync(path.join(root, file), 'utf8');
  } catch {
    return null;
  }
}

function complain(message: string, code: number): number {
  process.stderr.write(`${message}\n`);
  return code;
}

if (process.argv[1] === import.meta.filename) process.exitCode = main(process.argv.slice(2));
