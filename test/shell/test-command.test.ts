/** `npm test` on a machine that lacks its tools and on which nothing can be installed. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../scripts/process.ts';
import { asUser, copyProduct, giveToUser, linkPrograms, userCanRead } from './product-copy.ts';

let folder: string;
let clone: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'portreeve-test-'));
  clone = path.join(folder, 'clone');
  copyProduct(clone);
  const vitest = ['vitest.config.ts', 'test/temporary-folders.ts'];
  for (const part of ['test/check', 'test/wine/packages', ...vitest]) {
    cpSync(path.join(root, part), path.join(clone, part), { recursive: true });
  }
  linkPrograms(path.join(folder, 'bare'), ['node', 'npm', 'sh']);
  giveToUser(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Outcome {
  readonly code: number | null;
  readonly lines: string[];
}

/** What `npm test -- NAMES` prints and its code, where there is Node and nothing else. */
function npmTest(names: readonly string[], env: Record<string, string> = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(clone, 'scripts/run.mjs'), 'test', ...names],
    {
      ...asUser,
      cwd: clone,
      env: { PATH: path.join(folder, 'bare'), HOME: folder, ...env },
      encoding: 'utf8',
    },
  );
  return { code: status, lines: (stdout + stderr).trimEnd().split('\n') };
}

describe.skipIf(!userCanRead || process.platform !== 'linux')('npm test without tools', () => {
  const names = ['main', 'driver-unit', 'wine', 'exec', 'renderer', 'e2e'];

  it('names them and the suites that it leaves out, and does not fail', () => {
    const { code, lines } = npmTest(names);
    expect(lines).toEqual([
      'Missing: cc, clang, sanitizers, mingw, lld, wine, curl, browser (Debian: apt-get install build-essential ' +
        'clang-19 libclang-rt-19-dev mingw-w64 lld-19 wine curl chromium). ' +
        'Left out therefore: main, driver-unit, wine, exec, renderer, e2e.',
      'main               left out: needs build-essential',
      'driver-unit        left out: needs build-essential clang-19 libclang-rt-19-dev',
      'exec               left out: needs build-essential curl',
      'renderer           left out: needs chromium',
      'wine               left out: needs mingw-w64 clang-19 lld-19 wine',
      'e2e                left out: needs build-essential curl chromium',
      '0 passed, 0 failed, 6 skipped',
    ]);
    expect(code).toBe(0);
  });

  it('with CI=true fails each of them', () => {
    const { code, lines } = npmTest(names, { CI: 'true' });
    expect(lines[0]).toMatch(/^Missing: cc, .*\. With CI=true that fails: main, driver-unit, /);
    expect(lines.slice(1, -1)).toHaveLength(names.length);
    for (const line of lines.slice(1, -1)) expect(line).toMatch(/^\S+ +FAILED: needs /);
    expect(lines.at(-1)).toBe('0 passed, 6 failed');
    expect(code).toBe(1);
  });

  it('runs what lacks nothing', () => {
    const { code, lines } = npmTest(['check-rules', 'renderer']);
    const [missing, left, done] = [
      lines[0],
      lines.find((line) => line.startsWith('renderer')),
      lines.at(-1),
    ];
    expect(missing).toMatch(/^Missing: browser \(.*\)\. Left out therefore: renderer\.$/);
    expect(left).toBe('renderer           left out: needs chromium');
    expect(lines).toContain('check-rules        ...');
    expect(lines).toContainEqual(expect.stringMatching(/^check-rules +passed +[\d.]+ s /));
    expect(done).toMatch(/^[1-9]\d* passed, 0 failed, 1 skipped$/);
    expect(code).toBe(0);
  });

  it('says what suites there are', () => {
    const { code, lines } = npmTest(['no-such-suite']);
    expect(code).toBe(2);
    expect(lines).toEqual([
      expect.stringMatching(/^test: there is no suite "no-such-suite"; there are check, /),
    ]);
  });
});
