/** The build with the WDK has never run here: its plan, at least, has the sources of the other builds and the WDK's headers. */
import { readFileSync, readdirSync } from 'node:fs';
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
    const files = compiled.map(({ args }) => args.at(-1) ?? '');
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

/** With the WDK the folder ddk is not there: what only it defines would be missing. */
test('the driver takes no name of its own from the stand-ins of the WDK', () => {
  const text = (folder: string): string =>
    readdirSync(path.join(root, folder))
      .filter((name) => /\.[ch]$/.test(name))
      .map((name) => readFileSync(path.join(root, folder, name), 'utf8'))
      .join('\n');
  const defined = [...text('driver/windows/ddk').matchAll(/#define (PR_\w+)|\b(PR_\w+);/g)];
  const names = new Set(defined.map((match) => match[1] ?? match[2] ?? ''));
  const used = text('driver/windows').match(/\bPR_\w+/g) ?? [];
  expect(names.size).toBeGreaterThan(2);
  expect(used.filter((name) => names.has(name))).toEqual([]);
});
