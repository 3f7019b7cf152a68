/**
 * `npm run dist [-- --arch x64|arm64] [--unsigned | --signer NAME] [--updates URL] [--stage PERCENT] [--notes FILE]`: the MSI packages, in release/, with checksums and a bill
 * of materials. On Windows only, where WiX runs; docs/releasing.md has the whole way. `--unsigned` takes the driver as it was
 * built here, for computers in test mode; NAME is the subject of the certificate that signs program and package.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { buildElectronMain } from './build-electron.ts';
import { buildPages } from './build-pages.ts';
import type { Architecture } from './driver/compilers.ts';
import { packages } from './driver/package.ts';
import { writeBom } from './installer/bom.ts';
import { writeChecksums } from './installer/checksums.ts';
import { makePayload } from './installer/payload.ts';
import { askFile, buildSetup, consoleFile, setupFile } from './installer/setup.ts';
import { node, packageProgram, root, run } from './process.ts';
import { writeUpdateInfo } from './update-info.ts';

const release = path.join(root, 'release');

function fail(line: string): never {
  process.stderr.write(`dist: ${line}\n`);
  process.exit(1);
}

/** The programs of the installer come from the Linux build of the same commit, signed, or are built here. */
async function needSetup(architecture: Architecture): Promise<void> {
  const programs = [setupFile(architecture), consoleFile(architecture), askFile];
  if (programs.every((file) => existsSync(file))) return;
  const failure = await buildSetup();
  if (failure !== null) fail(`${failure.line} ${failure.output ?? ''}`);
}

function driverOf(architecture: Architecture, unsigned: boolean): string {
  const folder = path.join(packages, architecture);
  if (!existsSync(path.join(folder, 'portreeve.sys'))) {
    fail(`${path.relative(root, folder)} has no driver: npm run sign:test, or docs/signing.md`);
  }
  if (!unsigned && !existsSync(path.join(folder, 'portreeve.cat'))) {
    fail(
      `${path.relative(root, folder)} has no catalog: Windows will refuse it (--unsigned packs it)`,
    );
  }
  return folder;
}

/** With a signer a package that could not be signed is a failure. */
function signing(signer: string | undefined): string[] {
  if (signer === undefined) return [];
  return ['-c.forceCodeSigning=true', `-c.win.signtoolOptions.certificateSubjectName=${signer}`];
}

/** Where what is built looks for newer versions: part of its package.json, which its archive's hash covers. */
function placeOfUpdates(url: string | undefined): string[] {
  return url === undefined ? [] : [`-c.extraMetadata.updates.url=${url}`];
}

interface Wanted {
  readonly signer: string | undefined;
  readonly updates: string | undefined;
}

async function build(architecture: Architecture, wanted: Wanted): Promise<void> {
  const program = packageProgram('electron-builder/cli.js');
  const args = [program, '--win', 'msi', `--${architecture}`, ...signing(wanted.signer)];
  const { code, output } = await run(node, [
    ...args,
    ...placeOfUpdates(wanted.updates),
    '--publish',
    'never',
  ]);
  process.stdout.write(output);
  if (code !== 0) fail(`electron-builder failed for ${architecture}`);
}

const { values } = parseArgs({
  options: {
    arch: { type: 'string' },
    unsigned: { type: 'boolean', default: false },
    signer: { type: 'string' },
    updates: { type: 'string' },
    stage: { type: 'string' },
    notes: { type: 'string' },
  },
});
if (values.unsigned && values.signer !== undefined)
  fail('--unsigned and --signer exclude each other');
const names: readonly string[] = values.arch === undefined ? ['x64', 'arm64'] : [values.arch];
if (process.platform !== 'win32') {
  fail('the MSI is made on Windows, since WiX runs there');
}
mkdirSync(release, { recursive: true });
await buildPages();
await buildElectronMain();
for (const name of names) {
  if (name !== 'x64' && name !== 'arm64') fail(`--arch takes x64 or arm64, not ${name}`);
  await needSetup(name);
  await makePayload(name, driverOf(name, values.unsigned));
  const { signer, updates } = values;
  await build(name, { signer, updates });
}
await writeBom(path.join(release, 'portreeve.cdx.json'));
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  version: string;
};
const notes = values.notes === undefined ? '' : readFileSync(values.notes, 'utf8');
const stage = values.stage === undefined ? null : Number(values.stage);
writeUpdateInfo(release, { version, notes, stage });
writeChecksums(release);
