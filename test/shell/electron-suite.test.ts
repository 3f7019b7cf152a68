/** `npm run test:electron`: on Electron where that is, and never a pass where it isn't. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { chooseElectron, findElectron } from '../../scripts/start/electron-binary.ts';
import { electronSuite } from '../../scripts/test/electron-suite.ts';
import { type SuiteResult, suites } from '../../scripts/test/suites.ts';
import { electronPage, electronProgram } from '../e2e/electron.ts';

const all: SuiteResult = { passed: 21, failed: 0, skipped: 1, output: 'all' };

describe('the suite on Electron', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('runs with the program that was found, and counts what ran', async () => {
    const ran: unknown[] = [];
    const suite = electronSuite(
      async (name, env) => {
        ran.push([name, env]);
        return all;
      },
      async () => ({ ok: true, program: '/opt/electron' }),
    );
    expect(await suite('electron')).toEqual(all);
    expect(ran).toEqual([['electron', { PORTREEVE_ELECTRON: '/opt/electron' }]]);
  });

  it('is left out with the reason where the real choice is against it, and nothing runs', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-no-electron-'));
    vi.stubEnv('ELECTRON_SKIP_BINARY_DOWNLOAD', '1');
    const nothing = () => Promise.reject(new Error('it ran'));
    for (const choose of [chooseElectron, findElectron]) {
      const suite = electronSuite(nothing, (search) => choose({ ...search, folder }));
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const result = await suite('electron');
      expect(result).toMatchObject({ passed: 0, failed: 0, skipped: 1 });
      expect(result.leftOut).toMatch(/^Electron isn't used: .{10,}$/u);
    }
    rmSync(folder, { recursive: true });
  });

  it('runs only when it is named, as its program is not on every machine', () => {
    expect(suites.find(({ name }) => name === 'electron')?.onlyNamed).toBe(true);
  });

  it('is no part of a run in the browser shell', async () => {
    expect(electronProgram).toBeNull();
    expect(await electronPage('http://127.0.0.1:1/?token=x')).toBeNull();
    expect(await electronPage('electron:0/prompt')).toBeNull();
  });
});
