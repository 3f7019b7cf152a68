import { describe, expect, it } from 'vitest';
import { checkLockfile } from '../../scripts/check/lockfile.ts';

const linter = { version: '1.0.0', optionalDependencies: { 'linter-win32': '1.0.0' } };

describe('lockfile check', () => {
  it('finds a package of another system that was left out', () => {
    const findings = checkLockfile({ packages: { 'node_modules/linter': linter } });
    expect(findings.map(({ message }) => message)).toEqual([
      'linter-win32 is missing, which node_modules/linter may need on another system',
    ]);
  });

  it.each(['node_modules/linter-win32', 'node_modules/linter/node_modules/linter-win32'])(
    'accepts it at %s',
    (place) => {
      const packages = { 'node_modules/linter': linter, [place]: { version: '1.0.0' } };
      expect(checkLockfile({ packages })).toEqual([]);
    },
  );
});
