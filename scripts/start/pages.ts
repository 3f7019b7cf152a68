/** The built pages, made anew when a source is newer. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { node, root, run, scriptArgs } from '../process.ts';

const inputs = [
  'src-renderer',
  'src-preload',
  'assets',
  'scripts/build-pages.ts',
  'package-lock.json',
];
const stamp = path.join(root, 'build', 'pages.stamp');

/** Builds the pages unless they are fresh; null when they are there, else the builder's own words. */
export async function ensurePages(say: (line: string) => void): Promise<string | null> {
  if (isFresh()) return null;
  say('Building the pages ...');
  const started = new Date();
  const result = await run(node, scriptArgs('scripts/build-pages.ts'));
  if (result.code !== 0) return result.output;
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, started.toISOString());
  return null;
}

function isFresh(): boolean {
  if (!existsSync(stamp) || !existsSync(path.join(root, 'build/preload/browser.js'))) return false;
  const built = statSync(stamp).mtimeMs;
  return inputs.every((input) => newest(path.join(root, input)) < built);
}

function newest(file: string): number {
  if (!existsSync(file)) return 0;
  const { mtimeMs } = statSync(file);
  if (!statSync(file).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(file).map((name) => newest(path.join(file, name))));
}

/** Bundles main for Electron, which can not run TypeScript itself; null when it worked, else the bundler's words. */
export async function ensureElectronMain(): Promise<string | null> {
  const result = await run(node, scriptArgs('scripts/build-electron.ts'));
  return result.code === 0 ? null : result.output;
}
