/** What Windows says about a program, as subjects: which is asked about, and what a rule made from it matches later. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { mismatchOf } from '../../../src-main/engine/policy/covering.ts';
import { RuleTable } from '../../../src-main/engine/policy/rule-table.ts';
import type { Caller } from '../../../src-main/engine/ports.ts';
import { signerOf } from '../../../src-main/engine/subjects/signer.ts';
import {
  callerFrom,
  serviceSubject,
  unfoundCaller,
  windowsSubject,
} from '../../../src-main/platform/windows-caller.ts';
import type { FoundProgram, SignedProgram } from '../../../src-main/platform/windows/programs.ts';
import { draft } from '../fakes/rule-drafts.ts';
import { sample } from '../fakes/sample.ts';

const volume = String.raw`\device\harddiskvolume3`;
const nothing: FoundProgram = {
  path: null,
  signed: null,
  hash: null,
  arguments: null,
  folder: null,
  package: null,
  services: [],
  ancestors: [],
};
const harbour: SignedProgram = {
  signer: { name: 'Harbour GmbH', country: 'DE' },
  product: 'Harbour Mail',
  originalName: 'harbour.exe',
};
const plain = { hash: false, ancestors: false };

function callerAt(path: string, found: Partial<FoundProgram> = {}, wanted = plain): Caller {
  return callerFrom(windowsSubject(path), { ...nothing, ...found }, wanted);
}

/** Whether the rule that an answer to this question makes is about that caller. */
function lasts(asked: Caller, later: Caller): boolean {
  const table = new RuleTable();
  const made = { ruleId: 1, editedAt: null, enabled: true, hits: 0, lastUsedAt: null };
  table.put({ ...draft({ subject: asked.subject }), ...made });
  const connection = sample({ path: 'unused' });
  const asking = { caller: later, connection, now: 0, network: null };
  const rule = table.match(asking);
  return rule !== null && mismatchOf(rule, asking) === null;
}

describe('what is asked about', () => {
  test.each<[string, string, Partial<FoundProgram>, string]>([
    ['a signed program', '\\x\\app-1.2\\h.exe', { signed: harbour }, 'signer h.exe'],
    ['one in a versioned folder', '\\x\\app-1.2\\h.exe', {}, 'path-pattern h.exe'],
    ['any other', '\\x\\h.exe', {}, 'path h.exe'],
    [
      'a service, whoever signed its host',
      '\\windows\\system32\\svchost.exe',
      { services: ['Dnscache'], signed: harbour },
      'service Dnscache',
    ],
    [
      'services that share a process',
      '\\windows\\system32\\svchost.exe',
      { services: ['A', 'B'] },
      'path svchost.exe',
    ],
    [
      'a packaged app',
      '\\x\\App_1.2_x64__8wek\\a.exe',
      { package: 'Maker.App_8wekyb3d8bbwe', signed: harbour },
      'package Maker.App',
    ],
    [
      'a script',
      '\\py\\python.exe',
      { arguments: ['python', 'C:\\a\\b.py'], signed: harbour },
      'interpreter-script b.py',
    ],
    [
      'a script of a packaged interpreter',
      '\\py\\python.exe',
      { arguments: ['python', 'C:\\a\\b.py'], package: 'P_1' },
      'interpreter-script b.py',
    ],
    [
      'a script in the folder',
      '\\py\\python.exe',
      { arguments: ['python', 'b.py'], folder: 'C:\\A' },
      'interpreter-script b.py',
    ],
    [
      'a script in no known folder',
      '\\py\\python.exe',
      { arguments: ['python', 'b.py'], signed: harbour },
      'signer python.exe',
    ],
    [
      'no script',
      '\\py\\python.exe',
      { arguments: ['python', '-c', 'x'], signed: harbour },
      'signer python.exe',
    ],
  ])('%s', (_name, path, found, expected) => {
    const { kind, name } = callerAt(`${volume}${path}`, found).subject;
    expect(`${kind} ${name}`).toBe(expected);
  });

  test('relative and whole names of a script are one, whatever their case', () => {
    const key = (given: string, folder: string | null) =>
      callerAt('\\py\\python.exe', { arguments: ['python', given], folder }).subject.key;
    expect(key('B.py', 'C:\\A\\')).toBe(key('c:\\a\\b.py', null));
    expect(key('..\\A\\b.py', 'C:\\x')).toBe(key('c:\\a\\b.py', null));
    expect(key('\\a\\b.py', null)).toBe('\\py\\python.exe');
  });

  test('a program that names itself nowhere is no signed one: its signer has made others too', () => {
    const signed = { ...harbour, product: '' };
    expect(callerAt('\\x\\h.exe', { signed }).subject.kind).toBe('path');
  });

  test('a wanted hash that is not known leaves it open', () => {
    const wanted = { hash: true, ancestors: false };
    expect(callerAt('\\x\\h.exe', {}, wanted).complete).toBe(false);
    expect(callerAt('\\x\\h.exe', { hash: 'ab' }, wanted).complete).toBe(true);
    expect(unfoundCaller(windowsSubject('\\x\\h.exe'), wanted).complete).toBe(false);
    expect(unfoundCaller(windowsSubject('\\x\\h.exe'), plain).subject.kind).toBe('path');
  });

  test('services are one whatever the case of their name', () => {
    expect(serviceSubject('DNSCACHE').key).toBe(serviceSubject('Dnscache').key);
  });

  test('what started it is known by its signer as well', () => {
    const process = { id: 1n, created: 1n };
    const parent = {
      process,
      devicePath: '\\s\\steam.exe',
      path: 'C:\\s\\steam.exe',
      signed: harbour,
      package: null,
    };
    const [ancestor] = callerAt('\\g\\game.exe', { ancestors: [parent] }).ancestors;
    expect(ancestor?.subjects.map(({ kind }) => kind)).toEqual(['signer', 'path']);
  });
});

const word = fc.stringMatching(/^[A-Za-z0-9 .,"\\|-]{1,20}$/);
const signedProgram = fc.record({
  signer: fc.record({ name: word, country: fc.constantFrom('', 'DE', 'US') }),
  product: word,
  originalName: word,
});
const file = fc.stringMatching(/^[a-z]{1,8}\.exe$/);
const folder = fc.stringMatching(/^\\[a-z]{1,8}$/);

describe('a rule for a signed program', () => {
  test('is about every later version, wherever it is', () => {
    fc.assert(
      fc.property(signedProgram, file, folder, folder, (signed, name, before, after) => {
        const asked = callerAt(`${before}\\${name}`, { signed, hash: 'a' });
        expect(lasts(asked, callerAt(`${after}\\${name}`, { signed, hash: 'b' }))).toBe(true);
      }),
    );
  });

  test('is about no other program, and no unsigned copy at any path', () => {
    fc.assert(
      fc.property(signedProgram, signedProgram, file, folder, (signed, other, name, where) => {
        const asked = callerAt(`${where}\\${name}`, { signed });
        expect(lasts(asked, callerAt(`${where}\\${name}`))).toBe(false);
        const isSame = JSON.stringify(signed).toLowerCase() === JSON.stringify(other).toLowerCase();
        if (!isSame)
          expect(lasts(asked, callerAt(`${where}\\${name}`, { signed: other }))).toBe(false);
      }),
    );
  });

  test('no two programs are one by where their names are cut', () => {
    const one = callerAt('\\x', { signed: { ...harbour, product: 'a","b', originalName: 'c' } });
    const other = callerAt('\\x', { signed: { ...harbour, product: 'a', originalName: 'b","c' } });
    expect(one.subject.key).not.toBe(other.subject.key);
  });

  test('says who signed', () => {
    expect(signerOf(callerAt('\\x', { signed: harbour }).subject)).toBe('Harbour GmbH');
    expect(signerOf({ ...windowsSubject('x'), key: 'no list' })).toBe('');
  });
});
