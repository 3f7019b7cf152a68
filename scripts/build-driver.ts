/** Builds build/driver/portreeve.sys for x64 with mingw-w64, and checks what the image imports. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

import { findProgram, root, run } from './process.ts';

const prefix = 'x86_64-w64-mingw32-';
const output = path.join(root, 'build/driver');
const objects = path.join(output, 'objects');
const ddk = path.join(root, 'driver/windows/ddk');
const image = path.join(output, 'portreeve.sys');

/** Windows 10 1809. */
const target = ['-DNTDDI_VERSION=0x0A000006', '-D_WIN32_WINNT=0x0A00'];
const warnings = ['-Wall', '-Wextra', '-Werror', '-Wconversion'];
/** No red zone: interrupts use the same stack. */
const code = ['-O2', '-ffreestanding', '-fno-stack-protector', '-mno-red-zone'];
const linkFlags = [
  '-nostdlib',
  '-shared',
  '-s',
  '-Wl,--subsystem,native',
  '-Wl,--entry,DriverEntry',
  '-Wl,--image-base,0x140000000',
  '-Wl,--dynamicbase',
  '-Wl,--nxcompat',
  '-Wl,--high-entropy-va',
  // PsSetCreateProcessNotifyRoutineEx refuses images without it.
  '-Wl,--forceinteg',
  '-Wl,--exclude-all-symbols',
  '-Wl,--no-insert-timestamp',
  '-Wl,--section-alignment,4096',
];

interface Failure {
  readonly line: string;
  readonly output?: string;
}

/** Null when it has worked. */
async function build(): Promise<Failure | null> {
  const missing = ['gcc', 'dlltool', 'objdump'].find((name) => findProgram(prefix + name) === null);
  if (missing !== undefined) {
    return {
      line: `${prefix}${missing} was not found: install mingw-w64 (Debian: apt-get install mingw-w64), then try again.`,
    };
  }
  rmSync(output, { recursive: true, force: true });
  mkdirSync(objects, { recursive: true });
  return (await compileAll()) ?? (await link()) ?? (await checkImports());
}

async function compileAll(): Promise<Failure | null> {
  for (const file of sources()) {
    const failure = await compile(file);
    if (failure !== null) return failure;
  }
  return null;
}

function sources(): string[] {
  return ['driver/core', 'driver/windows'].flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith('.c'))
      .toSorted()
      .map((name) => `${folder}/${name}`),
  );
}

function compile(file: string): Promise<Failure | null> {
  const folders = ['driver/windows', 'driver/windows/ddk', 'driver/core', 'driver/protocol'];
  const object = path.join(objects, `${file.replaceAll('/', '-')}.o`);
  return step(`${file} does not compile for Windows.`, 'gcc', [
    '-std=gnu17',
    ...target,
    ...warnings,
    ...code,
    ...folders.flatMap((folder) => ['-I', folder]),
    ...systemHeaders(),
    '-c',
    file,
    '-o',
    object,
  ]);
}

/** mingw-w64's ddk folder lies beside its other headers; its own warnings are not ours. */
function systemHeaders(): string[] {
  const known = ['/usr/share/mingw-w64/include/ddk', '/usr/x86_64-w64-mingw32/include/ddk'];
  return known.filter((folder) => existsSync(folder)).flatMap((folder) => ['-isystem', folder]);
}

async function link(): Promise<Failure | null> {
  const library = path.join(objects, 'libfwpkclnt.a');
  const definition = path.join(ddk, 'fwpkclnt.def');
  const made = await step('No import library could be made.', 'dlltool', [
    '-d',
    definition,
    '-l',
    library,
  ]);
  if (made !== null) return made;
  const inputs = readdirSync(objects).filter((name) => name.endsWith('.o'));
  return step('portreeve.sys does not link.', 'gcc', [
    ...linkFlags,
    '-o',
    image,
    ...inputs.toSorted().map((name) => path.join(objects, name)),
    `-L${objects}`,
    '-lfwpkclnt',
    '-lndis',
    '-lntoskrnl',
  ]);
}

async function checkImports(): Promise<Failure | null> {
  const listing = await run(`${prefix}objdump`, ['-p', image]);
  const imports = importsOf(listing.output);
  const reviewed = new Set(reviewedImports());
  const foreign = imports.filter((name) => !reviewed.has(name));
  if (imports.length === 0)
    return { line: 'portreeve.sys imports nothing: objdump was not understood.' };
  if (foreign.length === 0) return null;
  return {
    line: `portreeve.sys imports what nobody has reviewed: ${foreign.join(', ')}. Review it and add it to driver/windows/ddk/imports.txt.`,
  };
}

/** "library name" of each import in objdump's listing of the import tables. */
function importsOf(listing: string): string[] {
  let library = '';
  return listing.split('\n').flatMap((line) => {
    library = /^\s*DLL Name: (\S+)/.exec(line)?.[1] ?? library;
    const name = /^\s+[0-9a-f]+\s+\d+\s+(\w+)\s*$/.exec(line)?.[1];
    return name === undefined || library === '' ? [] : [`${library} ${name}`];
  });
}

function reviewedImports(): string[] {
  const lines = readFileSync(path.join(ddk, 'imports.txt'), 'utf8').split('\n');
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const [library, ...names] = line.split(' ');
      return names.map((name) => `${library} ${name}`);
    });
}

async function step(line: string, tool: string, args: readonly string[]): Promise<Failure | null> {
  const result = await run(prefix + tool, args);
  return result.code === 0 ? null : { line, output: result.output };
}

const failure = await build();
if (failure === null) {
  console.log(`built ${path.relative(root, image)}`);
} else {
  console.error(failure.line);
  if (failure.output !== undefined) console.error(failure.output.trimEnd());
  process.exitCode = 1;
}
