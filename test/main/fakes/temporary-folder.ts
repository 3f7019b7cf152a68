import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { variable } from '../../temporary-folders.ts';

const folders: string[] = [];

process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder that goes with the test process, or with the run that it is a part of. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(process.env[variable] ?? tmpdir(), 'portreeve-'));
  folders.push(folder);
  return folder;
}
