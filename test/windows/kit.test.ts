/** The kit's memory, its report, and that the list of what Windows has to prove names exactly the checks that it has. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { root } from '../../scripts/process.ts';
import { catalogue, phases } from './kit/catalogue.ts';
import { type Check, Skip } from './kit/check.ts';
import type { Kit } from './kit/kit.ts';
import { undoAll } from './kit/removal.ts';
import { reportOf } from './kit/report.ts';
import { type Phase, Store, runPhases } from './kit/state.ts';
import { type Windows, quoted } from './kit/windows.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'portreeve-kit-'));
  file = path.join(folder, 'results.json');
  vi.spyOn(console, 'log').mockImplementation(() => undefined);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function validation(): string[] {
  return readFileSync(path.join(root, 'docs/windows-validation.md'), 'utf8').split('\n');
}

function check(id: string, run: () => Promise<undefined>): Check<null> {
  return { id, title: id, run };
}

const passes = (): Promise<undefined> => Promise.resolve(undefined);

test('the document and the kit have the same checks', () => {
  // Rows of three columns: the second names checks.
  const rows = validation()
    .map((line) => line.split('|'))
    .filter(({ length }) => length === 5);
  const checks = rows.map((cells) => cells[2] ?? '').join(' ');
  const named = [...checks.matchAll(/`([a-z]+\.[a-z0-9]+)`/g)].map(([, id = '']) => id);
  expect(named.toSorted()).toEqual([...catalogue.keys()].toSorted());
});

test('a claim is not yet proven, or says where it was; every phase says what it changes', () => {
  const claims = validation().filter((line) => /^\| [a-z]/.test(line));
  expect(claims.length).toBeGreaterThan(20);
  for (const claim of claims) {
    expect(claim).toMatch(/\| (not yet proven|proven \(.*\d{4}-\d\d-\d\d.*\)) \|$/);
  }
  for (const { changes } of phases) expect(changes.length).toBeGreaterThan(0);
});

test('a failure does not keep the others from being tried', async () => {
  const store = new Store(file);
  const fails = (): Promise<undefined> => Promise.reject(new Error('wrong'));
  const skips = (): Promise<undefined> => Promise.reject(new Skip('not here'));
  await store.runChecks([check('a', fails), check('b', skips), check('c', passes)], null);
  const outcomes = new Store(file).state.results.map(({ id, outcome }) => `${id} ${outcome}`);
  expect(outcomes).toEqual(['a failed', 'b skipped', 'c passed']);
});

test('a check that took the computer down has failed, and is not tried again', async () => {
  const before = new Store(file);
  before.state.current = 'a';
  before.save();
  const tried: string[] = [];
  const run = (id: string) => (): Promise<undefined> => {
    tried.push(id);
    return passes();
  };
  const store = new Store(file);
  await store.runChecks([check('a', run('a')), check('b', run('b'))], null);
  expect(tried).toEqual(['b']);
  expect(store.state.results.map(({ outcome }) => outcome)).toEqual(['failed', 'passed']);
});

test('the kit goes on after a restart, and repeats a phase that did not end', async () => {
  const seen: string[] = [];
  const phase = (title: string, run: Phase<null>['run']): Phase<null> => ({
    title,
    changes: [],
    run: (context) => {
      seen.push(title);
      return run(context);
    },
  });
  let broken = true;
  const all = [
    phase('one', () => Promise.resolve('restart')),
    phase('two', () =>
      broken ? Promise.reject(new Error('crash')) : Promise.resolve('go on' as const),
    ),
    phase('three', () => Promise.resolve('go on')),
  ];
  expect(await runPhases(all, null, new Store(file))).toBe(false);
  await expect(runPhases(all, null, new Store(file))).rejects.toThrow('crash');
  broken = false;
  expect(await runPhases(all, null, new Store(file))).toBe(true);
  expect(seen).toEqual(['one', 'two', 'two', 'three']);
});

test('a half-written state is never read', () => {
  const store = new Store(file);
  store.fact('Windows', '10.0.26100');
  writeFileSync(`${file}.next`, '{"started": "');
  expect(new Store(file).state.facts).toEqual({ Windows: '10.0.26100' });
});

test('changes are taken back from the last to the first; what fails stays on the list', async () => {
  const store = new Store(file);
  for (const title of ['first', 'second', 'third', 'third']) {
    store.willChange({ title, program: title, args: [] });
  }
  const ran: string[] = [];
  const windows = {
    run: (program: string) => {
      ran.push(program);
      return Promise.resolve({ code: program === 'second' ? 5 : 0, output: '' });
    },
  } as unknown as Windows;
  await undoAll({ windows, store, folder, ask: () => Promise.resolve() } satisfies Kit);
  expect(ran).toEqual(['third', 'second', 'first']);
  expect(new Store(file).state.undo.map(({ title }) => title)).toEqual(['second']);
});

test('the report shows every check, and no text can break its table', () => {
  const store = new Store(file);
  const note = 'a | b\n<script> [x](y) `z`';
  store.record({ id: 'hold.tcp4', outcome: 'failed', note, milliseconds: 1 });
  const page = reportOf(store.state, catalogue);
  expect(page).toContain('0 passed, 1 failed, 0 skipped');
  expect(page).not.toContain('<script>');
  const rows = page.split('\n').filter((line) => line.startsWith('| '));
  expect(rows).toHaveLength(catalogue.size + 1);
  for (const row of rows) expect(row.split('|')).toHaveLength(6);
});

test('a text stays one text in a PowerShell script', () => {
  expect(quoted("C:\\Kit'; Remove-Item x; \u2019")).toBe(
    "'C:\\Kit''; Remove-Item x; \u2019\u2019'",
  );
});
