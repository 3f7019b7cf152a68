/**
 * Packs the product with electron-builder as `npm run dist` does, with a stand-in for Electron's own program: what is packed,
 * and what is written into the program, is what ships.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { lockedPackage } from '../../../scripts/packages.ts';
import { findProgram, node, packageProgram, root, run } from '../../../scripts/process.ts';

const compiler = 'x86_64-w64-mingw32-gcc';
const resources = 'x86_64-w64-mingw32-windres';

/** Whether it may be left out: mingw-w64 is missing and this is no CI, where that would be a failure. */
export const withoutCompiler = findProgram(compiler) === null && process.env['CI'] !== 'true';

/** Packs what is in build/ into a folder below `folder`, and says where. Rejects with what a program wrote. */
export async function packApp(folder: string): Promise<string> {
  const electron = path.join(folder, 'electron');
  await compileStandIn(electron);
  const payload = path.join(folder, 'payload');
  await makePayload(payload);
  const config = path.join(folder, 'electron-builder.yml');
  writeFileSync(config, configFor(payload, path.join(folder, 'release')));
  const builder = packageProgram('electron-builder/cli.js');
  const args = [builder, '--win', '--dir', '--x64', '--publish', 'never', '--config', config];
  await must(node, [...args, `-c.electronDist=${electron}`]);
  return path.join(folder, 'release/win-unpacked');
}

async function compileStandIn(to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  const from = import.meta.dirname;
  const object = path.join(to, '../electron.o');
  await must(resources, ['electron.rc', '-O', 'coff', '-o', object], from);
  const program = path.join(to, 'electron.exe');
  await must(compiler, ['-mwindows', '-s', '-o', program, 'electron.c', object], from);
}

/** What the installer's build adds is the business of its own tests; here is what the app itself cannot do without. */
async function makePayload(payload: string): Promise<void> {
  for (const name of ['resources/licences', 'program']) {
    mkdirSync(path.join(payload, name), { recursive: true });
  }
  cpSync(path.join(root, 'LICENSE'), path.join(payload, 'resources/licences/Portreeve.txt'));
  const native = await lockedPackage('@koromix/koffi-win32-x64');
  cpSync(native, path.join(payload, 'koffi'), { recursive: true });
}

/** The product's own, with another payload and another place. */
function configFor(payload: string, output: string): string {
  const own = readFileSync(path.join(root, 'electron-builder.yml'), 'utf8');
  return own
    .replaceAll('build/payload/${arch}', payload)
    .replace('output: release', `output: ${output}`);
}

async function must(program: string, args: readonly string[], cwd = root): Promise<void> {
  const { code, output } = await run(program, args, { cwd });
  if (code !== 0 || !existsSync(cwd)) throw new Error(`${program} failed:\n${output.slice(-3000)}`);
}
