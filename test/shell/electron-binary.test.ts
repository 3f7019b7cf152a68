/** Electron's program: there, downloaded from a real server with Electron's own installer, or in every way not. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type ElectronChoice,
  chooseElectron,
  findElectron,
} from '../../scripts/start/electron-binary.ts';
import {
  type Mirror,
  copyElectronPackage,
  electronZip,
  serveMirror,
  stall,
} from './electron-archive.ts';
import { canMount } from './mount.ts';

const zip = electronZip('exit 0');
const onLinux = process.platform === 'linux';
let home: string;
let folder: string;
let mirror: Mirror | null;
const said: string[] = [];

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'portreeve-electron-'));
  folder = copyElectronPackage(path.join(home, 'node_modules'), zip);
  mirror = null;
  said.length = 0;
  vi.stubEnv('electron_config_cache', path.join(home, 'cache'));
  vi.stubEnv('npm_config_electron_mirror', undefined);
  vi.stubEnv('ELECTRON_SKIP_BINARY_DOWNLOAD', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  mirror?.close();
  rmSync(home, { recursive: true, force: true });
});

async function useMirror(...given: Parameters<typeof serveMirror>): Promise<Mirror> {
  mirror?.close();
  mirror = await serveMirror(...given);
  vi.stubEnv('ELECTRON_MIRROR', mirror.address);
  return mirror;
}

function find(patienceMs = 20_000): Promise<ElectronChoice> {
  return findElectron({ folder, patienceMs, say: (line) => said.push(line) });
}

/** What a download that failed must leave: nothing that looks like a program, and none of its parts. */
function expectNothingLeft(): void {
  expect(existsSync(path.join(folder, 'path.txt'))).toBe(false);
  expect(existsSync(path.join(folder, 'download'))).toBe(false);
}

async function expectRefusal(why: RegExp | string, patienceMs?: number): Promise<void> {
  const choice = await find(patienceMs);
  const words: unknown = typeof why === 'string' ? why : expect.stringMatching(why);
  expect(choice).toEqual({ ok: false, why: words });
  expect(JSON.stringify(choice)).not.toContain('\\n');
  expectNothingLeft();
}

const firstLine = /^Downloading Electron \(about 110 MB, for at most [\d.]+ s\) \.\.\.$/;
const whole = () => ({ ok: true, program: path.join(folder, 'dist', 'electron') });

describe("Electron's program", () => {
  it('is downloaded once, with a line at the start and one at the end; then it is there', async () => {
    const { requests } = await useMirror(zip);
    expect(await find()).toEqual(whole());
    expect(said).toEqual([expect.stringMatching(firstLine), 'Electron is downloaded.']);
    expect(spawnSync(path.join(folder, 'dist', 'electron')).status).toBe(0);
    expect(existsSync(path.join(folder, 'download'))).toBe(false);
    said.length = 0;
    expect(await find()).toEqual(whole());
    expect(said).toEqual([]);
    expect(requests()).toBe(1);
  });

  it('is given up after the time, which is said, and a later try succeeds', async () => {
    await useMirror(zip, stall);
    await expectRefusal(/^its download takes too long \("npx install-electron" fetches it/, 1500);
    expect(said).toEqual(['Downloading Electron (about 110 MB, for at most 1.5 s) ...']);
    await useMirror(zip);
    expect(await find()).toEqual(whole());
  });

  it('tells every five seconds how much is there', async () => {
    const big = Buffer.alloc(24e6);
    await useMirror(big, stall);
    await expectRefusal(/takes too long/, 6500);
    expect(said.slice(1)).toEqual([expect.stringMatching(/^ {2}(1[12]) MB so far$/)]);
  });

  it('is not taken with another checksum, nor out of the cache', async () => {
    const forged = electronZip('echo forged');
    await useMirror(forged);
    await expectRefusal('its download is not what its makers published');
    expect(existsSync(path.join(folder, 'dist'))).toBe(false);
    const cached = readdirSync(home, { recursive: true, encoding: 'utf8' });
    expect(cached.filter((name) => name.endsWith('.zip'))).toEqual([]);
  });

  it('is not there when the connection is refused, the name unknown, or the answer no archive', async () => {
    const { host, close } = await useMirror(zip);
    close();
    await expectRefusal(`it could not be downloaded (is ${host} reachable?)`);
    vi.stubEnv('ELECTRON_MIRROR', 'http://nowhere.invalid/');
    await expectRefusal('it could not be downloaded (is nowhere.invalid reachable?)');
    const missing = await useMirror(zip, (response) => response.writeHead(404).end());
    await expectRefusal(`${missing.host} answered its download with 404`);
    const broken = await useMirror(zip, (response) => {
      stall(response, zip);
      setTimeout(() => response.destroy(), 200);
    });
    await expectRefusal(`${broken.host} broke its download off`);
  });

  it('is not looked for when its download is switched off', async () => {
    vi.stubEnv('ELECTRON_SKIP_BINARY_DOWNLOAD', '1');
    await expectRefusal(/ELECTRON_SKIP_BINARY_DOWNLOAD is set$/);
    expect(said).toEqual([]);
  });

  it.each([
    ['no pointer to it', { 'dist/electron': 'half', 'dist/version': '' }],
    ['an empty pointer', { 'path.txt': '', 'dist/electron': 'half', 'dist/version': 'own' }],
    ['another version', { 'path.txt': 'electron', 'dist/electron': '', 'dist/version': '44.0.0' }],
    ['no program', { 'path.txt': 'electron', 'dist/version': 'own' }],
  ])('with %s is not taken for whole, but replaced', async (_what, files) => {
    const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
      version: string;
    };
    mkdirSync(path.join(folder, 'dist'));
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(path.join(folder, name), text === 'own' ? version : text);
      chmodSync(path.join(folder, name), 0o755);
    }
    await useMirror(zip, stall);
    await expectRefusal(/takes too long/, 1500);
    await useMirror(zip);
    expect(await find()).toEqual(whole());
    expect(readFileSync(path.join(folder, 'dist/electron'), 'utf8')).toContain('exit 0');
  });

  it('says in one line that its folder can not be written', async () => {
    folder = path.join(home, 'a-file');
    writeFileSync(folder, '');
    expect(await find()).toEqual({
      ok: false,
      why: `it could not be installed (Error: ENOTDIR: not a directory, mkdir '${folder}/download')`,
    });
  });

  it.skipIf(!canMount())('says that the disk is full, and leaves nothing there', async () => {
    const small = path.join(home, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small]);
    try {
      folder = copyElectronPackage(path.join(small, 'node_modules'), zip);
      await useMirror(Buffer.alloc(1e6));
      await expectRefusal('the disk is too full for its download');
      expect(said).toHaveLength(1);
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

describe.skipIf(!onLinux)('Electron on Linux', () => {
  it('is not used without a display, nor as root', async () => {
    vi.stubEnv('DISPLAY', undefined);
    vi.stubEnv('WAYLAND_DISPLAY', undefined);
    const isRoot = process.getuid?.() === 0;
    const why = isRoot ? 'it does not run as root with its sandbox on' : 'there is no display';
    const say = (line: string): unknown => said.push(line);
    expect(await chooseElectron({ folder, say })).toEqual({ ok: false, why });
    expect(said).toEqual([]);
  });
});
