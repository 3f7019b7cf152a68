/**
 * electron-builder's msiProjectCreated hook. With PORTREEVE_WXS in the environment the project is copied there and nothing
 * is built: WiX runs on Windows alone, but its input can be checked anywhere.
 */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { completeProject } from './project.ts';

export const stopMessage = 'The project was written; nothing is built.';

/** `file` lies in a folder that is called after the processor, such as __msi-x64. */
export default function msiProjectCreated(file: string): Promise<void> {
  const architecture = path.dirname(file).endsWith('arm64') ? 'arm64' : 'x64';
  writeFileSync(file, completeProject(readFileSync(file, 'utf8'), architecture));
  const copy = process.env['PORTREEVE_WXS'];
  if (copy === undefined) return Promise.resolve();
  copyFileSync(file, copy);
  return Promise.reject(new Error(stopMessage));
}
