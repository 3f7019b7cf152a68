/**
 * The packed app, made by electron-builder with what electron-builder.yml says: pages, main, payload and Electron, for which
 * a program stands in that does nothing. And the project that it would give to WiX, with our hook's work in it.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { buildElectronMain } from '../../scripts/build-electron.ts';
import { buildPages } from '../../scripts/build-pages.ts';
import { type Image, buildImage, driverImage, shipped } from '../../scripts/driver/image.ts';
import { infTemplate, stampInf } from '../../scripts/driver/package.ts';
import type { Architecture } from '../../scripts/driver/compilers.ts';
import type { Failure } from '../../scripts/driver/step.ts';
import { sha256, treeHashes } from '../../scripts/installer/checksums.ts';
import { stopMessage } from '../../scripts/installer/msi-hook.ts';
import { looseDriver, makePayload } from '../../scripts/installer/payload.ts';
import { buildSetup, setupFolder } from '../../scripts/installer/setup.ts';
import { node, packageProgram, root, run } from '../../scripts/process.ts';

export const folder = path.join(root, 'build/installer-test');
export const unpacked = path.join(folder, 'release/win-unpacked');
export const project = path.join(folder, 'project.wxs');
const stub = path.join(folder, 'electron');
const source = path.join(root, 'test/installer/stub');
const stepMs = 300_000;

/** Throws with the words of what has failed. */
export function must(failure: Failure | null): void {
  assert.equal(failure, null, failure === null ? '' : `${failure.line}\n${failure.output ?? ''}`);
}

/** In the repository, or in another folder. */
export async function mustRun(
  program: string,
  args: readonly string[],
  cwd = root,
): Promise<string> {
  const { code, output } = await run(program, args, { cwd, timeoutMs: stepMs });
  assert.equal(code, 0, `${program} ${args.join(' ')}\n${output}`);
  return output;
}

/** Everything that goes into the package, from the sources. */
export async function buildParts(): Promise<void> {
  await buildPages();
  await buildElectronMain();
  must(await buildSetup());
  await makePayload('x64', await makeDriver('driver', driverImage));
}

/** The driver package's folder below `folder`; not signed. */
export async function makeDriver(name: string, image: Image): Promise<string> {
  const output = path.join(folder, `${name}-build`);
  must(await buildImage(image, shipped, output));
  const inf = stampInf(readFileSync(path.join(root, infTemplate), 'utf8'), 'x64');
  return looseDriver(path.join(folder, name), path.join(output, image.name), inf);
}

async function makeStub(): Promise<void> {
  rmSync(stub, { recursive: true, force: true });
  mkdirSync(stub, { recursive: true });
  const resource = path.join(folder, 'electron.res.o');
  const rc = path.join(source, 'electron.rc');
  await mustRun('x86_64-w64-mingw32-windres', [rc, '-I', source, '-O', 'coff', '-o', resource]);
  const flags = ['-mwindows', '-s', '-Wl,--no-insert-timestamp'];
  const output = path.join(stub, 'electron.exe');
  const files = [path.join(source, 'electron.c'), resource];
  await mustRun('x86_64-w64-mingw32-gcc', [...flags, '-o', output, ...files]);
  writeFileSync(path.join(stub, 'LICENSE'), 'The stand-in has none.\n');
}

function builder(
  architecture: Architecture,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const program = packageProgram('electron-builder/cli.js');
  const output = `-c.directories.output=${path.relative(root, path.join(folder, 'release'))}`;
  const all = [program, '--win', ...args, `--${architecture}`, output, '--publish', 'never'];
  return run(node, all, { env, timeoutMs: stepMs });
}

/** Fills `unpacked`. */
export async function packFolder(): Promise<void> {
  rmSync(path.join(folder, 'release'), { recursive: true, force: true });
  await makeStub();
  const packed = await builder('x64', ['dir', `-c.electronDist=${stub}`]);
  assert.equal(packed.code, 0, packed.output);
}

/** What the packed app is made of, and what makes it. */
const inputs = [
  ...[
    'src-main',
    'src-preload',
    'src-renderer',
    'driver',
    'assets',
    'scripts',
    'test/installer/stub',
  ],
  ...['electron-builder.yml', 'package.json', 'package-lock.json', 'LICENSE'],
  'test/installer/pack.ts',
];
const outputs = [unpacked, setupFolder];

function treesHash(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const hashes = statSync(file).isDirectory() ? treeHashes(file) : [sha256(file)];
    // What is made on the way is nothing that is packed.
    hash.update(hashes.filter((line) => !line.includes('-objects/')).join('\n'));
  }
  return hash.digest('hex');
}

/** Fills `unpacked` from the sources, unless what is there was made of the same. */
export async function packOnce(): Promise<void> {
  const stamp = path.join(folder, 'packed.stamp');
  const now = (): string =>
    `${treesHash(inputs.map((name) => path.join(root, name)))} ${treesHash(outputs)}`;
  if (existsSync(stamp) && outputs.every(existsSync) && readFileSync(stamp, 'utf8') === now()) {
    return;
  }
  rmSync(stamp, { force: true });
  await buildParts();
  await packFolder();
  writeFileSync(stamp, now());
}

/** The project that WiX would get for a processor, of the same files: `project`, and one beside it for ARM64. */
export async function writeProject(architecture: Architecture): Promise<string> {
  const file = architecture === 'x64' ? project : project.replace(/\.wxs$/, `-${architecture}.wxs`);
  rmSync(file, { force: true });
  // The hook stops it before it would look for WiX.
  const args = ['msi', '--prepackaged', unpacked];
  const captured = await builder(architecture, args, { PORTREEVE_WXS: file });
  assert.ok(existsSync(file) && captured.output.includes(stopMessage), captured.output);
  return file;
}

/** Fills `unpacked` and writes `project`. */
export async function pack(): Promise<void> {
  await packOnce();
  await writeProject('x64');
}
