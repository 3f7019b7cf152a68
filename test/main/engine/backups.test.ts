import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { describe, expect, test } from 'vitest';

import { createEngine } from '../../../src-main/engine/engine.ts';
import { EngineHost } from '../../../src-main/engine-host.ts';
import { journalIn } from '../../../src-main/engine/journal/search-desk.ts';
import { Backups } from '../../../src-main/engine/store/backups.ts';
import { openKeptStore, storeFile } from '../../../src-main/engine/store/kept.ts';
import type { KeptStore } from '../../../src-main/engine/store/kept.ts';
import { APPLICATION_ID } from '../../../src-main/engine/store/schema.ts';
import { openStore } from '../../../src-main/engine/store/store.ts';
import { noNames, noNetworks } from '../../../src-main/platform/names.ts';
import { FakeClock, FakePort, fakeIdentity, listPorts, storeAt } from '../fakes/engine-bench.ts';
import { draft } from '../fakes/rule-drafts.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const log = { warn: () => undefined };

function folderWith(rules: number): string {
  const folder = temporaryFolder();
  const store = storeAt(storeFile(folder));
  addRules(store, rules);
  store.close();
  return folder;
}

function addRules(store: KeptStore['store'], rules: number): void {
  for (let index = 0; index < rules; index += 1) {
    expect(store.addRule(draft({ path: `/opt/${index}-${Math.random()}` }), []).ok).toBe(true);
  }
}

async function kept(folder: string, clock = new FakeClock()): Promise<KeptStore> {
  const opened = await openKeptStore(folder, clock, log);
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

function rulesIn(folder: string): number {
  const store = storeAt(storeFile(folder));
  const rules = store.loadRules();
  store.close();
  return rules.ok ? rules.value.length : -1;
}

describe('backups', () => {
  test('are made of a store in use, whole, readable by its owner only, without a log beside them', async () => {
    const folder = folderWith(3);
    const { store, backups, close } = await kept(folder);
    addRules(store, 4);
    const made = await backups.make();
    expect(made.ok && backups.look(made.value.backupId)).toEqual({
      ok: true,
      value: { version: 3, rules: 7 },
    });
    const files = readdirSync(path.join(folder, 'backups'));
    expect(files).toHaveLength(2);
    expect(files.every((name) => /^portreeve-\d{13}\.db$/.test(name))).toBe(true);
    close();
  });

  test('are made at a start, but not at every one of a row', async () => {
    const folder = folderWith(1);
    const clock = new FakeClock();
    for (const [pass, count] of [
      [0, 1],
      [60_000, 1],
      [HOUR, 2],
      [HOUR + 1, 3],
    ] as const) {
      clock.pass(pass);
      const { backups, close } = await kept(folder, clock);
      expect(backups.list()).toHaveLength(count);
      close();
    }
  });

  test('roll: the newest five, and one per day for two weeks', async () => {
    const folder = folderWith(1);
    const clock = new FakeClock();
    const backups = new Backups(storeFile(folder), clock);
    for (let turn = 0; turn < 25 * 4; turn += 1) {
      expect((await backups.make()).ok).toBe(true);
      clock.pass(6 * HOUR);
    }
    const ages = backups.list().map(({ madeAt }) => (clock.now() - madeAt) / HOUR);
    expect(ages.slice(0, 5)).toEqual([6, 12, 18, 24, 30]);
    expect(ages.length).toBeLessThanOrEqual(5 + 14);
    expect(ages.at(-1)).toBeGreaterThan(12 * 24);
    const days = new Set(backups.list().map(({ madeAt }) => Math.floor(madeAt / DAY)));
    expect(days.size).toBeGreaterThanOrEqual(13);
  });

  test('come back, and what was there stays beside them', async () => {
    const folder = folderWith(3);
    const first = await kept(folder);
    addRules(first.store, 2);
    const [oldest] = first.backups.list();
    // As after a crash: the log is there, and half of what is in it would be taken for the new file's.
    const { backups } = first;
    const log = readFileSync(`${storeFile(folder)}-wal`);
    first.close();
    writeFileSync(`${storeFile(folder)}-wal`, log);
    expect(backups.restore(oldest!.backupId)).toEqual({ ok: true, value: null });
    expect(existsSync(`${storeFile(folder)}-wal`)).toBe(false);
    expect(rulesIn(folder)).toBe(3);
    const old = readdirSync(folder).find((name) => name.endsWith('.old'));
    const before = new DatabaseSync(path.join(folder, old!));
    expect(before.prepare('SELECT count(*) AS n FROM rule').get()?.['n']).toBe(5);
    before.close();
  });

  test('that are damaged, or no backup at all, are not put in place', async () => {
    const folder = folderWith(2);
    const { backups, close } = await kept(folder);
    close();
    const [one] = backups.list();
    writeFileSync(path.join(folder, 'backups', one!.backupId), 'damaged '.repeat(2000));
    expect(backups.restore(one!.backupId)).toMatchObject({ error: { code: 'corrupt' } });
    for (const name of ['../portreeve.db', 'draft', 'portreeve-1900000000001.db'])
      expect(backups.restore(name).ok).toBe(false);
    expect(rulesIn(folder)).toBe(2);
  });

  test('of a damaged store are not made, and the good ones stay', async () => {
    const folder = folderWith(500);
    const clock = new FakeClock();
    (await kept(folder, clock)).close();
    damage(folder);
    clock.pass(DAY);
    const backups = new Backups(storeFile(folder), clock);
    expect((await backups.make()).ok).toBe(false);
    expect(backups.list()).toHaveLength(1);
    expect(readdirSync(path.join(folder, 'backups'))).toHaveLength(1);
  });
});

function damage(folder: string): void {
  const bytes = readFileSync(storeFile(folder));
  bytes.fill(0xa5, 4096 * 3, 4096 * 6);
  writeFileSync(storeFile(folder), bytes);
}

describe('a folder', () => {
  test('is for one at a time, and free again when its user was killed', async () => {
    const folder = folderWith(1);
    const child = spawn(process.execPath, [
      path.join(import.meta.dirname, 'store-keeper.ts'),
      folder,
    ]);
    await once(child.stdout, 'data');
    expect(await openKeptStore(folder, new FakeClock(), log)).toMatchObject({
      error: { code: 'busy' },
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    const own = await kept(folder);
    expect(await openKeptStore(folder, new FakeClock(), log)).toMatchObject({
      error: { code: 'busy' },
    });
    own.close();
    (await kept(folder)).close();
  });

  test('whose rules are gone does not start anew by itself', async () => {
    const folder = folderWith(1);
    (await kept(folder)).close();
    rmSync(storeFile(folder));
    expect(await openKeptStore(folder, new FakeClock(), log)).toMatchObject({
      error: { code: 'missing' },
    });
    expect(existsSync(storeFile(folder))).toBe(false);
  });

  test.skipIf(process.getuid?.() !== 0)(
    'without room refuses to migrate without a backup, and loses nothing',
    async () => {
      const folder = temporaryFolder();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160k', 'tmpfs', folder]);
      try {
        const database = new DatabaseSync(storeFile(folder));
        const sql = readFileSync(
          path.join(import.meta.dirname, 'fixtures/store-version-1.sql'),
          'utf8',
        );
        database.exec(`${sql}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`);
        database.close();
        const before = readFileSync(storeFile(folder));
        writeFileSync(path.join(folder, 'filler'), Buffer.alloc(100 * 1024));
        expect(await openKeptStore(folder, new FakeClock(), log)).toMatchObject({
          error: { code: 'full' },
        });
        expect(readFileSync(storeFile(folder))).toEqual(before);
        expect(readdirSync(folder).filter((name) => name.endsWith('.db'))).toEqual([
          'portreeve.db',
        ]);
      } finally {
        execFileSync('umount', ['--lazy', folder]);
      }
    },
  );

  test.skipIf(process.getuid?.() !== 0)(
    'that fills up refuses each write from then on, and keeps all before it',
    () => {
      const folder = temporaryFolder();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', folder]);
      try {
        const store = storeAt(storeFile(folder));
        const confirmed: number[] = [];
        let refused = 0;
        for (let turn = 0; turn < 400; turn += 1) {
          const added = store.addRule(draft({ path: `/opt/${turn}/${'x'.repeat(500)}` }), []);
          if (added.ok) confirmed.push(added.value.ruleId);
          else {
            refused += 1;
            expect(added.error.code).toBe('full');
          }
        }
        expect(refused).toBeGreaterThan(10);
        store.close();
        const again = storeAt(storeFile(folder));
        const loaded = again.loadRules();
        expect(loaded.ok && loaded.value.map(({ ruleId }) => ruleId)).toEqual(confirmed);
        again.close();
      } finally {
        execFileSync('umount', ['--lazy', folder]);
      }
    },
  );

  test.skipIf(process.getuid?.() === 0)('that is read-only is said to be so', async () => {
    const folder = folderWith(1);
    chmodSync(folder, 0o500);
    expect(await openKeptStore(folder, new FakeClock(), log)).toMatchObject({
      error: { code: 'not-writable' },
    });
    chmodSync(folder, 0o700);
  });

  test.skipIf(process.getuid?.() !== 0)('on a read-only file system is said to be so', async () => {
    const folder = folderWith(1);
    execFileSync('mount', ['--bind', folder, folder]);
    execFileSync('mount', ['-o', 'remount,ro,bind', folder]);
    try {
      expect(await openKeptStore(folder, new FakeClock(), log)).toMatchObject({
        error: { code: 'not-writable' },
      });
      expect(openStore(storeFile(folder)).ok).toBe(false);
    } finally {
      execFileSync('umount', ['--lazy', folder]);
    }
  });
});

describe('the host of the engine', () => {
  async function hostOf(folder: string) {
    const clock = new FakeClock();
    const drivers: FakePort[] = [];
    const host = new EngineHost({
      folder,
      clock,
      log,
      makeEngine: (store) => {
        const driver = new FakePort();
        drivers.push(driver);
        return createEngine({
          driver,
          store,
          journal: journalIn(folder),
          clock,
          identity: fakeIdentity(),
          names: noNames,
          networks: noNetworks,
          kernel: null,
          factory: () => [],
          lists: listPorts(folder),
          log,
        });
      },
    });
    await host.start();
    return { host, clock, drivers };
  }

  test('says what is wrong, refuses everything else, and goes on with a backup', async () => {
    const folder = folderWith(500);
    (await kept(folder)).close();
    damage(folder);
    const { host, drivers } = await hostOf(folder);
    const heard: string[] = [];
    host.onChange((event) => heard.push(event));
    const { store, driver } = host.managerState();
    expect(store).toMatchObject({ kind: 'failed', problem: 'corrupt', backups: [{ rules: 500 }] });
    expect(driver).toMatchObject({ kind: 'lost', cause: 'store-failed' });
    expect(drivers).toEqual([]);
    const query = { text: '', offset: 0, limit: 10 };
    expect(await host.handlers.listRules(query)).toMatchObject({ ok: false, code: 'store-failed' });
    expect(await host.handlers.readManager(null)).toMatchObject({ ok: true, value: { store } });
    expect(await host.handlers.retryStore(null)).toMatchObject({ ok: false });
    const backupId = store.kind === 'failed' ? (store.backups[0]?.backupId ?? '') : '';
    expect(await host.handlers.restoreBackup({ backupId: 'x' })).toMatchObject({ ok: false });
    expect(await host.handlers.restoreBackup({ backupId })).toEqual({
      ok: true,
      value: { undoId: null },
    });
    expect(host.managerState().store).toEqual({ kind: 'ok' });
    expect(heard).toContain('managerChanged');
    expect(await host.handlers.listRules(query)).toMatchObject({ ok: true, value: { total: 500 } });
    expect(await host.handlers.startWithoutRules(null)).toMatchObject({
      ok: false,
      code: 'refused',
    });
    expect(drivers).toHaveLength(1);
    await host.stop();
  });

  test('restores the oldest backup while it runs, and takes that back', async () => {
    const folder = folderWith(2);
    const { host, clock, drivers } = await hostOf(folder);
    const { handlers } = host;
    const total = async () => {
      const page = await handlers.listRules({ text: '', offset: 0, limit: 1 });
      return page.ok ? page.value.total : -1;
    };
    const backups = async () => {
      const listed = await handlers.listBackups(null);
      return listed.ok ? listed.value : [];
    };
    for (let made = 0; made < 5; made += 1) {
      clock.time += 1000;
      expect(await handlers.makeBackup(null)).toEqual({ ok: true, value: null });
    }
    await handlers.removeRules({ ruleIds: ['1'] });
    const oldest = (await backups()).at(-1);
    expect(oldest).toMatchObject({ rules: 2 });
    expect(await handlers.restoreBackup({ backupId: 'portreeve-0000000000001.db' })).toMatchObject({
      ok: false,
    });
    expect(drivers).toHaveLength(1);
    const restored = await handlers.restoreBackup({ backupId: oldest?.backupId ?? '' });
    expect(await total()).toBe(2);
    const undoId = restored.ok ? (restored.value.undoId ?? '') : '';
    expect((await backups()).find(({ backupId }) => backupId === undoId)).toMatchObject({
      rules: 1,
    });
    expect(await handlers.restoreBackup({ backupId: undoId })).toMatchObject({ ok: true });
    expect(await total()).toBe(1);
    await host.stop();
  });

  test('begins anew only when told to, and keeps what was there', async () => {
    const folder = folderWith(1);
    writeFileSync(storeFile(folder), 'these are not rules '.repeat(500));
    const { host } = await hostOf(folder);
    expect(host.managerState().store).toMatchObject({ problem: 'corrupt', backups: [] });
    expect(await host.handlers.startWithoutRules(null)).toEqual({ ok: true, value: null });
    expect(host.managerState().store).toEqual({ kind: 'ok' });
    await host.stop();
    const old = readdirSync(folder).find((name) => name.endsWith('.old'));
    expect(readFileSync(path.join(folder, old!), 'utf8')).toContain('these are not rules');
  });

  test('waits for another Portreeve, and takes over when it is gone', async () => {
    const folder = folderWith(1);
    const other = await kept(folder);
    const { host } = await hostOf(folder);
    expect(host.managerState().store).toMatchObject({ problem: 'busy' });
    other.close();
    expect(await host.handlers.retryStore(null)).toEqual({ ok: true, value: null });
    await host.stop();
    expect(
      await openKeptStore(folder, new FakeClock(), log).then(
        (opened) => opened.ok && opened.value.close(),
      ),
    ).toBeUndefined();
  });

  test('makes a backup every day', async () => {
    const folder = folderWith(1);
    const { host, clock } = await hostOf(folder);
    const count = () =>
      readdirSync(path.join(folder, 'backups')).filter((name) => name !== 'draft').length;
    expect(count()).toBe(1);
    for (const days of [2, 3]) {
      clock.pass(DAY);
      await expect.poll(count).toBe(days);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await host.stop();
  });
});
