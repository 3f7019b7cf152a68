/** The journal's file: what is kept, and what becomes of files that cannot be used. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { JournalFile, journalFile } from '../../../src-main/engine/journal/journal-file.ts';
import { Journal } from '../../../src-main/engine/journal/journal.ts';
import { SearchDesk, journalIn } from '../../../src-main/engine/journal/search-desk.ts';
import { ThreadSearcher } from '../../../src-main/platform/journal-searcher.ts';
import { openStore } from '../../../src-main/engine/store/store.ts';
import { FakeClock } from '../fakes/engine-bench.ts';
import { canMount } from '../../shell/mount.ts';
import { lineAt, most, targetOf, value } from '../fakes/journal-lines.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = journalFile(folder);
});

function opened(): JournalFile {
  return value(JournalFile.open(file));
}

describe('what is kept', () => {
  test('lines come back as they were, the newest first', () => {
    const journal = opened();
    const lines = [
      lineAt(0),
      lineAt(1, { target: targetOf(null, 1), ruleId: null, by: 'answer' }),
      lineAt(2, { path: '/opt/\ud800' }),
    ];
    value(journal.add(lines, most));
    const read = value(journal.newest(10)).map(({ lineId: _lineId, ...line }) => line);
    expect(read).toEqual(lines.toReversed());
    expect(value(journal.line(2))).toMatchObject({ lineId: 2, by: 'answer' });
    expect(value(journal.line(4))).toBeNull();
    journal.close();
  });

  test('the newest lines, their tallies, programs and targets, and nothing else', () => {
    const journal = opened();
    const others = Array.from({ length: 30 }, (_none, at) =>
      lineAt(at, {
        path: `/opt/${at % 10}`,
        target: targetOf(`${at % 7}.example`, 443),
        count: 2,
      }),
    );
    for (const line of others) value(journal.add([line], 12));
    expect(value(journal.total())).toBe(12);
    expect(value(journal.newest(100)).map(({ at }) => at)).toEqual(
      others
        .slice(-12)
        .toReversed()
        .map(({ at }) => at),
    );
    const tallies = value(journal.tallies(100));
    expect(tallies.reduce((sum, { count }) => sum + count, 0)).toBe(24);
    expect(value(journal.tallies(3)).map(({ at }) => at)).toEqual(
      others
        .slice(-3)
        .toReversed()
        .map(({ at }) => at),
    );
    journal.close();
    expect(countsOf('app', 'target', 'tally')).toEqual([10, 7, tallies.length]);
  });

  function countsOf(...tables: string[]): number[] {
    const database = new DatabaseSync(file, { readOnly: true });
    const counts = tables.map((table) =>
      Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count']),
    );
    database.close();
    return counts;
  }

  test('the newest lines, where ever new names have filled the file', () => {
    const journal = value(JournalFile.open(file, 60 * 4096));
    const host = 'x'.repeat(200);
    for (let round = 0; round < 40; round += 1) {
      const batch = Array.from({ length: 20 }, (_none, at) =>
        lineAt(round * 20 + at, { target: targetOf(`${host}-${round}-${at}.example`, 443) }),
      );
      value(journal.add(batch, most));
      expect(value(journal.newest(20)).map(({ at }) => at)).toEqual(
        batch.toReversed().map(({ at }) => at),
      );
    }
    const total = value(journal.total());
    expect(total).toBeGreaterThan(100);
    expect(total).toBeLessThan(800);
    journal.close();
    expect(statSync(file).size).toBeLessThanOrEqual(60 * 4096);
    expect(countsOf('app', 'target', 'tally')).toEqual([1, total, total]);
  });

  test.skipIf(!canMount())('all of a batch or nothing, when the disk is full', () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', folder]);
    onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
    const journal = value(JournalFile.open(file));
    const batch = (round: number) =>
      Array.from({ length: 100 }, (_none, at) =>
        lineAt(at, { path: `/${'x'.repeat(200)}/${round}/${at}` }),
      );
    let round = 0;
    while (journal.add(batch(round), most).ok) round += 1;
    expect(journal.add(batch(round), most)).toMatchObject({ error: { code: 'full' } });
    expect(value(journal.total())).toBe(round * 100);
    journal.close();
  });
});

describe('the journal of an engine', () => {
  const warnings: string[] = [];
  const clock = new FakeClock();
  let journal: Journal | null = null;

  afterEach(() => {
    journal?.stop();
    journal = null;
    warnings.length = 0;
  });

  function started(search = journalIn(folder).search): Journal {
    const store = value(openStore(path.join(folder, 'portreeve.db')));
    const log = { warn: (message: string) => void warnings.push(message) };
    const made = new Journal({ store, journal: { file, search }, clock, log });
    made.load();
    store.close();
    journal = made;
    return made;
  }

  function note(made: Journal): void {
    const { subject, ...rest } = lineAt(0);
    const connection = { ...rest, pathCut: false, time: 0 };
    made.add(subject, connection, { verdict: 'allow', by: 'rule', ruleId: 3 });
  }

  test('a damaged file, another program’s and a newer one are put aside, with a word', async () => {
    for (const spoil of [overwritten, foreign, newer]) {
      spoil();
      const made = started();
      note(made);
      expect(value(await made.page({ limit: 10 })).lines).toHaveLength(1);
      expect(value(await made.page({ limit: 10, text: 'curl' })).lines).toHaveLength(1);
      expect(warnings).toEqual([expect.stringContaining('It was kept as')]);
      made.stop();
      warnings.length = 0;
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.old'))).toHaveLength(3);
    value(await started().clear());
    expect(readdirSync(folder).filter((name) => name.startsWith('journal'))).toEqual([]);
    expect(existsSync(path.join(folder, 'portreeve.db'))).toBe(true);
  });

  function overwritten(): void {
    writeFileSync(file, 'x'.repeat(10_000));
  }

  function foreign(): void {
    const database = new DatabaseSync(file);
    database.exec('PRAGMA application_id = 7; CREATE TABLE IF NOT EXISTS theirs (x)');
    database.close();
  }

  function newer(): void {
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99');
    database.close();
  }

  test('damage that only a search meets is put aside as well', async () => {
    const first = started();
    note(first);
    first.stop();
    const database = new DatabaseSync(file);
    const row = database
      .prepare("SELECT rootpage AS page FROM sqlite_schema WHERE name = 'target'")
      .get();
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    const bytes = readFileSync(file);
    bytes.fill(0xff, (Number(row?.['page']) - 1) * 4096, Number(row?.['page']) * 4096);
    writeFileSync(file, bytes);
    const made = started();
    expect(value(await made.page({ limit: 10, text: 'curl' })).lines).toHaveLength(0);
    expect(warnings).toHaveLength(1);
  });

  test('lines of a store from before are taken over, once', async () => {
    const store = path.join(folder, 'portreeve.db');
    value(openStore(store)).close();
    for (let start = 0; start < 2; start += 1) {
      const database = new DatabaseSync(store);
      database.exec(`
        INSERT OR IGNORE INTO subject VALUES (1, 'path', x'41', x'41', x'41');
        INSERT INTO journal (subject_id, at, direction, address, port, protocol, loopback, path,
          process_id, process_created, verdict, decided_by, rule_id, count)
        VALUES (1, 5, 'outbound', '192.0.2.1', 80, 6, 0, x'4100', -1, 1, 'allow', 'rule', 4, 9)`);
      database.close();
      const made = started();
      const { lines } = value(await made.page({ limit: 10 }));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatchObject({ at: 5, count: 9, ruleId: '4', target: { port: 80 } });
      made.stop();
    }
  });

  test('is cleared for ever, and goes on', async () => {
    const made = started();
    note(made);
    expect(value(await made.page({ limit: 10, text: 'curl' })).lines).toHaveLength(1);
    value(await made.clear());
    expect(existsSync(file)).toBe(false);
    expect(value(await made.page({ limit: 10, text: 'curl' })).lines).toHaveLength(0);
    note(made);
    expect(value(await made.page({ limit: 10 }))).toMatchObject({ total: 1 });
  });

  test('a folder that is gone says so, and stops nothing', async () => {
    const made = started();
    file = path.join(folder, 'gone', 'journal.db');
    made.stop();
    const lost = new Journal({
      store: { loadOldJournal: () => ({ ok: true, value: [] }) } as never,
      journal: { file, search: (name) => new SearchDesk(name) },
      clock,
      log: { warn: (message) => void warnings.push(message) },
    });
    note(lost);
    expect(await lost.page({ limit: 10 })).toMatchObject({ error: { code: 'not-writable' } });
    expect(await lost.picture('curl')).toMatchObject({ error: { code: 'not-writable' } });
    expect(warnings[0]).toBe('The journal could not be written: not-writable.');
  });

  test('is searched in a thread of its own, which can be ended at any time', async () => {
    const made = started((name) => new ThreadSearcher(name));
    note(made);
    expect(value(await made.page({ limit: 10, text: 'curl' })).lines).toHaveLength(1);
    expect(value(await made.picture('curl'))).toMatchObject({ total: 1 });
    const asked = made.page({ limit: 10, text: 'curl' });
    await Promise.resolve();
    made.stop();
    expect((await asked).ok).toBe(false);
    expect(value(await made.page({ limit: 10, text: 'curl' })).lines).toHaveLength(1);
  });
});
