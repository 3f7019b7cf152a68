/** Writes the C layout assertions (driver/protocol/portreeve_wire_layout.gen.h) from a parsed wire. */
import type { Struct, Wire } from './grammar.ts';

/** The whole text of portreeve_wire_layout.gen.h. Any C compiler that lays a struct out differently refuses it. */
export function emitLayout(wire: Wire): string {
  return [
    '/* Made from portreeve_wire.h by `npm run protocol`. Do not edit. */',
    '#ifndef PORTREEVE_WIRE_LAYOUT_GEN_H',
    '#define PORTREEVE_WIRE_LAYOUT_GEN_H',
    '',
    '#include <stddef.h>',
    '',
    '#include "portreeve_wire.h"',
    '',
    ...[...wire.structs.values()].map(assertions),
    ...[...wire.constants].map(([name, value]) => assertion(`${name} == ${value}u`, name)),
    '',
    '#endif',
    '',
  ].join('\n');
}

function assertions({ name, bytes, alignment, fields }: Struct): string {
  const type = `struct ${name}`;
  return [
    assertion(`sizeof(${type}) == ${bytes}`, `size of ${name}`),
    assertion(`_Alignof(${type}) == ${alignment}`, `alignment of ${name}`),
    ...fields.map((field) =>
      assertion(`offsetof(${type}, ${field.name}) == ${field.offset}`, `${name}.${field.name}`),
    ),
    '',
  ].join('\n');
}

function assertion(condition: string, what: string): string {
  return `_Static_assert(${condition}, "${what}");`;
}
