/** What was removed is kept as files of rules for a while, so that it can be brought back at any time. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '../engine/durable-file.ts';
import { Failure, exitCodes } from './failure.ts';

const KEPT = 20;
const fileName = /^rules-(\d{13})(?:-\d+)?\.json$/;

/** Writes the file, and deletes all but the newest. Its path. Throws `Failure` when that cannot be done. */
export function keepRemoved(stateFolder: string, text: string, now: number): string {
  const folder = path.join(stateFolder, 'removed');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = freeName(folder, now);
    replaceFile(file, Buffer.from(text));
    const old = readdirSync(folder).filter((name) => fileName.test(name));
    for (const name of old.toSorted().slice(0, -KEPT)) rmSync(path.join(folder, name));
    return file;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(exitCodes.store, `Nothing was removed, since no copy could be kept: ${why}.`);
  }
}

function freeName(folder: string, now: number): string {
  const base = path.join(folder, `rules-${String(now).padStart(13, '0')}`);
  let file = `${base}.json`;
  for (let turn = 1; existsSync(file); turn += 1) file = `${base}-${turn}.json`;
  return file;
}
