/** The build with the WDK has never run here: its plan, at least, has the sources of the other builds and the WDK's headers. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

import { wdkEnvironment, wdkSteps } from '../../scripts/driver/wdk.ts';
import { root } from '../../scripts/process.ts';

const environment = { kits: 'C:\\Kits\\10\\', version: '10.0.26100.0' };

function sources(folder: string): string[] {
  const names = readdirSync(path.join(root, folder)).filter((name) => name.endsWith('.c'));
  return names.map((name) => `${folder}/${name}`);
}

test('it compiles every source of the driver, and no other', () => {
  for (const architecture of ['x64', 'arm64'] as const) {
    const steps = wdkSteps(architecture, environment, 'out');
    const compiled = steps.filter(({ program }) => program === 'cl.exe');
    const files = compiled.map(({ args }) => args.at(-1));
    expect(files.toSorted()).toEqual(
      [...sources('driver/core'), ...sources('driver/windows')].toSorted(),
    );
    for (const { args } of compiled) {
      expect(args).toEqual(expect.arrayContaining(['/W4', '/WX', '/analyze', '/guard:cf']));
      expect(args).toContain('/IC:\\Kits\\10\\Include\\10.0.26100.0\\km');
      expect(args.filter((one) => one.includes('ddk'))).toEqual([]);
    }
  }
});

test('a developer prompt is known by its variables', () => {
  const env = { WindowsSdkDir: environment.kits, WindowsSDKVersion: '10.0.26100.0\\' };
  expect(wdkEnvironment(env)).toEqual(environment);
  expect(wdkEnvironment({ WindowsSdkDir: environment.kits })).toBeNull();
});
