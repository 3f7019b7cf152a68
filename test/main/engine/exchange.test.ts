import { readFileSync } from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Place } from '../../../src-preload/contract/rules.ts';
import { jsonSchema, MAX_TEXT } from '../../../src-main/engine/exchange/format.ts';
import { readRules } from '../../../src-main/engine/exchange/read.ts';
import { openStore } from '../../../src-main/engine/store/store.ts';
import { fakeIdentity, startBench } from '../fakes/engine-bench.ts';
import type { Bench } from '../fakes/engine-bench.ts';
import { draft } from '../fakes/rule-drafts.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const places: readonly Place[] = [
  { kind: 'anything' },
  { kind: 'lan' },
  { kind: 'address', address: '2001:db8::1' },
  { kind: 'range', first: '10.0.0.0', last: '10.255.255.255' },
  { kind: 'domain', name: 'example.com' },
];

async function benchWithRules(): Promise<Bench> {
  const bench = await startBench();
  for (const [index, place] of places.entries()) {
    const ports =
      index % 2 === 0
        ? null
        : [
            { first: 80, last: 80 },
            { first: 8000, last: 8080 },
          ];
    bench.store.addRule(
      draft({ path: `/opt/\udc80-${index}`, place, ports, protocol: 6, note: 'n' }),
      [],
    );
  }
  bench.store.addRule(
    draft({ path: '/opt/soon-gone', lifetime: 'until-restart', bootId: 'first' }),
    [],
  );
  return bench.restart();
}

async function exported(bench: Bench, ruleIds: string[] | null = null) {
  const result = await bench.engine.handlers.exportRules({ ruleIds });
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

async function imported(bench: Bench, text: string, dryRun = false) {
  const result = await bench.engine.handlers.importRules({ text, dryRun });
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

const rulesOf = (bench: Bench) => {
  const loaded = bench.store.loadRules();
  if (!loaded.ok) throw new Error(loaded.error.message);
  return loaded.value;
};

describe('rules in a file', () => {
  test('come back as they were, lone surrogates included', async () => {
    const bench = await benchWithRules();
    const { text, exported: count, leftOut } = await exported(bench);
    expect({ count, leftOut }).toEqual({ count: places.length, leftOut: 1 });
    const other = await startBench();
    expect(await imported(other, text, true)).toMatchObject({
      applied: false,
      added: places.length,
    });
    expect(rulesOf(other)).toEqual([]);
    expect(await imported(other, text)).toMatchObject({ applied: true, added: places.length });
    expect((await exported(other)).text).toBe(text);
    expect(rulesOf(other).every(({ origin }) => origin === 'imported')).toBe(true);
    expect(await imported(other, text)).toMatchObject({ added: 0, unchanged: places.length });
    await Promise.all([bench.engine.stop(), other.engine.stop()]);
  });

  test('can be chosen, replace equal ones, and be taken back', async () => {
    const bench = await benchWithRules();
    const [first] = rulesOf(bench);
    const { text, exported: count } = await exported(bench, [String(first!.ruleId)]);
    expect(count).toBe(1);
    const changed = text.replace('"allow"', '"block"').replace('"enabled":true', '"enabled":false');
    const before = rulesOf(bench);
    const report = await imported(bench, changed);
    expect(report).toMatchObject({ applied: true, replaced: 1, added: 0 });
    expect(report.changes[0]).toMatchObject({
      kind: 'replaced',
      rule: { verdict: 'block', enabled: false },
      before: { verdict: 'allow' },
    });
    expect(
      rulesOf(bench).filter(({ verdict, enabled }) => verdict === 'block' && !enabled),
    ).toHaveLength(1);
    await bench.engine.handlers.restoreRules({ undoId: report.undoId ?? '' });
    expect(rulesOf(bench).toSorted((a, b) => a.ruleId - b.ruleId)).toEqual(before);
    await bench.engine.stop();
  });

  test('that are wrong are refused with line and reason, and nothing of the file is applied', async () => {
    const bench = await benchWithRules();
    const { text } = await exported(bench);
    const before = rulesOf(bench);
    const cases: readonly (readonly [string, number, RegExp])[] = [
      ['', 1, /JSON/],
      [text.slice(0, -10), 9, /JSON/],
      ['[1]', 1, /the file/],
      [text.replace('"version": 1', '"version": 2'), 3, /version/],
      [text.replace('"outbound"', '"sideways"'), 5, /direction/],
      [text.replace('2001:db8::1', '2001:DB8::1'), 7, /canonical/],
      [text.replace('"first":80,"last":80', '"first":9000,"last":80'), 6, /ports/],
      [text.replace('{"subject"', '{"__proto__":{"enabled":true},"subject"'), 5, /__proto__/],
    ];
    for (const [wrong, line, reason] of cases) {
      const report = await imported(bench, wrong);
      expect(report.applied, wrong.slice(0, 80)).toBe(false);
      expect(report.problems[0]?.line, wrong.slice(0, 80)).toBe(line);
      expect(report.problems[0]?.reason).toMatch(reason);
    }
    const twice = text.replace('"rules": [\n', `"rules": [\n${text.split('\n')[4]}\n`);
    expect((await imported(bench, twice)).problems).toEqual([
      { line: 6, reason: 'The same rule as in line 5.' },
    ]);
    expect(await imported(bench, 'x'.repeat(MAX_TEXT + 1))).toMatchObject({ problemTotal: 1 });
    expect(rulesOf(bench)).toEqual(before);
    await bench.engine.stop();
  });

  test('that the disk has no room for are not there in part', async () => {
    const bench = await benchWithRules();
    const { text } = await exported(bench);
    await bench.engine.stop();
    const one = text.split('\n')[4]!.replace(/,$/, '');
    const many = Array.from({ length: 500 }, (_, index) => one.replaceAll('-0', `-a${index}`));
    const large = text.replace('"rules": [\n', `"rules": [\n${many.join(',\n')},\n`);
    const file = path.join(temporaryFolder(), 'portreeve.db');
    const store = openStore(file, 130_000);
    if (!store.ok) throw new Error(store.error.message);
    const other = await startBench(file, { store: store.value });
    const full = await other.engine.handlers.importRules({ text: large, dryRun: false });
    expect(full).toMatchObject({ ok: false, code: 'store-failed' });
    expect(rulesOf(other)).toEqual([]);
    expect((await exported(other)).exported).toBe(0);
    expect(await imported(other, text)).toMatchObject({ applied: true, added: places.length });
    await other.engine.stop();
  });

  test('fuzzed: refused with a line, or read; never a crash, never a polluted prototype', async () => {
    const bench = await benchWithRules();
    const { text } = await exported(bench);
    await bench.engine.stop();
    const pieces = [
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      'null',
      '-1',
      '1e999',
      '"__proto__":{"polluted":1},',
      '"constructor":{"prototype":{"polluted":1}},',
      '\\ud800',
      '\u0000',
      '\ufeff',
      'true',
      '"kind":"range",',
      '\n',
      '9'.repeat(400),
      '['.repeat(5000),
    ];
    const edit = fc.record({
      at: fc.nat({ max: text.length }),
      cut: fc.nat({ max: 40 }),
      put: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 8 })),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let mutated = text;
        for (const { at, cut, put } of edits)
          mutated = mutated.slice(0, at) + put + mutated.slice(at + cut);
        const { drafts, problems } = readRules(mutated, 0, fakeIdentity());
        const lines = mutated.split('\n').length;
        for (const { line, reason } of problems) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines);
          expect(reason).not.toBe('');
        }
        if (problems.length === 0) expect(drafts.length).toBeLessThanOrEqual(places.length + 4);
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  }, 60_000);

  test('are described by the published schema', () => {
    const published = path.resolve(import.meta.dirname, '../../../docs/rules-file.schema.json');
    expect(JSON.parse(readFileSync(published, 'utf8'))).toEqual(JSON.parse(jsonSchema()));
  });
});
