import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const folders: string[] = [];

process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder that goes with the test process. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-test-'));
  folders.push(folder);
  return folder;
}
