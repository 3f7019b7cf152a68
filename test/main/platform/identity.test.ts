import { spawn } from 'node:child_process';

import { describe, expect, test } from 'vitest';

import { linuxIdentity } from '../../../src-main/platform/identity-linux.ts';
import { windowsSubject } from '../../../src-main/platform/windows-caller.ts';
import { isVolatileProgram } from '../../../src-main/platform/volatile-programs.ts';
import { createdOf } from '../fakes/process-times.ts';

describe('identity on Linux', () => {
  const identity = linuxIdentity();

  test('knows what a process was started with, by whom', async () => {
    const child = spawn('sleep', ['61']);
    const id = child.pid ?? 0;
    const facts = await identity.processFacts({ id: BigInt(id), created: createdOf(id) });
    child.kill();
    expect(facts.commandLine).toBe('sleep 61');
    expect(facts.startedBy).toMatch(/^node/);
    expect(facts.user).not.toBe('');
  });

  test('says nothing about another process that has the id now', async () => {
    const own = { id: BigInt(process.pid), created: createdOf(process.pid) };
    const other = { ...own, created: own.created - 100_000_000n };
    expect(await identity.isAlive(own)).toBe(true);
    expect(await identity.isAlive(other)).toBe(false);
    expect(await identity.processFacts(other)).toEqual({
      commandLine: null,
      startedBy: null,
      user: null,
    });
  });

  test('knows that a process is gone', async () => {
    const child = spawn('true');
    const id = child.pid ?? 0;
    const key = { id: BigInt(id), created: createdOf(id) };
    await new Promise((resolve) => {
      child.on('exit', resolve);
    });
    expect(await identity.isAlive(key)).toBe(false);
  });

  test('takes paths as bytes: nothing is folded', () => {
    const paths = ['/opt/a', '/opt/A', '/opt/a/', '/opt/\udc80', '/opt/\udc81', 'C:\\x', ''];
    expect(new Set(paths.map((path) => identity.subjectOf(path).key)).size).toBe(paths.length);
    expect(identity.subjectOf('/opt/C:\\dir\\x').name).toBe('C:\\dir\\x');
  });

  test('gives one text per start of the computer', () => {
    expect(identity.bootId()).toMatch(/^[0-9a-f-]{36}$/);
    expect(identity.bootId()).toBe(identity.bootId());
  });
});

describe('subjects on Windows', () => {
  test('fold the case of A to Z only', () => {
    const key = (path: string) => windowsSubject(path).key;
    expect(key('\\Device\\X\\A.EXE')).toBe(key('\\device\\x\\a.exe'));
    expect(key('\\\u0130')).not.toBe(key('\\i'));
    expect(key('\\\u212a')).not.toBe(key('\\k'));
    expect(windowsSubject('\\Device\\X\\A.EXE')).toMatchObject({ name: 'A.EXE' });
  });
});

describe('volatile programs', () => {
  test.each([
    ['/usr/bin/python3.11', true],
    ['/usr/bin/bash', true],
    ['/usr/bin/curl', false],
    ['/tmp/curl', true],
    ['/opt/tmp/curl', false],
    ['/usr/bin/nodejs-like', false],
    ['C:\\Windows\\System32\\cmd.exe', true],
    ['C:\\Users\\a\\AppData\\Local\\Temp\\setup.exe', true],
  ])('%s: %s', (path, expected) => {
    const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    expect(isVolatileProgram({ kind: 'path', name, path })).toBe(expected);
  });

  test('an interpreter is one in a package too', () => {
    const python = { kind: 'package' as const, name: 'Maker.Python.3.12' };
    expect(isVolatileProgram({ ...python, path: 'C:\\WindowsApps\\p\\python.exe' })).toBe(true);
    expect(isVolatileProgram({ ...python, path: 'C:\\WindowsApps\\p\\mail.exe' })).toBe(false);
  });
});
