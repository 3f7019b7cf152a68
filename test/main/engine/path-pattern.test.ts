import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  compilePattern,
  generalised,
  isUsablePattern,
} from '../../../src-main/engine/policy/path-pattern.ts';

describe('versioned folders', () => {
  test.each([
    [
      'C:\\Users\\a\\AppData\\Local\\Discord\\app-1.0.9005\\Discord.exe',
      'C:\\Users\\a\\AppData\\Local\\Discord\\app-{version}\\Discord.exe',
    ],
    ['/opt/edge/126.0.2592.87/msedge', '/opt/edge/{version}/msedge'],
    ['/opt/jdk-17.0.2+8/bin/java', '/opt/jdk-{version}/bin/java'],
    ['/opt/a-1.2/b-3.4/c', '/opt/a-{version}/b-{version}/c'],
    ['/usr/bin/python3.11', null],
    ['/usr/bin/curl', null],
    ['/opt/app-7/app', null],
    ['/opt/{version}/1.2/app', null],
    ['/opt/*/1.2/app', null],
  ])('%s', (path, pattern) => {
    expect(generalised(path)).toBe(pattern);
  });

  test('a pattern covers the path that it came from, and its next version', () => {
    const pattern = compilePattern('/opt/app-{version}/app');
    for (const version of ['1.0.9005', '2.0', '10.20.30-beta.4', '1.0+git_7']) {
      const covered = !version.includes('_');
      expect(pattern(`/opt/app-${version}/app`)).toBe(covered);
    }
  });

  test.each([
    '/opt/app-evil/app',
    '/opt/app-1.0/app/x',
    '/opt/app-1.0/../app',
    '/opt/app-1.0/sub/app',
    '/opt/app-1.0/appx',
    'x/opt/app-1.0/app',
    '/opt/app-1.0/app\n',
    '/opt/app-/app',
    '/opt/app-1/app',
  ])('it does not cover %j', (path) => {
    expect(compilePattern('/opt/app-{version}/app')(path)).toBe(false);
  });

  test('every path that becomes a pattern is covered by it', () => {
    const part = fc.oneof(
      fc.string({
        unit: fc.constantFrom('a', '1', '.', '-', '+', '(', '[', '$', '_'),
        maxLength: 9,
      }),
      fc.constantFrom('app-1.2.3', '4.5', 'v6.7-rc1'),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const path = `/${parts.join('/')}`;
        const pattern = generalised(path);
        if (pattern !== null) expect(compilePattern(pattern)(path)).toBe(true);
      }),
    );
  });

  test('what a pattern does not name is meant as it is', () => {
    expect(compilePattern('/a.b/(c)+[d]$^{1}|x')('/a.b/(c)+[d]$^{1}|x')).toBe(true);
    expect(compilePattern('/a.b/c')('/axb/c')).toBe(false);
  });

  test('a hostile path is settled at once', () => {
    const pattern = compilePattern('/opt/*/{version}/app-{version}/app');
    expect(pattern(`/opt/${'1.'.repeat(16_000)}/app-${'1.'.repeat(16_000)}!/app`)).toBe(false);
  });

  test.each([
    ['/opt/app-{version}/app', true],
    ['/opt/*/app', true],
    ['C:\\Tools\\*\\x.exe', true],
    ['/*/app', false],
    ['*', false],
    ['/opt/*', false],
    ['/opt/a/*x*/b', false],
  ])('%s may be a rule: %s', (pattern, usable) => {
    expect(isUsablePattern(pattern)).toBe(usable);
  });
});
