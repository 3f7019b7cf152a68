import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { emitCodec } from '../../../driver/protocol/emit-codec.ts';
import { emitLayout } from '../../../driver/protocol/emit-layout.ts';
import { parseWire } from '../../../driver/protocol/grammar.ts';
import type { Wire } from '../../../driver/protocol/grammar.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const header = readFileSync(path.join(root, 'driver/protocol/portreeve_wire.h'), 'utf8');

function errorsOf(text: string): string[] {
  const parsed = parseWire(text);
  return parsed.ok ? [] : parsed.errors.map(({ line, message }) => `${line}: ${message}`);
}

function wireOf(text: string): Wire {
  const parsed = parseWire(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.wire;
}

describe('the wire grammar', () => {
  test('refuses what C would pad silently, with the line', () => {
    expect(errorsOf('struct pr_a {\n  uint8_t one;\n  uint32_t two;\n};\n')).toEqual([
      '3: 3 bytes of implicit padding before two',
    ]);
    expect(errorsOf('struct pr_a {\n  uint32_t one;\n  uint8_t two;\n};\n')).toEqual([
      '4: struct pr_a ends with 3 bytes of implicit padding',
    ]);
  });

  test.each([
    ['int32_t one;', 'not part of the wire grammar'],
    ['uint32_t *one;', 'not part of the wire grammar'],
    ['uint32_t one : 3;', 'not part of the wire grammar'],
    ['uint32_t one, two;', 'not part of the wire grammar'],
    ['uint32_t one[0];', 'is not a positive number or constant'],
    ['uint32_t one[PR_UNKNOWN];', 'is not a positive number or constant'],
    ['struct pr_later one;', 'is not defined before its use'],
  ])('refuses the field `%s`', (field, message) => {
    expect(errorsOf(`struct pr_a {\n${field}\n};\n`).join()).toContain(message);
  });

  test.each([
    ['#define PR_A 1\n#define PR_A 2', '2: PR_A is defined twice'],
    ['#define PR_A 4294967296', '1: PR_A does not fit 32 bits'],
    ['#define PR_A PR_CONTROL_CODE(0x1)', '1: a function code is from 0x800 to 0xfff'],
    ['#define PR_A (1 << 3)', '1: not part of the wire grammar: #define PR_A (1 << 3)'],
    ['#pragma pack(1)', '1: not part of the wire grammar: #pragma pack(1)'],
    ['struct pr_a {\n};', '2: struct pr_a is empty'],
    ['struct pr_a {\nuint8_t one;', '2: struct pr_a is not closed'],
    ['/* a comment\n\n over lines */ enum x;', '3: not part of the wire grammar: enum x;'],
  ])('refuses `%s`', (text, error) => {
    expect(errorsOf(text)).toEqual([error]);
  });

  test('does not mind how things are aligned', () => {
    expect(errorsOf('#define PR_A   1\n  struct pr_a {\n\tuint8_t   one;\n};\n')).toEqual([]);
  });

  test('reports every error, not just the first', () => {
    expect(errorsOf('enum a;\nenum b;\n')).toHaveLength(2);
  });
});

describe('the generated files', () => {
  test('are what the header says now', () => {
    const wire = wireOf(header);
    const codec = readFileSync(path.join(root, 'src-main/driver/wire.gen.ts'), 'utf8');
    const layout = readFileSync(
      path.join(root, 'driver/protocol/portreeve_wire_layout.gen.h'),
      'utf8',
    );
    expect(codec).toBe(emitCodec(wire));
    expect(layout).toBe(emitLayout(wire));
  });

  test('let a compiler refuse a layout that has changed', () => {
    const folder = temporaryFolder();
    writeFileSync(
      path.join(folder, 'portreeve_wire.h'),
      header.replace('uint16_t kind;', 'uint32_t kind;'),
    );
    writeFileSync(path.join(folder, 'layout.c'), emitLayout(wireOf(header)));
    const compile = () =>
      execFileSync('cc', ['-std=c17', '-fsyntax-only', path.join(folder, 'layout.c')], {
        stdio: 'pipe',
      });
    expect(compile).toThrow(/static assertion failed.*size of pr_header/);
    writeFileSync(path.join(folder, 'portreeve_wire.h'), header);
    expect(compile).not.toThrow();
  });
});
