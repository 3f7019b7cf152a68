/** The programs that suites need besides Node and a C compiler, and the Debian packages that bring them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findBrowser } from '../start/browser-program.ts';
import { compiler } from '../native.ts';
import { findProgram, run } from '../process.ts';

export type ToolName =
  | 'cc'
  | 'clang'
  | 'sanitizers'
  | 'lld'
  | 'clang-format'
  | 'mingw'
  | 'osslsigncode'
  | 'wine'
  | 'mono'
  | 'wixl'
  | 'msitools'
  | 'browser'
  | 'curl'
  | 'linux';

interface Tool {
  readonly isThere: () => boolean;
  /** Null: nothing that can be installed brings it. */
  readonly debian: string | null;
}

export const tools: Readonly<Record<ToolName, Tool>> = {
  cc: { isThere: () => findProgram(compiler()) !== null, debian: 'build-essential' },
  clang: { isThere: () => findProgram('clang-19') !== null, debian: 'clang-19' },
  sanitizers: { isThere: hasSanitizers, debian: 'libclang-rt-19-dev' },
  lld: { isThere: () => findProgram('lld-link-19') !== null, debian: 'lld-19' },
  'clang-format': {
    isThere: () => findProgram('clang-format-19') !== null,
    debian: 'clang-format-19',
  },
  mingw: { isThere: () => findProgram('x86_64-w64-mingw32-gcc') !== null, debian: 'mingw-w64' },
  osslsigncode: { isThere: () => findProgram('osslsigncode') !== null, debian: 'osslsigncode' },
  wine: { isThere: hasWine, debian: 'wine' },
  mono: { isThere: () => findProgram('mono') !== null, debian: 'mono-devel' },
  wixl: { isThere: () => findProgram('wixl') !== null, debian: 'wixl' },
  msitools: { isThere: () => findProgram('msibuild') !== null, debian: 'msitools' },
  browser: { isThere: () => findBrowser() !== null, debian: 'chromium' },
  curl: { isThere: () => findProgram('curl') !== null, debian: 'curl' },
  linux: { isThere: () => process.platform === 'linux', debian: null },
};

/** Those of `wanted` that are not here. */
export function missingTools(wanted: readonly ToolName[]): ToolName[] {
  return [...new Set(wanted)].filter((name) => !tools[name].isThere());
}

/** Whether missing tools can be installed without asking anybody: Debian or a relative of it, as root. */
export function canInstall(): boolean {
  return (
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    existsSync('/etc/debian_version') &&
    findProgram('apt-get') !== null
  );
}

/** Installs the Debian packages of `names`; null when it worked, else apt's own words. */
export async function installTools(names: readonly ToolName[]): Promise<string | null> {
  const packages = names.map((name) => tools[name].debian).filter((name) => name !== null);
  if (packages.length === 0) return null;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const update = await run('apt-get', ['-qq', 'update'], { env });
  const flags = ['-qq', '-y', '--no-install-recommends'];
  const install = await run('apt-get', ['install', ...flags, ...packages], { env });
  return install.code === 0 ? null : update.output + install.output;
}

/** Debian's wine comes with 64 bits, with 32, or with both; the driver has 64. */
function hasWine(): boolean {
  return findProgram('wine') !== null && existsSync('/usr/lib/wine/wine64');
}

/** The compiler's run-time libraries are a package of their own. */
function hasSanitizers(): boolean {
  const clang = findProgram('clang-19');
  if (clang === null) return false;
  const args = ['-fsanitize=address,undefined', '-x', 'c', '-', '-o', '/dev/null'];
  return spawnSync(clang, args, { input: 'int main(void) { return 0; }\n' }).status === 0;
}
