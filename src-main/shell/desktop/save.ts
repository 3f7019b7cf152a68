/** Saves what a page hands over, where its user wants it. */
import { writeFile } from 'node:fs/promises';

import type { Result } from '../../../src-preload/contract/model.ts';
import { done, refuse } from '../../engine/result.ts';

/** `where` resolves with null when its user has thought better of it. */
export async function saveText(
  text: string,
  where: () => Promise<string | null>,
): Promise<Result<{ saved: 'yes' | 'no' }>> {
  const file = await where();
  if (file === null) return done({ saved: 'no' });
  try {
    await writeFile(file, text);
    return done({ saved: 'yes' });
  } catch {
    return refuse('not-written', 'The file could not be written there. Choose another place.');
  }
}
