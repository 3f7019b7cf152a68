import { describe, expect, it } from 'vitest';
import { checkC, functionsOf } from '../../scripts/check/c-source.ts';

const rulesOf = (text: string) =>
  checkC([{ file: 'driver/core/x.c', text }]).map((finding) => finding.rule);
const body = (lines: number) => `int f(void)\n{\n${'    x++;\n'.repeat(lines)}}\n`;

describe('C source checks', () => {
  it('measures functions from brace to brace, whatever strings and macros hold', () => {
    const text = `#define OPEN {\nstatic int f(int a)\n{\n    char *s = "}";\n    /* } */\n    return a;\n}\n`;
    expect(functionsOf(text)).toEqual([{ line: 3, lines: 5, nesting: 0 }]);
  });

  it('does not take an initializer for a function', () => {
    expect(functionsOf('static const int table[] = {\n    1,\n};\n')).toEqual([]);
  });

  it('allows a function of 100 lines and refuses one of 101', () => {
    expect(rulesOf(body(98))).toEqual([]);
    expect(rulesOf(body(99))).toEqual(['c-function-size']);
  });

  it('refuses nesting deeper than four', () => {
    const nested = (depth: number) =>
      `int f(void)\n{\n${'if (x) {'.repeat(depth)}${'}'.repeat(depth)}\n}\n`;
    expect(rulesOf(nested(4))).toEqual([]);
    expect(rulesOf(nested(5))).toEqual(['c-nesting']);
  });

  it('refuses unbounded string functions, but not in comments or strings', () => {
    expect(rulesOf('void f(void)\n{\n    strcpy(a, b);\n}\n')).toEqual(['c-banned-function']);
    expect(rulesOf('/* strcpy(a, b) */\nchar *s = "sprintf(";\n')).toEqual([]);
  });

  it('refuses a file of more than 900 lines', () => {
    expect(rulesOf('\n'.repeat(899))).toEqual([]);
    expect(rulesOf('\n'.repeat(900))).toEqual(['c-file-size']);
  });
});
