/**
 * Reads the small C grammar of portreeve_wire.h and computes its layout.
 *
 * Accepted, one item per line: the include guard, `#include <stdint.h>`, `#define PR_X <integer>`, the one definition
 * of PR_CONTROL_CODE, `#define PR_X PR_CONTROL_CODE(<integer>)`, and structs of fixed-width unsigned integers, earlier
 * structs and arrays of both. Anything else, and any implicit padding, is an error with its line number.
 */

export interface IntegerType {
  readonly kind: 'integer';
  readonly bits: 8 | 16 | 32 | 64;
}

export interface StructType {
  readonly kind: 'struct';
  readonly name: string;
}

export interface Field {
  readonly name: string;
  readonly type: IntegerType | StructType;
  /** Elements of an array; null for a single value. */
  readonly count: number | null;
  /** From the start of the struct, in bytes. */
  readonly offset: number;
  /** Of the whole field, in bytes. */
  readonly bytes: number;
}

export interface Struct {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly bytes: number;
  readonly alignment: number;
}

export interface Wire {
  readonly constants: ReadonlyMap<string, number>;
  readonly structs: ReadonlyMap<string, Struct>;
}

export interface GrammarError {
  readonly line: number;
  readonly message: string;
}

export type Parsed =
  | { readonly ok: true; readonly wire: Wire }
  | { readonly ok: false; readonly errors: readonly GrammarError[] };

interface OpenStruct {
  readonly name: string;
  readonly line: number;
  readonly fields: Field[];
  size: number;
  alignment: number;
}

interface State {
  readonly constants: Map<string, number>;
  readonly structs: Map<string, Struct>;
  readonly errors: GrammarError[];
  open: OpenStruct | null;
  line: number;
}

type Rule = readonly [RegExp, (state: State, match: RegExpExecArray) => void];

const GUARD = 'PORTREEVE_WIRE_H';
const CONTROL_CODE =
  '#define PR_CONTROL_CODE(function) ((0x12u << 16) | (3u << 14) | ((function) << 2))';
const MAX_CONSTANT = 0xffff_ffff;

const preamble = new Set([
  `#ifndef ${GUARD}`,
  `#define ${GUARD}`,
  '#include <stdint.h>',
  '#endif',
  CONTROL_CODE,
]);

const outside: readonly Rule[] = [
  [/^#define (PR_[A-Z0-9_]+) (0x[0-9a-fA-F]+|\d+)$/, addConstant],
  [/^#define (PR_[A-Z0-9_]+) PR_CONTROL_CODE\((0x[0-9a-fA-F]+|\d+)\)$/, addControlCode],
  [/^struct (pr_[a-z0-9_]+) \{$/, openStruct],
];

const inside: readonly Rule[] = [
  [/^(uint(?:8|16|32|64)_t|struct pr_[a-z0-9_]+) ([a-z][a-z0-9_]*)(?:\[(\w+)\])?;$/, addField],
  [/^\};$/, closeStruct],
];

/** Parses the header's text. Reports every error found, not just the first. */
export function parseWire(text: string): Parsed {
  const state: State = {
    constants: new Map(),
    structs: new Map(),
    errors: [],
    open: null,
    line: 0,
  };
  for (const line of withoutComments(text).split('\n')) {
    state.line += 1;
    parseLine(state, line.trim().replace(/\s+/g, ' '));
  }
  if (state.open !== null) fail(state, `struct ${state.open.name} is not closed`);
  const { constants, structs, errors } = state;
  return errors.length > 0 ? { ok: false, errors } : { ok: true, wire: { constants, structs } };
}

/** Comments become nothing, but their line breaks stay, so that line numbers stay true. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''));
}

function parseLine(state: State, line: string): void {
  if (line === '' || (state.open === null && preamble.has(line))) return;
  for (const [pattern, apply] of state.open === null ? outside : inside) {
    const match = pattern.exec(line);
    if (match !== null) {
      apply(state, match);
      return;
    }
  }
  fail(state, `not part of the wire grammar: ${line}`);
}

function fail(state: State, message: string): void {
  state.errors.push({ line: state.line, message });
}

function addConstant(state: State, match: RegExpExecArray): void {
  define(state, part(match, 1), Number(part(match, 2)));
}

/** CTL_CODE(FILE_DEVICE_NETWORK, function, METHOD_BUFFERED, FILE_READ_DATA | FILE_WRITE_DATA) of the Windows headers. */
function addControlCode(state: State, match: RegExpExecArray): void {
  const code = Number(part(match, 2));
  if (code < 0x800 || code > 0xfff) fail(state, 'a function code is from 0x800 to 0xfff');
  define(state, part(match, 1), 0x12 * 0x10000 + (3 << 14) + (code << 2));
}

function define(state: State, name: string, value: number): void {
  if (state.constants.has(name)) fail(state, `${name} is defined twice`);
  if (value > MAX_CONSTANT) fail(state, `${name} does not fit 32 bits`);
  state.constants.set(name, value);
}

function openStruct(state: State, match: RegExpExecArray): void {
  const name = part(match, 1);
  if (state.structs.has(name)) fail(state, `struct ${name} is defined twice`);
  state.open = { name, line: state.line, fields: [], size: 0, alignment: 1 };
}

function closeStruct(state: State): void {
  const open = state.open;
  if (open === null) return;
  const { name, fields, size, alignment } = open;
  if (fields.length === 0) fail(state, `struct ${name} is empty`);
  const tail = padding(size, alignment);
  if (tail > 0) fail(state, `struct ${name} ends with ${tail} bytes of implicit padding`);
  state.structs.set(name, { name, fields, bytes: size, alignment });
  state.open = null;
}

function addField(state: State, match: RegExpExecArray): void {
  const open = state.open;
  const shape = shapeOf(state, part(match, 1));
  const count = match[3] === undefined ? null : elements(state, match[3]);
  if (open === null || shape === null || count === 0) return;
  const name = part(match, 2);
  if (open.fields.some((field) => field.name === name)) fail(state, `${name} is there twice`);
  const gap = padding(open.size, shape.alignment);
  if (gap > 0) fail(state, `${gap} bytes of implicit padding before ${name}`);
  const bytes = shape.bytes * (count ?? 1);
  open.fields.push({ name, type: shape.type, count, offset: open.size + gap, bytes });
  open.size += gap + bytes;
  open.alignment = Math.max(open.alignment, shape.alignment);
}

interface Shape {
  readonly type: IntegerType | StructType;
  readonly bytes: number;
  readonly alignment: number;
}

function shapeOf(state: State, type: string): Shape | null {
  const bits = /^uint(8|16|32|64)_t$/.exec(type)?.[1];
  if (bits !== undefined) {
    const bytes = Number(bits) / 8;
    const integer: IntegerType = { kind: 'integer', bits: Number(bits) as IntegerType['bits'] };
    return { type: integer, bytes, alignment: bytes };
  }
  const name = type.slice('struct '.length);
  const struct = state.structs.get(name);
  if (struct !== undefined) return { ...struct, type: { kind: 'struct', name } };
  fail(state, `struct ${name} is not defined before its use`);
  return null;
}

function elements(state: State, text: string): number {
  const count = /^\d+$/.test(text) ? Number(text) : (state.constants.get(text) ?? 0);
  if (count === 0) fail(state, `array length ${text} is not a positive number or constant`);
  return count;
}

function padding(size: number, alignment: number): number {
  return (alignment - (size % alignment)) % alignment;
}

function part(match: RegExpExecArray, index: number): string {
  return match[index] ?? '';
}
