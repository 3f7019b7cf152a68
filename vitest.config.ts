import { defineConfig } from 'vitest/config';

/** Unit and end-to-end suites. Each folder of test/ is a suite of scripts/test.ts, which runs them one by one. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: ['test/check/fixtures/**', 'node_modules/**'],
    globalSetup: 'test/temporary-folders.ts',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Conditions, not times: a loaded machine is slow and right.
    expect: { poll: { timeout: 20_000 } },
    teardownTimeout: 10_000,
  },
});
