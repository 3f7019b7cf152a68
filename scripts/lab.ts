/**
 * `npm run lab -- run FILE`, `npm run lab -- exec -- PROGRAM ARG...`: builds the lab and gives it the arguments. `exec` finds the
 * door of a running Portreeve by itself.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { runFolder } from '../src-main/folders.ts';
import { buildLab } from './native.ts';
import { exitOf } from './process.ts';

function withDoor(args: readonly string[]): string[] {
  const [command, ...rest] = args;
  if (command !== 'exec' || rest.includes('--door')) return [...args];
  return [command, '--door', path.join(runFolder(), 'door.sock'), ...rest];
}

const built = await buildLab((line) => process.stderr.write(`${line}\n`));
if (!built.ok) {
  process.stderr.write(`portreeve: ${built.line}\n`);
  process.exitCode = 1;
} else {
  const child = spawn(built.program, withDoor(process.argv.slice(2)), { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  process.exitCode = await exitOf(child);
}
