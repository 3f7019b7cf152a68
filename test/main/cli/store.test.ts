/** The command line on the store alone: real processes, the real store, and what goes wrong. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../../src-main/cli/run.ts';
import { lockStore } from '../../../src-main/engine/store/lock.ts';
import { storeFile } from '../../../src-main/engine/store/kept.ts';
import { storeAt } from '../fakes/engine-bench.ts';
import { draft } from '../fakes/rule-drafts.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';
import { type Place, makePlace, saidBy } from './command-line.ts';

const DEATHS = 10;

let place: Place;
beforeEach(() => {
  place = makePlace();
});

/** A store with so many rules. */
function fill(count: number, given: Parameters<typeof draft>[0] = {}): void {
  mkdirSync(place.state, { recursive: true, mode: 0o700 });
  const store = storeAt(storeFile(place.state));
  const drafts = Array.from({ length: count }, (_, index) =>
    draft({ path: `/opt/${index}`, ...given }),
  );
  expect(store.addRules(drafts, []).ok).toBe(true);
  store.close();
}

function rulesIn(state: string) {
  const store = storeAt(storeFile(state));
  const loaded = store.loadRules();
  store.close();
  if (!loaded.ok) throw new Error(loaded.error.message);
  return loaded.value;
}

/** The same code without a process of its own, for what ends before anything is opened or changed. */
async function inThisProcess(state: string, args: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [stdin, version] = [Readable.from([]), '1.2.3'];
  const line = { args: ['--state', state, ...args], stdin, stdout, stderr, version };
  const code = await runCommandLine(line);
  const textOf = (stream: PassThrough) => String((stream.read() as Buffer | null) ?? '');
  return { code, out: textOf(stdout), err: textOf(stderr) };
}

/** A file of so many rules. */
function fileOf(count: number): string {
  const rule = (index: number) => ({
    subject: { kind: 'path', key: `/new/${index}`, name: `${index}`, path: `/new/${index}` },
    withChildren: false,
    verdict: 'block',
    place: { kind: 'anything' },
    ports: null,
    protocol: null,
    direction: 'outbound',
    network: null,
    enabled: true,
    note: '',
  });
  const rules = Array.from({ length: count }, (_, index) => rule(index));
  const file = path.join(temporaryFolder(), 'rules.json');
  writeFileSync(file, JSON.stringify({ format: 'portreeve-rules', version: 1, rules }));
  return file;
}

describe('while Portreeve does not run', () => {
  test('rules are made, removed and brought back', async () => {
    const { code, out, err } = await place.portreeve(
      'rules',
      'add',
      'block',
      '--everybody',
      '--to',
      '*.ads.example',
    );
    expect({ code, out, err }).toEqual({
      code: 0,
      out: '1  Block everybody: *.ads.example, always\n',
      err: '',
    });
    const removed = await place.portreeve('rules', 'remove', '1');
    const file = /^Bring back later: portreeve rules import '(.+)'\n$/.exec(removed.err)?.[1] ?? '';
    expect(rulesIn(place.state)).toEqual([]);
    expect((await place.portreeve('rules', 'import', file)).code).toBe(0);
    expect(rulesIn(place.state)).toMatchObject([
      { verdict: 'block', place: { name: 'ads.example' } },
    ]);
  });

  test.each([
    ['rules', 'add', 'allow'],
    ['rules', 'add', 'allow', '--program', 'curl'],
    ['rules', 'add', 'allow', '--program', '/a', '--everybody'],
    ['rules', 'add', 'perhaps', '--everybody'],
    ['rules', 'add', 'allow', '--everybody', '--to', '1.2.3'],
    ['rules', 'add', 'allow', '--everybody', '--to', 'x'.repeat(300)],
    ['rules', 'add', 'allow', '--everybody', '--port', '70000'],
    ['rules', 'add', 'allow', '--everybody', '--protocol', '300'],
    ['rules', 'add', 'allow', '--everybody', '--lifetime', 'soon'],
    ['rules', 'add', 'allow', '--everybody', '--lifetime', '999999d'],
    ['rules', 'add', 'allow', '--everybody', '--lifetime', 'until-sign-out'],
    ['rules', 'add', 'allow', '--hash', 'abc'],
    ['rules', 'add', 'allow', '--everybody', '--nonsense\u001b[2J'],
    ['rules', 'remove', '1; drop table rule'],
    ['rules', 'remove'],
    ['rules', 'import', '/nonexistent/file'],
    ['rules', 'import', '/dev/zero'],
    ['rules', 'export', '/nonexistent/folder/file'],
    ['mode', 'sleep'],
    ['mode', 'learn', '--for', 'ever'],
    ['frobnicate'],
  ])('%j %j %j %j %j %j is one clear line, and nothing is changed', async (...args) => {
    fill(1);
    const { code, out, err } = await inThisProcess(place.state, args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^portreeve: \P{Cc}+\n$/u);
    expect(rulesIn(place.state)).toMatchObject([{ enabled: true, editedAt: null }]);
  });

  test('when one of several ids is not there, none is removed', async () => {
    fill(3);
    const { code, err } = await place.portreeve('rules', 'remove', '1', '2', '9');
    expect({ code, err }).toEqual({
      code: 3,
      err: 'portreeve: There is no rule 9; nothing was changed.\n',
    });
    expect(rulesIn(place.state)).toHaveLength(3);
    expect(existsSync(path.join(place.state, 'removed'))).toBe(false);
  });

  test('rules of another sign-in are left for the Portreeve that knows it', async () => {
    fill(1, { lifetime: 'until-sign-out', signInId: 'another' });
    expect((await place.portreeve('rules', 'add', 'allow', '--everybody')).code).toBe(0);
    expect(rulesIn(place.state)).toHaveLength(2);
  });

  test('names cannot move the cursor, hide or turn anything', async () => {
    fill(1, { path: '/opt/\u001b[2Jevil\u202egpj.exe\u009b1m\nx' });
    const text = await place.portreeve('rules', 'list');
    const json = await place.portreeve('rules', 'list', '--json');
    for (const { out } of [text, json]) expect(out).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    expect(text.out.split('\n')).toHaveLength(3);
    expect(JSON.parse(json.out)).toMatchObject([
      { subject: { path: '/opt/\u001b[2Jevil\u202egpj.exe\u009b1m\nx' } },
    ]);
  });
});

describe('many rules', () => {
  test('10 000 are listed, as text and as JSON', async () => {
    fill(10_000);
    expect(await place.json('rules', 'list')).toHaveLength(10_000);
    const { out } = await place.portreeve('rules', 'list', '--limit', '9999');
    expect(out.split('\n')).toHaveLength(10_001);
  });

  test('a reader that goes early ends it quietly', async () => {
    fill(10_000);
    const child = place.spawnCommand(['rules', 'list']);
    child.stdout?.once('data', () => child.stdout?.destroy());
    child.stdin?.end();
    const said = await saidBy(child);
    expect(said).toMatchObject({ code: 0, signal: null, err: '' });
  });
});

describe('a store that cannot be used', () => {
  test('is busy while another one has it, which is said with code 4', async () => {
    fill(1);
    const lock = lockStore(place.state);
    const { code, err } = await place.portreeve('rules', 'list');
    expect(code).toBe(4);
    expect(err).toMatch(/^portreeve: Another program is using the file with your rules\./);
    if (lock.ok) lock.value.release();
    expect((await place.portreeve('rules', 'list')).code).toBe(0);
  });

  test('is waited for when it is free soon', async () => {
    fill(1);
    const lock = lockStore(place.state);
    const child = place.spawnCommand(['rules', 'list']);
    child.stdin?.end();
    setTimeout(() => lock.ok && lock.value.release(), 300);
    expect(await saidBy(child)).toMatchObject({ code: 0 });
  });

  test('is restored from a backup when it is damaged', async () => {
    fill(7);
    expect((await place.portreeve('rules', 'list')).code).toBe(0);
    const bytes = readFileSync(storeFile(place.state));
    writeFileSync(storeFile(place.state), bytes.fill(7, 100));
    const status = await place.portreeve('status');
    expect(status.code).toBe(4);
    expect(status.err).toContain('(corrupt)');
    const listed = (await place.json('backups')) as { backupId: string; rules: number }[];
    expect(listed).toMatchObject([{ rules: 7 }]);
    expect((await place.portreeve('backups', 'restore', listed[0]?.backupId ?? '')).code).toBe(0);
    expect(rulesIn(place.state)).toHaveLength(7);
    expect(readdirSync(place.state).some((name) => name.endsWith('.old'))).toBe(true);
  });
});

describe('an import that is killed', () => {
  test('at any of its writes is there whole or not at all', async () => {
    const shim = path.join(temporaryFolder(), 'die_at_write.so');
    const source = path.join(import.meta.dirname, '../engine/programs/die_at_write.c');
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', shim, source]);
    const file = fileOf(400);
    const die = (at: number) => {
      const more = { LD_PRELOAD: shim, DIE_IN: place.state, DIE_AT: String(at), DIE_TORN: '1' };
      const child = place.spawnCommand(['rules', 'import', file], more);
      child.stdin?.end();
      return saidBy(child);
    };
    fill(1);
    const whole = await die(0);
    const operations = Number(/^operations (\d+)$/m.exec(whole.err)?.[1]);
    expect(operations).toBeGreaterThan(10);
    const seen = new Set<number>();
    for (let turn = 0; turn < DEATHS; turn += 1) {
      place = makePlace();
      fill(1);
      // oxlint-disable-next-line no-await-in-loop -- one death after the other
      const { signal } = await die(1 + Math.floor((turn * operations) / DEATHS));
      const count = rulesIn(place.state).length;
      expect([1, 401]).toContain(count);
      if (signal === 'SIGKILL') seen.add(count);
    }
    expect([...seen].toSorted((a, b) => a - b)).toEqual([1, 401]);
  }, 900_000);
});

describe('completion', () => {
  test('knows commands, choices, and where a path is typed', async () => {
    const complete = async (...words: string[]) =>
      (await place.portreeve('complete', '--', ...words)).out;
    // The completion scripts give the whole line; --state is not part of it here.
    expect(await complete('rules', 're')).toMatch(/^rehearse\t.*\nremove\t/);
    expect(await complete('rules', 'add', '')).toMatch(/^allow\t\nblock\t\ndrop\t\n/);
    expect(await complete('mode', 'l')).toMatch(/^learn\t\nlockdown\t\n/);
    expect(await complete('rules', 'add', 'allow', '--program', '/usr')).toBe(':0\n');
    expect(await complete('rules', 'import', '')).toBe(':0\n');
  });

  test.each(['bash', 'zsh', 'powershell'])('has a script for %s', async (shell) => {
    const { code, out } = await place.portreeve('completion', shell);
    expect(code).toBe(0);
    expect(out).toContain('portreeve complete');
    if (shell === 'bash') execFileSync('bash', ['-n'], { input: out });
  });
});
