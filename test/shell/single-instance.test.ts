import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePrivate } from '../../src-main/folders.ts';
import { claimInstance, isClaimed } from '../../src-main/single-instance.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'portreeve-run-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('single instance', () => {
  it('is claimed once, and again when it was released', async () => {
    const first = await claimInstance(folder);
    expect(first).not.toBeNull();
    expect(await isClaimed(folder)).toBe(true);
    expect(await claimInstance(folder)).toBeNull();
    first?.release();
    expect(await isClaimed(folder)).toBe(false);
    const second = await claimInstance(folder);
    expect(second).not.toBeNull();
    second?.release();
  });

  it('is free again after its owner was killed', async () => {
    const module = path.resolve(import.meta.dirname, '../../src-main/single-instance.ts');
    const code = `import { claimInstance } from ${JSON.stringify(module)};
      await claimInstance(${JSON.stringify(folder)}); console.log('claimed'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code]);
    await once(child.stdout, 'data');
    expect(await claimInstance(folder)).toBeNull();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const mine = await claimInstance(folder);
    expect(mine).not.toBeNull();
    mine?.release();
  });
});

describe('private folders', () => {
  it('are made for their user only', () => {
    const inner = path.join(folder, 'a/b');
    expect(makePrivate(inner)).toBe(true);
    expect(statSync(inner).mode & 0o777).toBe(0o700);
  });

  it('are not made through a link, nor over a file', () => {
    const link = path.join(folder, 'link');
    symlinkSync(tmpdir(), link);
    expect(makePrivate(link)).toBe(false);
    expect(makePrivate('/dev/null')).toBe(false);
  });
});
