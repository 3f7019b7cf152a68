/** A copy of the product in a folder of its own, and who runs it: a user who isn't root. */
import { spawnSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { findProgram, node, root } from '../../scripts/process.ts';

const sources = ['assets', 'driver', 'scripts', 'src-main', 'src-preload', 'src-renderer'];
const built = ['lab', 'preload', 'renderer', 'pages.stamp'].map((name) => `build/${name}`);

/** Copies the sources; the installed packages are shared. Nothing has been built there yet, unless `withBuilds`. */
export function copyProduct(target: string, withBuilds = false): void {
  const files = ['package.json', 'package-lock.json', 'tsconfig.base.json'];
  for (const name of [...sources, ...files, ...(withBuilds ? built : [])]) {
    const from = path.join(root, name);
    const options = { recursive: true, preserveTimestamps: true };
    if (existsSync(from)) cpSync(from, path.join(target, name), options);
  }
  mkdirSync(path.join(target, 'node_modules'));
  for (const name of readdirSync(path.join(root, 'node_modules'))) {
    // What vite and vitest write there is no package.
    if (name.startsWith('.vite')) continue;
    const place = path.join(target, 'node_modules', name);
    symlinkSync(path.join(root, 'node_modules', name), place);
  }
}

/** A folder with nothing but the named programs of this machine, for PATH. */
export function linkPrograms(folder: string, names: readonly string[]): string {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    const program = findProgram(name);
    if (program !== null) symlinkSync(program, path.join(folder, name));
  }
  return folder;
}

const nobody = 65_534;
const isRoot = process.getuid?.() === 0;

/** For `spawn`: root becomes nobody, everybody else stays who they are. */
export const asUser = isRoot ? { uid: nobody, gid: nobody } : {};

/** Whether that user can read the installed packages: not when root keeps the repository in a private folder. */
export const userCanRead =
  spawnSync(node, ['-e', '0'], { ...asUser, cwd: '/', env: {} }).status === 0;

/** Gives `folder` and all in it to that user. */
export function giveToUser(folder: string): void {
  if (!isRoot) return;
  chownSync(folder, nobody, nobody);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    lchownSync(path.join(folder, name), nobody, nobody);
  }
}

/** The command lines of all processes that name `folder`. Linux only. */
export function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((id) => commandOf(id))
    .filter((command) => command.includes(folder));
}

function commandOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
