/** portreeve.com as it is installed, found as a shell finds it, with a program behind it that says back what it hears. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';

import { exitOf } from '../../scripts/process.ts';
import { appFolder, wine } from './machine.ts';
import { echoProgram } from './failing.ts';

const BYTES = 300_000;
const app = path.join(appFolder, 'Portreeve.exe');
const aside = path.join(appFolder, 'Portreeve.exe.aside');

interface Ended {
  readonly code: number | null;
  readonly output: Buffer;
  readonly errors: string;
}

/** Through pipes both ways. Windows makes the environment of a first program from the registry, so PATH is what was installed. */
async function portreeve(input: Buffer, ...words: readonly string[]): Promise<Ended> {
  const child = spawn('wine', ['cmd', '/c', 'portreeve', ...words], {
    env: { ...process.env, ...wine.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A program that does not read ends the pipe.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [output, errors, code] = await Promise.all([
    buffer(child.stdout),
    text(child.stderr),
    exitOf(child),
  ]);
  return { code, output, errors };
}

/** All of it, in both directions, and the exit code; without the app a sentence that says what to do. */
export async function commandLine(): Promise<string> {
  const input = Buffer.from(Array.from({ length: BYTES }, (_, at) => (at * 7 + (at >> 8)) & 0xff));
  renameSync(app, aside);
  try {
    const missing = await portreeve(Buffer.alloc(0), 'status');
    assert.equal(missing.code, 1);
    assert.match(missing.errors, /Portreeve\.exe could not be started\. Repair Portreeve/);
    copyFileSync(echoProgram, app);
    const { code, output, errors } = await portreeve(input, 'rules', 'list', 'two words');
    assert.equal(code, 7);
    assert.ok(output.equals(input), `${output.length} of ${input.length} bytes came back`);
    assert.match(errors, /Portreeve\.exe" --command-line -- +rules list "two words"/);
  } finally {
    rmSync(app, { force: true });
    renameSync(aside, app);
  }
  return `${BYTES} bytes both ways, exit code 7`;
}
