/** Whether Electron can run here, and where it is: it downloads itself at first use, which many machines can't. */
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { findProgram, node, root, run } from '../process.ts';

export type ElectronChoice =
  | { readonly ok: true; readonly program: string }
  /** One clause for "Electron isn't used: ...". */
  | { readonly ok: false; readonly why: string };

export interface ElectronSearch {
  readonly say: (line: string) => void;
  /** The folder of the package `electron`; the repository's own without. */
  readonly folder?: string;
  /** How long a download may take; 20 s without. */
  readonly patienceMs?: number;
}

const ownFolder = path.join(root, 'node_modules', 'electron');
const defaultPatienceMs = 20_000;
const reportMs = 5000;

/** Electron's program, downloaded if need be; else why it isn't used. */
export async function chooseElectron(search: ElectronSearch): Promise<ElectronChoice> {
  if (process.platform === 'linux') {
    if (process.getuid?.() === 0) return no('it does not run as root with its sandbox on');
    if (!hasDisplay()) return no('there is no display');
  }
  return findElectron(search);
}

/** Whether windows can be opened. */
export function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env['DISPLAY']) || Boolean(process.env['WAYLAND_DISPLAY']);
}

/** The program that is installed, else downloaded within the time; else why there is none. */
export async function findElectron(search: ElectronSearch): Promise<ElectronChoice> {
  const { say, folder = ownFolder, patienceMs = defaultPatienceMs } = search;
  const there = installed(folder);
  if (there !== null) return { ok: true, program: there };
  if (process.env['ELECTRON_SKIP_BINARY_DOWNLOAD'] !== undefined) {
    return no('its program is not installed and ELECTRON_SKIP_BINARY_DOWNLOAD is set');
  }
  say(`Downloading Electron (about 110 MB, for at most ${patienceMs / 1000} s) ...`);
  const problem = await download(folder, patienceMs, say);
  if (problem !== null) return no(problem);
  const program = installed(folder);
  if (program === null) return no('what was downloaded is not a whole Electron');
  say('Electron is downloaded.');
  return { ok: true, program };
}

function no(why: string): ElectronChoice {
  return { ok: false, why };
}

/** The program, when all of the locked version is there: Electron's installer writes path.txt last. */
function installed(folder: string): string | null {
  try {
    const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8').trim();
    const { version } = JSON.parse(read('package.json')) as { version: string };
    if (read('dist/version').replace(/^v/, '') !== version) return null;
    return findProgram(path.join(folder, 'dist', read('path.txt')));
  } catch {
    return null;
  }
}

/** Runs Electron's own installer; null when it worked, else why not. What is half there is never left. */
async function download(
  folder: string,
  patienceMs: number,
  say: (line: string) => void,
): Promise<string | null> {
  // Of ours, because a download that is ended leaves its part behind.
  const parts = path.join(folder, 'download');
  try {
    // First what says that the rest is whole.
    for (const old of ['path.txt', 'dist', 'download']) remove(path.join(folder, old));
    mkdirSync(parts);
  } catch (error) {
    return reasonIn(String(error));
  }
  const report = setInterval(() => say(`  ${megabytes(parts)} MB so far`), reportMs);
  const env = { TMPDIR: parts, TEMP: parts, TMP: parts, ELECTRON_GET_NO_PROGRESS: '1' };
  const options = { env, timeoutMs: patienceMs };
  const result = await run(node, [path.join(folder, 'install.js')], options);
  clearInterval(report);
  remove(parts);
  if (result.code === 0) return null;
  if (!result.timedOut) return reasonIn(result.output);
  return 'its download takes too long ("npx install-electron" fetches it without a limit)';
}

function remove(file: string): void {
  rmSync(file, { recursive: true, force: true });
}

/** How much is in the files of `folder`. The installer may take one away meanwhile. */
function megabytes(folder: string): number {
  const bytes = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(path.join(folder, name), { throwIfNoEntry: false }))
    .reduce((sum, entry) => sum + (entry?.isFile() === true ? entry.size : 0), 0);
  return Math.floor(bytes / 1e6);
}

const reasons: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/ENOSPC|No space left/i, () => 'the disk is too full for its download'],
  [/did not match expected checksum/, () => 'its download is not what its makers published'],
  [/Response code (\d+)/, ([, code]) => `${source()} answered its download with ${code}`],
  [/fetch failed/, () => `it could not be downloaded (is ${source()} reachable?)`],
  [/terminated/, () => `${source()} broke its download off`],
  [/(EACCES|EPERM|EROFS)[^\n]*/, ([text]) => `it could not be installed (${text})`],
];

/** The reason in the words of Electron's installer. */
function reasonIn(output: string): string {
  for (const [pattern, words] of reasons) {
    const match = pattern.exec(output);
    if (match !== null) return words(match);
  }
  const line = /^.*Error.*$/m.exec(output)?.[0] ?? output.trim().split('\n')[0];
  return `it could not be installed (${line?.trim() ?? ''})`;
}

/** Where Electron's installer downloads from. */
function source(): string {
  const mirror = process.env['npm_config_electron_mirror'] ?? process.env['ELECTRON_MIRROR'];
  return mirror !== undefined && URL.canParse(mirror) ? new URL(mirror).host : 'github.com';
}
