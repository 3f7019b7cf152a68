/**
 * What Portreeve writes down about itself: files of a bounded size, the newest first in the row. Some lines a day are
 * written, so each is on the disk when the call returns; a disk that is full, or a folder that is gone, stops nothing.
 */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';

import type { Log } from '../engine/ports.ts';

export interface LogFile extends Log {
  /** Lines of this run, the oldest first. */
  last(): readonly string[];
}

/** Of one file; with the older ones it is three times this at most. */
export const MAX_LOG_BYTES = 524_288;
const OLDER_FILES = 2;
const MAX_LINE = 2000;
const REMEMBERED = 30;

/** `echo` is told each line as well. */
export function createLogFile(
  folder: string,
  now: () => number,
  echo: (message: string) => void = () => undefined,
): LogFile {
  const file = path.join(folder, 'portreeve.log');
  const lines: string[] = [];
  return {
    warn(message) {
      const line = `${new Date(now()).toISOString()} ${oneLine(message)}`;
      lines.push(line);
      if (lines.length > REMEMBERED) lines.shift();
      echo(message);
      write(file, `${line}\n`);
    },
    last: () => [...lines],
  };
}

/** Nobody can forge a second line, or move the cursor of whoever reads it in a terminal. */
function oneLine(message: string): string {
  const short = message.slice(0, MAX_LINE);
  return short.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').toWellFormed();
}

function write(file: string, line: string): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    if (sizeOf(file) + Buffer.byteLength(line) > MAX_LOG_BYTES) rotate(file);
    appendFileSync(file, line, { mode: 0o600 });
  } catch {
    // Nothing is worse for a firewall than to end because it could not complain.
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function rotate(file: string): void {
  for (let older = OLDER_FILES; older > 0; older -= 1) {
    const newer = older === 1 ? file : `${file}.${older - 1}`;
    if (statSync(newer, { throwIfNoEntry: false }) !== undefined) {
      renameSync(newer, `${file}.${older}`);
    }
  }
}
