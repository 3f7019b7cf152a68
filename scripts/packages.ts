/** Packages of npm for another system than this one, which npm does not install: unpacked into build/packages. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

import { root, run } from './process.ts';

interface Locked {
  readonly version: string;
  readonly integrity: string;
}

/**
 * The folder of a package in the version that a lockfile has, unpacked once. Rejects when it can't be had, or when its bytes
 * are not those that the lockfile names.
 */
export async function lockedPackage(name: string, lockfile = 'package-lock.json'): Promise<string> {
  const { version, integrity } = lockedIn(lockfile, name);
  const kept = path.join(root, 'build/packages', `${name.replace('/', '-')}-${version}`);
  if (!existsSync(kept)) await unpack(`${name}@${version}`, integrity, kept);
  return path.join(kept, 'package');
}

function lockedIn(lockfile: string, name: string): Locked {
  const text = readFileSync(path.join(root, lockfile), 'utf8');
  const { packages } = JSON.parse(text) as { packages: Readonly<Record<string, Locked>> };
  const locked = packages[`node_modules/${name}`];
  if (locked === undefined) throw new Error(`${name} is not in ${lockfile}`);
  return locked;
}

/** Under its name only when it is whole. */
async function unpack(name: string, integrity: string, folder: string): Promise<void> {
  const unfinished = `${folder}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  await must('npm', ['pack', name, '--silent'], unfinished);
  const [archive = ''] = readdirSync(unfinished);
  checkIntegrity(name, readFileSync(path.join(unfinished, archive)), integrity);
  await must('tar', ['xzf', archive], unfinished);
  rmSync(path.join(unfinished, archive));
  settle(unfinished, folder);
}

/** Another process may have been faster: its folder is whole too, and may be in use by now. */
export function settle(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(unfinished, { recursive: true });
  }
}

async function must(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await run(program, args, { cwd });
  assert.equal(code, 0, `${program} ${args.join(' ')} failed.\n${output.trimEnd()}`);
}

/** `integrity` is a lockfile's: "sha512-" and the hash in base64 (https://www.w3.org/TR/sri/). Throws when it differs. */
export function checkIntegrity(name: string, archive: Uint8Array, integrity: string): void {
  const found = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
  assert.equal(found, integrity, `${name} is not what the lockfile says`);
}
