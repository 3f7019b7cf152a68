/** Packages from a real server: whatever is wrong with one, it is not started, and nothing of it stays. */
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canMount } from './mount.ts';
import { UpdateBench, own, signedBy } from './update-bench.ts';

let at: UpdateBench;
beforeEach(async () => {
  at = new UpdateBench();
  await at.start();
});
afterEach(() => {
  at.stop();
});

describe('a package is refused, and nothing of it stays', () => {
  const refused = async (problem: string): Promise<void> => {
    await at.download();
    expect(await at.until('failed')).toMatchObject({ problem });
    expect(at.files()).toEqual([]);
    expect((await at.updates.run('install')).ok).toBe(false);
    expect(at.installed).toEqual([]);
    expect(at.warnings.at(-1)).toContain(problem);
  };
  const good = (): Buffer => signedBy(own);

  it('that ends too early', async () => {
    const bytes = good();
    at.publish('0.2.0', bytes);
    at.serve = (_request, response) => void response.end(bytes.subarray(0, 1_000_000));
    await refused('wrong-size');
  });

  it('that breaks off', async () => {
    const bytes = good();
    at.publish('0.2.0', bytes);
    at.serve = (_request, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 1_000_000), () => response.destroy());
    };
    await refused('no-connection');
  });

  it('that has other bytes', async () => {
    const bytes = good();
    at.publish('0.2.0', bytes);
    const other = Buffer.from(bytes);
    other[7] = (other[7] ?? 0) ^ 1;
    at.serve = (_request, response) => void response.end(other);
    await refused('wrong-hash');
  });

  it('that never ends', async () => {
    at.publish('0.2.0', good());
    at.serve = (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) /* until it is full */ ;
        response.once('drain', more);
      };
      more();
    };
    await refused('wrong-size');
  });

  it('whose server falls silent', async () => {
    at.silentMs = 1000;
    at.updates = at.make();
    at.publish('0.2.0', good());
    at.serve = (_request, response) => void response.write(Buffer.alloc(1000));
    await refused('too-slow');
  });

  it('whose server says nothing at all', async () => {
    at.silentMs = 1000;
    at.updates = at.make();
    at.publish('0.2.0', good());
    at.serve = () => {};
    await refused('too-slow');
  });

  it.each([
    ['another host', () => `http://localhost:${at.host.split(':')[1] ?? ''}/x-x64.msi`],
    ['plain HTTP elsewhere', () => 'http://updates.example/x-x64.msi'],
    ['a file', () => 'file:///etc/passwd'],
  ])('that is redirected to %s', async (_what, location) => {
    at.publish('0.2.0', good());
    at.serve = (_request, response) => void response.writeHead(302, { location: location() }).end();
    await refused('elsewhere');
  });

  it('that is redirected for ever', async () => {
    at.publish('0.2.0', good());
    at.serve = (_request, response) => void response.writeHead(302, { location: '/again' }).end();
    await refused('bad-answer');
  });

  it.each([
    ['another publisher', 'C=DE\nO=Somebody else\nCN=Somebody else'],
    ['a publisher whose name begins with ours', `${own} GmbH`],
  ])('that %s has signed', async (_what, who) => {
    at.publish('0.2.0', signedBy(who));
    await refused('other-signer');
  });

  it('that nobody has signed', async () => {
    at.publish('0.2.0', randomBytes(5000));
    await refused('other-signer');
  });

  it('whose signature can not be looked at', async () => {
    at.updates = at.make({ publisherOf: () => Promise.reject(new Error('no such function')) });
    await refused('other-signer');
  });

  it('where others could write in its folder', async () => {
    let asked = 0;
    at.updates = at.make({ isSafe: () => (asked += 1) === 1 });
    await refused('unsafe-folder');
  });

  it.skipIf(!canMount())('that the disk has no room for', async () => {
    const small = path.join(at.folder, 'updates');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
    try {
      await refused('disk-full');
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

describe.skipIf(!canMount())('a disk that fills up during the download', () => {
  it('is said to be full, and gets back what was written', async () => {
    const small = path.join(at.folder, 'updates');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'tmpfs', small]);
    const bytes = signedBy(own);
    at.publish('0.2.0', bytes);
    at.serve = (_request, response) => {
      const filler = ['-l', '78m', path.join(small, 'filler')];
      execFile('fallocate', filler, () => response.end(bytes));
    };
    try {
      await at.download();
      expect(await at.until('failed')).toMatchObject({ problem: 'disk-full' });
      expect(at.files()).toEqual([]);
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

describe('a package that was right, and is another one when it is to be started', () => {
  const tamper = async (work: (file: string) => void): Promise<void> => {
    await at.download();
    await at.until('ready');
    work(path.join(at.folder, 'updates', 'Portreeve.msi'));
    await at.updates.run('install');
    await at.until('failed');
    expect([at.installed, at.quits, at.files()]).toEqual([[], 0, []]);
  };

  it('by a byte', () => tamper((file) => appendFileSync(file, 'x')));
  it('by another name of its signer', () => tamper((file) => writeFileSync(file, signedBy('eve'))));
  it('because it is gone', () => tamper((file) => rmSync(file)));

  it('is not started where its folder has been opened to others', async () => {
    let safe = true;
    at.updates = at.make({ isSafe: () => safe });
    await at.download();
    await at.until('ready');
    safe = false;
    await at.updates.run('install');
    expect(await at.until('failed')).toMatchObject({ problem: 'unsafe-folder' });
    expect(at.installed).toEqual([]);
  });

  it('and where Windows does not start it, Portreeve goes on', async () => {
    at.updates = at.make({ install: async () => false });
    await at.download();
    await at.until('ready');
    await at.updates.run('install');
    expect(await at.until('failed')).toMatchObject({ problem: 'not-started', during: 'install' });
    expect(at.quits).toBe(0);
  });
});
