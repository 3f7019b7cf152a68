/** What a blocklist of a million names costs. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Row } from './row.ts';

interface Measured {
  /** Bytes more than before, when the thread's pages have gone. */
  readonly rss: number;
  /** The same right after compiling. */
  readonly peakRss: number;
  readonly compileMs: number;
  readonly hitUs: number;
  readonly missUs: number;
}

export async function run(): Promise<readonly Row[]> {
  const child = path.join(import.meta.dirname, 'children/blocklist.ts');
  const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-bench-'));
  const file = path.join(folder, 'list.txt');
  const start = promisify(execFile);
  await start(process.execPath, [child, 'write', file]);
  const { stdout } = await start(process.execPath, ['--expose-gc', child, 'measure', file]);
  rmSync(folder, { recursive: true });
  const { rss, peakRss, compileMs, hitUs, missUs } = JSON.parse(stdout) as Measured;
  return [
    {
      what: 'blocklist of 1 000 000 names: memory of the process more',
      budget: '60 MB',
      measured: `${Math.round(rss / 1e6)} MB (${Math.round(peakRss / 1e6)} right after ${Math.round(compileMs)} ms of compiling)`,
      ok: rss <= 60e6,
    },
    {
      what: 'blocklist of 1 000 000 names: match, processor time',
      budget: '5 us',
      measured: `listed ${hitUs.toFixed(2)} us, not listed ${missUs.toFixed(2)} us`,
      ok: hitUs <= 5 && missUs <= 5,
    },
  ];
}
