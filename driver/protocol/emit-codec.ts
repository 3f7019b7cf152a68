/** Writes the TypeScript codec (src-main/driver/wire.gen.ts) from a parsed wire. */
import type { Field, IntegerType, Struct, Wire } from './grammar.ts';

interface Reserved {
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
}

const IMPORTED = [
  'copyBytes',
  'fits',
  'isZero',
  'malformed',
  'partFits',
  'putBytes',
  'within',
  'within64',
];
const IMPORT = `import { ${IMPORTED.join(', ')} } from './bytes.ts';\nimport type { Decoded } from './bytes.ts';`;

/** The whole text of wire.gen.ts. */
export function emitCodec(wire: Wire): string {
  const constants = [...wire.constants].map(
    ([name, value]) => `export const ${name.slice('PR_'.length)} = ${value};`,
  );
  const structs = [...wire.structs.values()].map((struct) => emitStruct(wire, struct));
  return [
    '/** Made from driver/protocol/portreeve_wire.h by `npm run protocol`. Do not edit. */',
    IMPORT,
    '',
    ...constants,
    '',
    structs.join('\n\n'),
    '',
  ].join('\n');
}

function emitStruct(wire: Wire, struct: Struct): string {
  return [emitType(struct), emitRead(struct), emitWrite(struct), emitDecode(wire, struct)].join(
    '\n\n',
  );
}

function emitType(struct: Struct): string {
  const members = visible(struct).map(
    (field) => `  readonly ${camel(field.name)}: ${typeOf(field)};`,
  );
  return [
    `/** struct ${struct.name} */`,
    `export interface ${pascal(struct.name)} {`,
    ...members,
    '}',
    '',
    `export const ${sizeName(struct)} = ${struct.bytes};`,
  ].join('\n');
}

function emitRead(struct: Struct): string {
  const members = visible(struct).map((field) => `    ${camel(field.name)}: ${readField(field)},`);
  return [
    '/** The caller has checked the range, as `decode` does. */',
    `export function read${pascal(struct.name)}(view: DataView, at: number): ${pascal(struct.name)} {`,
    '  return {',
    ...members,
    '  };',
    '}',
  ].join('\n');
}

function emitWrite(struct: Struct): string {
  const name = pascal(struct.name);
  return [
    '/** Reserved fields stay as they are: write into zeroed bytes. */',
    `export function write${name}(view: DataView, at: number, value: ${name}): void {`,
    ...visible(struct).map((field) => `  ${writeField(field)};`),
    '}',
  ].join('\n');
}

function emitDecode(wire: Wire, struct: Struct): string {
  const name = pascal(struct.name);
  return [
    `/** Refuses what does not lie wholly in the view, and reserved fields that are not zero. */`,
    `export function decode${name}(view: DataView, at = 0): Decoded<${name}> {`,
    `  if (at + ${sizeName(struct)} > view.byteLength) return malformed('${struct.name} is cut off');`,
    ...headerChecks(struct),
    ...reservedIn(wire, struct, '', 0).map(reservedCheck(struct)),
    ...partsOf(struct).map(partCheck(struct)),
    `  return { ok: true, value: read${name}(view, at) };`,
    '}',
  ].join('\n');
}

function headerChecks(struct: Struct): string[] {
  if (!hasHeader(struct)) return [];
  return [
    '  const size = view.getUint32(at, true);',
    `  if (!fits(view, at, size, ${sizeName(struct)})) return malformed('${struct.name} has a wrong size');`,
    `  if (view.getUint16(at + 6, true) !== PROTOCOL_VERSION) return malformed('${struct.name} has another version');`,
  ];
}

function reservedCheck(struct: Struct): (field: Reserved) => string {
  return ({ path, offset, bytes }) =>
    `  if (!isZero(view, at + ${offset}, ${bytes})) return malformed('${struct.name}.${path} is not zero');`;
}

function partCheck(
  struct: Struct,
): (part: { name: string; offset: Field; bytes: Field }) => string {
  return ({ name, offset, bytes }) =>
    `  if (!partFits(${readField(offset)}, ${readField(bytes)}, ${sizeName(struct)}, size)) ` +
    `return malformed('${struct.name}.${name} is out of range');`;
}

/** Variable parts: a pair of fields x_offset and x_bytes. They need a header, which says where the message ends. */
function partsOf(struct: Struct): { name: string; offset: Field; bytes: Field }[] {
  if (!hasHeader(struct)) return [];
  return struct.fields.flatMap((offset) => {
    const name = /^(.+)_offset$/.exec(offset.name)?.[1];
    const bytes = struct.fields.find((field) => field.name === `${name}_bytes`);
    return name === undefined || bytes === undefined ? [] : [{ name, offset, bytes }];
  });
}

function reservedIn(wire: Wire, struct: Struct, path: string, base: number): Reserved[] {
  return struct.fields.flatMap((field) => {
    const offset = base + field.offset;
    if (isReserved(field)) return [{ path: path + field.name, offset, bytes: field.bytes }];
    const inner = field.type.kind === 'struct' ? wire.structs.get(field.type.name) : undefined;
    if (inner === undefined) return [];
    return Array.from({ length: field.count ?? 1 }, (_, index) =>
      reservedIn(wire, inner, `${path}${field.name}.`, offset + index * inner.bytes),
    ).flat();
  });
}

function typeOf(field: Field): string {
  const one = field.type.kind === 'struct' ? pascal(field.type.name) : integerType(field.type);
  if (field.count === null) return one;
  return isByteArray(field) ? 'Uint8Array' : `readonly ${one}[]`;
}

function integerType(type: IntegerType): string {
  return type.bits === 64 ? 'bigint' : 'number';
}

function readField(field: Field): string {
  const at = `at + ${field.offset}`;
  if (field.count === null) return readOne(field, at);
  if (isByteArray(field)) return `copyBytes(view, ${at}, ${field.bytes})`;
  const step = field.bytes / field.count;
  return `Array.from({ length: ${field.count} }, (_, index) => ${readOne(field, `${at} + index * ${step}`)})`;
}

function readOne(field: Field, at: string): string {
  if (field.type.kind === 'struct') return `read${pascal(field.type.name)}(view, ${at})`;
  const { bits } = field.type;
  if (bits === 8) return `view.getUint8(${at})`;
  return bits === 64 ? `view.getBigUint64(${at}, true)` : `view.getUint${bits}(${at}, true)`;
}

function writeField(field: Field): string {
  const value = `value.${camel(field.name)}`;
  const at = `at + ${field.offset}`;
  if (field.count === null) return writeOne(field, at, value);
  if (isByteArray(field)) return `putBytes(view, ${at}, ${value}, ${field.bytes})`;
  const step = field.bytes / field.count;
  return `${value}.forEach((item, index) => ${writeOne(field, `${at} + within(index, ${field.count - 1}) * ${step}`, 'item')})`;
}

function writeOne(field: Field, at: string, value: string): string {
  if (field.type.kind === 'struct') return `write${pascal(field.type.name)}(view, ${at}, ${value})`;
  const { bits } = field.type;
  if (bits === 64) return `view.setBigUint64(${at}, within64(${value}), true)`;
  const checked = `within(${value}, ${2 ** bits - 1})`;
  return bits === 8
    ? `view.setUint8(${at}, ${checked})`
    : `view.setUint${bits}(${at}, ${checked}, true)`;
}

function isByteArray(field: Field): boolean {
  return field.count !== null && field.type.kind === 'integer' && field.type.bits === 8;
}

function hasHeader(struct: Struct): boolean {
  const type = struct.fields[0]?.type;
  return type?.kind === 'struct' && type.name === 'pr_header';
}

function isReserved(field: Field): boolean {
  return field.name === 'reserved';
}

function visible(struct: Struct): Field[] {
  return struct.fields.filter((field) => !isReserved(field));
}

function sizeName(struct: Struct): string {
  return `${struct.name.slice('pr_'.length).toUpperCase()}_BYTES`;
}

function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function pascal(structName: string): string {
  const name = camel(structName.slice('pr_'.length));
  return name.charAt(0).toUpperCase() + name.slice(1);
}
