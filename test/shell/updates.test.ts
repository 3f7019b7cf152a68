/** Updates are looked for, downloaded and started as their user wants, and not before. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeUpdateInfo } from '../../scripts/update-info.ts';
import type { UpdatesView } from '../../src-preload/contract/upkeep.ts';
import { readFeed } from '../../src-main/upkeep/updates/feed.ts';
import { installerArguments } from '../../src-main/upkeep/updates/tools-windows.ts';
import { canMount } from './mount.ts';
import { UpdateBench, describePackage, own, sha512, signedBy } from './update-bench.ts';

let at: UpdateBench;
beforeEach(async () => {
  at = new UpdateBench();
  await at.start();
});
afterEach(() => {
  at.stop();
});

describe('an update', () => {
  it('is looked for, downloaded and started as its user wants, and not before', async () => {
    await at.updates.start();
    at.clock.pass(10 * 86_400_000);
    expect(at.requests).toEqual([]);
    await at.updates.setOn(true);
    const found = await at.until('found');
    expect(found).toMatchObject({ version: '0.2.0', notes: 'Faster, and <b>safer</b>.\n' });
    expect(at.requests.map(({ url }) => url.split('?')[0])).toEqual([
      process.platform === 'linux' ? '/latest-linux.yml' : '/latest.yml',
    ]);
    await at.updates.run('download');
    await at.until('ready');
    expect(at.requests.at(-1)?.url).toBe('/Portreeve-0.2.0-x64.msi');
    const steps = at.views.filter(({ kind }) => kind === 'downloading').length;
    expect(steps).toBeGreaterThan(2);
    expect(steps).toBeLessThan(110);
    expect(at.installed).toEqual([]);
    await at.updates.run('install');
    await expect.poll(() => at.quits).toBe(1);
    expect(at.installed).toEqual([path.join(at.folder, 'updates', 'Portreeve.msi')]);
  });

  it('tells no server which computer asks', async () => {
    await at.download();
    await at.until('ready');
    for (const { headers } of at.requests) {
      expect(
        Object.keys(headers).filter((name) => /user|id|cookie|auth|referer/u.test(name)),
      ).toEqual(['user-agent']);
      expect(headers['user-agent']).toBe('node');
    }
  });

  it('is looked for once a day where that was switched on before', async () => {
    at.isOn = true;
    at.publish('0.1.0', signedBy(own));
    await at.updates.start();
    expect(at.requests).toEqual([]);
    at.clock.pass(600_000);
    expect(await at.until('idle')).toMatchObject({ kind: 'idle' });
    await expect.poll(() => at.requests.length).toBe(1);
    await at.until('idle');
    at.clock.pass(86_400_000);
    await expect.poll(() => at.requests.length).toBe(2);
  });

  it('waits for the last connection that is held, and then begins by itself', async () => {
    at.held = 2;
    await at.download();
    await at.until('ready');
    await at.updates.run('install');
    expect(await at.until('waiting')).toMatchObject({ held: 2 });
    at.held = 1;
    at.updates.heldChanged();
    expect(at.updates.view).toMatchObject({ kind: 'waiting', held: 1 });
    await at.updates.run('cancel');
    await at.until('ready');
    at.held = 0;
    at.updates.heldChanged();
    expect(at.installed).toEqual([]);
    at.held = 1;
    await at.updates.run('install');
    await at.until('waiting');
    at.held = 0;
    at.updates.heldChanged();
    await expect.poll(() => at.installed).toHaveLength(1);
  });

  it('waits too when a connection is held while it is looked at', async () => {
    let looks = 0;
    at.updates = at.make({
      publisherOf: async () => {
        looks += 1;
        if (looks === 2) at.held = 1;
        return own;
      },
    });
    await at.download();
    await at.until('ready');
    await at.updates.run('install');
    await at.until('waiting');
    expect([at.installed, at.quits]).toEqual([[], 0]);
  });

  it('can be ended while it is downloaded', async () => {
    at.serve = (_request, response) => void response.write(randomBytes(1000));
    await at.download();
    await expect.poll(() => at.views.filter(({ kind }) => kind === 'downloading').length).toBe(1);
    await at.updates.run('cancel');
    await at.until('found');
    expect(at.files()).toEqual([]);
  });

  it('is off when that was switched off while it was downloaded', async () => {
    at.serve = (_request, response) => void response.write('x');
    await at.download();
    await at.until('downloading');
    await at.updates.setOn(false);
    await expect.poll(() => at.files()).toEqual([]);
    expect(at.views.at(-1)).toEqual({ kind: 'off' });
  });

  it.skipIf(!canMount())('of an older run may be in use at the start', async () => {
    const used = path.join(at.folder, 'updates');
    mkdirSync(used);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', used]);
    try {
      at.isOn = true;
      await at.updates.start();
      expect(at.updates.view).toMatchObject({ kind: 'idle' });
    } finally {
      execFileSync('umount', [used]);
    }
  });

  it('of an older run is taken away at the start', async () => {
    mkdirSync(path.join(at.folder, 'updates'));
    writeFileSync(path.join(at.folder, 'updates', 'Portreeve.msi'), 'old');
    await at.updates.start();
    expect(at.files()).toEqual([]);
  });
});

describe('latest.yml as a release has it', () => {
  it('is read as it was written, whatever is in the notes', async () => {
    const release = path.join(at.folder, 'release');
    const bytes = signedBy(own, 1000);
    const notes = 'Quotes: "x" \\ \'y\' #1\n- 不会丢失\n';
    mkdirSync(release);
    for (const name of ['0.2.0-x64', '0.2.0-arm64', '0.1.9-x64']) {
      writeFileSync(path.join(release, `Portreeve-${name}.msi`), bytes);
    }
    writeUpdateInfo(release, { version: '0.2.0', notes, stage: 100 });
    at.description = readFileSync(path.join(release, 'latest.yml'), 'utf8');
    expect(at.description).not.toContain('0.1.9');
    at.serve = (_request, response) => void response.end(bytes);
    await at.updates.setOn(true);
    expect(await at.until('found')).toEqual({
      kind: 'found',
      version: '0.2.0',
      notes,
      bytes: bytes.length,
    });
    await at.updates.run('download');
    await at.until('ready');
  });

  it('is not written where there is no package', () => {
    expect(() => writeUpdateInfo(at.folder, { version: '9.9.9', notes: '', stage: null })).toThrow(
      'no package of 9.9.9',
    );
  });
});

describe('a build that can not look for updates', () => {
  it.each([
    ['in development', null, 'development'],
    ['that names no place', { feed: null }, 'no-feed'],
    ['that nobody has signed', { ownPublisher: async () => null }, 'unsigned'],
  ] as const)('%s asks nobody, whatever was switched on', async (_what, given, why) => {
    at.isOn = true;
    at.updates = at.make(given);
    await at.updates.start();
    at.clock.pass(10 * 86_400_000);
    expect(at.updates.view).toEqual({ kind: 'unavailable', why });
    expect((await at.updates.setOn(true)).ok).toBe(false);
    expect((await at.updates.run('look')).ok).toBe(false);
    expect(at.requests).toEqual([]);
  });

  it.each([
    [{}],
    [{ updates: { url: 'http://updates.example/' } }],
    [{ updates: { url: 'file:///C:/x' } }],
    [{ updates: { url: 'https://updates.example/', alsoFrom: ['a/b'] } }],
    [null],
  ])('has no place to look where package.json has %j', (packageJson) => {
    expect(readFeed(packageJson)).toBeNull();
  });
});

describe('no update is found', () => {
  const outcome = async (): Promise<UpdatesView> => {
    await at.updates.setOn(true);
    await expect
      .poll(() => at.updates.view.kind, { timeout: 15_000, interval: 5 })
      .toMatch(/^(idle|failed|found)$/u);
    await expect.poll(() => at.updates.view.kind).not.toBe('looking');
    return at.updates.view;
  };

  it.each([
    ['this version', '0.1.0'],
    ['an older one', '0.0.9'],
    ['an older one before its release', '0.1.0-beta.1'],
  ])('where the server has %s', async (_what, version) => {
    at.publish(version, signedBy(own));
    expect(await outcome()).toMatchObject({ kind: 'idle' });
    expect((await at.updates.run('download')).ok).toBe(false);
  });

  it('where this computer is not among those of the first stage', async () => {
    at.publish('0.2.0', signedBy(own), 'stagingPercentage: 0\n');
    expect(await outcome()).toMatchObject({ kind: 'idle' });
    at.publish('0.2.0', signedBy(own), 'stagingPercentage: 100\n');
    await at.updates.run('look');
    await at.until('found');
  });

  it('about half of the computers are among the first half, and each stays what it was', async () => {
    at.publish('0.2.0', signedBy(own, 10), 'stagingPercentage: 50\n');
    const kinds: string[] = [];
    for (let one = 0; one < 40; one += 1) {
      rmSync(path.join(at.folder, 'updates'), { recursive: true, force: true });
      // oxlint-disable-next-line no-await-in-loop -- one computer after the other
      kinds.push((await outcome()).kind);
    }
    const among = kinds.filter((kind) => kind === 'found').length;
    expect(among).toBeGreaterThan(5);
    expect(among).toBeLessThan(35);
    const last = kinds.at(-1);
    await at.updates.run('look');
    await at.until(last as 'idle' | 'found');
  });

  it.each([
    ['no text', 'x: ['],
    [
      'a stage that is no number',
      describePackage('0.2.0', signedBy(own), 'stagingPercentage: all\n'),
    ],
    ['no hash', 'version: 0.2.0\nfiles:\n  - url: a-x64.msi\n    size: 3\n'],
    ['a short hash', 'version: 0.2.0\nfiles:\n  - url: a-x64.msi\n    size: 3\n    sha512: aGk=\n'],
    [
      'no size',
      `version: 0.2.0\nfiles:\n  - url: a-x64.msi\n    sha512: ${sha512(Buffer.of(1))}\n`,
    ],
    [
      'a huge size',
      describePackage('0.2.0', signedBy(own)).replaceAll(/size: \d+/gu, 'size: 9e15'),
    ],
    ['no version', describePackage('x', signedBy(own))],
    ['another processor only', describePackage('0.2.0', signedBy(own)).replaceAll('-x64', '-ia32')],
    ['no end', `version: 0.2.0\n${'#'.repeat(300_000)}`],
  ])('where its description has %s', async (_what, text) => {
    at.description = text;
    expect(await outcome()).toMatchObject({ kind: 'failed', problem: 'bad-answer' });
  });

  it('where its server is not there, and it can be tried again', async () => {
    at.updates = at.make({ feed: { url: 'http://127.0.0.1:9/', alsoFrom: [] } });
    expect(await outcome()).toMatchObject({ kind: 'failed', problem: 'no-connection' });
    expect((await at.updates.run('look')).ok).toBe(true);
    await at.until('failed');
  });
});

describe("Windows' installer", () => {
  it('gets the package, a log beside it, and no restart of Windows', () => {
    expect(installerArguments('C:\\ProgramData\\Portreeve\\updates\\Portreeve.msi')).toEqual([
      '/i',
      'C:\\ProgramData\\Portreeve\\updates\\Portreeve.msi',
      '/passive',
      '/norestart',
      '/l*v',
      'C:\\ProgramData\\Portreeve\\updates\\install.log',
      'START=now',
    ]);
  });
});
