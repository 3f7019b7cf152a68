/**
 * The two compilers of Windows images. Both read mingw-w64's headers, and code of both is made for a kernel: no red zone,
 * since interrupts use the same stack, and unwind tables for whoever reads a crash.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';

import { findProgram } from '../process.ts';

/** As MSVC and the linker name processors. */
export type Architecture = 'x64' | 'arm64';
export type CompilerName = 'clang' | 'mingw' | 'clang-arm64';

export interface LinkInput {
  readonly output: string;
  /** Object files, import libraries and the resource. */
  readonly files: readonly string[];
  /** A module-definition file, for an image that exports. */
  readonly exports: string | null;
}

export interface Compiler {
  readonly architecture: Architecture;
  readonly programs: readonly string[];
  readonly missing: string;
  readonly cc: string;
  readonly flags: readonly string[];
  /** Files of every image of this compiler. */
  readonly sources: readonly string[];
  readonly resourceEnding: string;
  library(definition: string, output: string): readonly [program: string, args: string[]];
  resource(source: string, output: string): readonly [program: string, args: string[]];
  link(input: LinkInput): readonly [program: string, args: string[]];
}

const prefix = 'x86_64-w64-mingw32-';
const imageBase = '0x140000000';

const common = [
  '-std=gnu17',
  // Windows 10 1809.
  '-DNTDDI_VERSION=0x0A000006',
  '-D_WIN32_WINNT=0x0A00',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-Wconversion',
  '-O2',
  '-ffreestanding',
  '-fno-stack-protector',
  '-fasynchronous-unwind-tables',
];

const targets: Readonly<Record<Architecture, readonly string[]>> = {
  x64: ['--target=x86_64-w64-windows-gnu', '-mno-red-zone'],
  // With _M_ARM wdm.h takes what differs by processor from driver/windows/ddk/armddk.h.
  arm64: ['--target=aarch64-w64-windows-gnu', '-D_M_ARM'],
};

/** mingw-w64's wdm.h and clang's intrin.h define these twice, outside of any inline. */
const definedTwice = ['InterlockedBitTestAndSet', 'InterlockedBitTestAndReset', '__cpuidex'];

const clang = (architecture: Architecture): Compiler => ({
  architecture,
  programs: ['clang-19', 'lld-link-19', `${prefix}windres`],
  missing: 'install clang, lld and mingw-w64 (Debian: apt-get install clang-19 lld-19 mingw-w64)',
  cc: 'clang-19',
  flags: [
    ...targets[architecture],
    ...common,
    '-Wno-#warnings',
    ...definedTwice.map((name) => `-D__INTRINSIC_DEFINED_${name}`),
    // Control flow guard tells targets apart that are 16 bytes from each other.
    ...['-Xclang', '-cfguard', '-falign-functions=16'],
  ],
  sources: ['driver/windows/ddk/load_config.S'],
  resourceEnding: '.res',
  library: (definition, output) => [
    'lld-link-19',
    ['/lib', `/machine:${architecture}`, `/def:${definition}`, `/out:${output}`],
  ],
  resource: (source, output) => [`${prefix}windres`, ['-O', 'res', source, output]],
  link: ({ output, files, exports }) => [
    'lld-link-19',
    [
      ...['/driver', `/machine:${architecture}`, '/subsystem:native,10.00', '/osversion:10.0'],
      ...['/version:10.0', '/entry:DriverEntry', '/nodefaultlib', `/base:${imageBase}`],
      ...['/dynamicbase', '/nxcompat', '/highentropyva', '/integritycheck', '/tsaware:no'],
      // A hash of the image in place of the time, and a checksum.
      ...['/align:4096', '/filealign:512', '/Brepro', '/release', '/opt:ref', '/guard:cf'],
      ...(exports === null ? [] : [`/def:${exports}`]),
      `/out:${output}`,
      ...files,
    ],
  ],
});

const mingw: Compiler = {
  architecture: 'x64',
  programs: ['gcc', 'dlltool', 'windres'].map((name) => prefix + name),
  missing: 'install mingw-w64 (Debian: apt-get install mingw-w64)',
  cc: `${prefix}gcc`,
  flags: [...common, '-mno-red-zone'],
  sources: [],
  resourceEnding: '.res.o',
  library: (definition, output) => [`${prefix}dlltool`, ['-d', definition, '-l', output]],
  resource: (source, output) => [`${prefix}windres`, ['-O', 'coff', source, output]],
  link: ({ output, files, exports }) => [
    `${prefix}gcc`,
    [
      ...['-nostdlib', '-s', '-Wl,--subsystem,native:10.00', '-Wl,--entry,DriverEntry'],
      ...[`-Wl,--image-base,${imageBase}`, '-Wl,--dynamicbase', '-Wl,--nxcompat'],
      // PsSetCreateProcessNotifyRoutineEx refuses images without --forceinteg.
      ...['-Wl,--high-entropy-va', '-Wl,--forceinteg', '-Wl,--no-insert-timestamp'],
      ...['-Wl,--major-os-version,10', '-Wl,--minor-os-version,0'],
      ...['-Wl,--section-alignment,4096', '-Wl,--file-alignment,512'],
      ...(exports === null ? [] : [exports]),
      ...['-o', output],
      ...files,
    ],
  ],
};

export const compilers: Readonly<Record<CompilerName, Compiler>> = {
  clang: clang('x64'),
  mingw,
  'clang-arm64': clang('arm64'),
};

/** What to say when a part of the compiler, or mingw-w64's headers, are missing; null when all is there. */
export function complaint(name: CompilerName): string | null {
  const compiler = compilers[name];
  const missing = compiler.programs.find((program) => findProgram(program) === null);
  if (missing !== undefined) {
    return `${missing} was not found: ${compiler.missing}, then try again.`;
  }
  return systemHeaders().length > 0
    ? null
    : `ddk/ntifs.h was not found: ${mingw.missing}, then try again.`;
}

/** mingw-w64's ddk folder lies beside its other headers; their own warnings are not ours. */
export function systemHeaders(): string[] {
  const known = ['/usr/share/mingw-w64/include', '/usr/x86_64-w64-mingw32/include'];
  const found = known.find((folder) => existsSync(path.join(folder, 'ddk/ntifs.h')));
  return found === undefined ? [] : ['-isystem', path.join(found, 'ddk'), '-isystem', found];
}
