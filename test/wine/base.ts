/** A fresh prefix, made once and copied: Wine takes half a minute to make one, a copy takes two seconds. */
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

import { root } from '../../scripts/process.ts';
import { Wine } from './wine.ts';

const base = new Wine(path.join(root, 'build/wine-base'));

/** Gives it a prefix like a new one's, in place of the one that it has. */
export async function makeFresh(wine: Wine): Promise<void> {
  await makeBase();
  copyPrefix(base, wine);
}

async function makeBase(): Promise<void> {
  const { output } = await base.version();
  const wanted = `${output.trim()} ${base.environment['WINEDLLOVERRIDES'] ?? ''}`;
  const stamp = path.join(base.folder, 'prefix.stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(base.folder, { recursive: true, force: true });
  mkdirSync(base.folder, { recursive: true });
  await base.make();
  await base.stop();
  writeFileSync(stamp, wanted);
}

/** Of a Wine that does not run. The user's folders are links into the home of each. */
export function copyPrefix(from: Wine, to: Wine): void {
  rmSync(to.prefix, { recursive: true, force: true });
  mkdirSync(path.join(to.folder, 'home'), { recursive: true });
  cpSync(from.prefix, to.prefix, {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
  });
  const users = path.join(to.drive, 'users');
  for (const name of readdirSync(users, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(users, name);
    if (!lstatSync(file).isSymbolicLink()) continue;
    const target = readlinkSync(file);
    if (!target.startsWith(from.folder)) continue;
    rmSync(file);
    symlinkSync(target.replace(from.folder, to.folder), file);
  }
}
