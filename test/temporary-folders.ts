/** One folder for all that a run of Vitest makes for a moment; its workers are ended without a chance to clear up. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const variable = 'PORTREEVE_TEST_FOLDER';

export default function setup(): () => void {
  const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-tests-'));
  process.env[variable] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
