/** Where a running Portreeve keeps its sockets and its state. */
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { product } from './product.ts';

/** Folder of the sockets: $PORTREEVE_RUN, else below $XDG_RUNTIME_DIR or the temporary folder. */
export function runFolder(): string {
  const own = process.env['PORTREEVE_RUN'];
  if (own !== undefined && own !== '') return path.resolve(own);
  if (process.platform === 'win32') return path.join(os.tmpdir(), 'portreeve');
  const base = process.env['XDG_RUNTIME_DIR'] ?? os.tmpdir();
  return path.join(base, `portreeve-${process.getuid?.() ?? 0}`);
}

/**
 * Folder of the rules of an installed Portreeve. Neither arguments nor the environment move it, not even %ProgramData%: a
 * program without rights can set those for its user's elevated programs.
 */
export function installedStateFolder(programData: string): string {
  return path.win32.join(programData, product.dataFolder);
}

/** Folder of rules and journal: `chosen`, else $PORTREEVE_STATE, else the system's place for state. */
export function stateFolder(chosen?: string): string {
  const own = chosen ?? process.env['PORTREEVE_STATE'];
  if (own !== undefined && own !== '') return path.resolve(own);
  if (process.platform === 'win32') {
    return path.join(process.env['ProgramData'] ?? 'C:\\ProgramData', product.dataFolder);
  }
  const base = process.env['XDG_STATE_HOME'] ?? path.join(os.homedir(), '.local', 'state');
  return path.join(base, 'portreeve');
}

/**
 * Makes `folder` with access for this user only. False when it is a link, no folder, or another user's: then nothing in it
 * can be trusted.
 */
export function makePrivate(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (process.platform === 'win32') return true;
    const entry = lstatSync(folder);
    if (!entry.isDirectory() || entry.uid !== process.getuid?.()) return false;
    chmodSync(folder, 0o700);
    return true;
  } catch {
    return false;
  }
}
