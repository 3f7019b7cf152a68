/** Writes what the compiler of rule tables needs of the wire (src-main/engine/policy/compile/layout.gen.ts). */
import type { Struct, Wire } from './grammar.ts';

const structs = ['pr_table', 'pr_table_subject', 'pr_table_rule', 'pr_table_path'];
const constants =
  /^PR_(PROTOCOL_VERSION|KIND_TABLE|RULE_[A-Z]+|MAP_[A-Z_]+|TABLE_MAP_ASK|MAX_(TABLE|MAP|PATH)_BYTES|MAX_PATH_BUCKET)$/;

/** The whole text of layout.gen.ts: constants, and offsets in 32-bit words. */
export function emitTableLayout(wire: Wire): string {
  return [
    '/** Made from driver/protocol/portreeve_wire.h by `npm run protocol`. Do not edit. */',
    ...[...wire.constants]
      .filter(([name]) => constants.test(name))
      .map(([name, value]) => `export const ${name.slice('PR_'.length)} = ${value};`),
    ...structs.flatMap((name) => layoutOf(wire.structs.get(name))),
    '',
  ].join('\n');
}

function layoutOf(struct: Struct | undefined): string[] {
  if (struct === undefined) throw new Error('the wire has no rule table');
  const members = struct.fields.map(({ name, offset }) => `  ${camel(name)}: ${offset / 4},`);
  return [
    '',
    `/** struct ${struct.name}: places of its fields, in 32-bit words. */`,
    `export const ${struct.name.slice('pr_'.length).toUpperCase()} = {`,
    `  words: ${struct.bytes / 4},`,
    ...members,
    '} as const;',
  ];
}

function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
