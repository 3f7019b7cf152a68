/**
 * A command in the installed program: portreeve.com (scripts/installer/setup/console.c) starts it, with pipes as its first three
 * handles. On Windows Electron puts streams of its own into `process`, with a standard input that has always ended, so the
 * handles themselves are used.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { runCommandLine } from './run.ts';

export interface InstalledCommand {
  /** Without the names of the program. */
  readonly args: readonly string[];
  readonly version: string;
  /** Of the rules. */
  readonly folder: string;
  /** Why the rules must not be touched by this process, in whole sentences; null where they may. */
  readonly refusal: () => string | null;
}

/** Resolves with the exit code when all is written, or the reader has gone. Never rejects. */
export async function runInstalled(command: InstalledCommand): Promise<number> {
  const stdin = createReadStream('', { fd: 0 });
  const stdout = createWriteStream('', { fd: 1 });
  const stderr = createWriteStream('', { fd: 2 });
  const code = await runCommandLine({ ...command, stdin, stdout, stderr });
  const written = [stdout, stderr].map((stream) => finished(stream.end()).catch(() => {}));
  await Promise.all(written);
  return code;
}
