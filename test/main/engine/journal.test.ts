/** The journal's file: what a search finds, what is kept, and what becomes of files that cannot be used. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { timeText } from '../../../src-preload/contract/search.ts';
import { JournalFile, journalFile } from '../../../src-main/engine/journal/journal-file.ts';
import type { JournalLine } from '../../../src-main/engine/journal/journal-line.ts';
import { JournalSearch } from '../../../src-main/engine/journal/journal-search.ts';
import { Journal } from '../../../src-main/engine/journal/journal.ts';
import { SearchDesk, journalIn } from '../../../src-main/engine/journal/search-desk.ts';
import { ThreadSearcher } from '../../../src-main/platform/journal-searcher.ts';
import { openStore } from '../../../src-main/engine/store/store.ts';
import type { StoreResult } from '../../../src-main/engine/store/store.ts';
import { FakeClock } from '../fakes/engine-bench.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const MINUTE = 60_000;
const start = new Date(2026, 10, 1, 12).getTime();
const most = 1_000_000;

let folder: string;
let file: string;

beforeEach(() => {
  folder = temporaryFolder();
  file = journalFile(folder);
});

function lineAt(minute: number, given: Partial<JournalLine> = {}): JournalLine {
  return {
    subject: { kind: 'path', key: '/opt/curl', name: 'Curl', path: '/opt/curl' },
    path: '/opt/curl',
    process: { id: 7n, created: 2n ** 64n - 1n },
    target: targetOf('web.example', 443),
    verdict: 'allow',
    by: 'rule',
    ruleId: 3,
    at: start + minute * MINUTE,
    count: 1,
    ...given,
  };
}

function targetOf(hostName: string | null, port: number): JournalLine['target'] {
  const target = { address: '192.0.2.1', hostName, port, protocol: 6, loopback: false } as const;
  return { ...target, direction: 'outbound' };
}

function opened(): JournalFile {
  return value(JournalFile.open(file));
}

function value<T>(result: StoreResult<T>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

const anyLine = fc
  .record({
    minute: fc.integer({ min: 0, max: 500 }),
    name: fc.constantFrom('Curl', 'Firefox', 'Fire\ud800', 'svchost'),
    host: fc.constantFrom('web.example', 'mail.example', null),
    port: fc.constantFrom(25, 80, 443),
    verdict: fc.constantFrom('allow', 'block'),
    by: fc.constantFrom('rule', 'answer', 'mode', 'driver'),
    inbound: fc.boolean(),
    count: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ minute, name, host, port, verdict, by, inbound, count }) => {
    const target = targetOf(host, port);
    return lineAt(minute, {
      path: `/opt/${name}`,
      subject: { kind: 'path', key: `/opt/${name}`, name, path: `/opt/${name}` },
      target: inbound ? { ...target, direction: 'inbound' } : target,
      ...{ verdict, by, count, ruleId: by === 'rule' ? port : null },
    });
  });

/** Each search beside what it means. */
const searches: readonly (readonly [string, (line: JournalLine) => boolean])[] = [
  ['', () => true],
  ['fire', ({ subject }) => subject.name.startsWith('Fire')],
  ['app:CURL', ({ subject }) => subject.name === 'Curl'],
  ['to:mail', ({ target }) => target.hostName === 'mail.example'],
  ['192.0.2.1', () => true],
  ['app:mail', () => false],
  ['port:25 verdict:block', ({ target, verdict }) => target.port === 25 && verdict === 'block'],
  ['by:mode is:inbound', ({ by, target }) => by === 'mode' && target.direction === 'inbound'],
  [`since:${timeText(start + 100 * MINUTE)}`, ({ at }) => at >= start + 100 * MINUTE],
  [
    `since:${timeText(start + 100 * MINUTE)} until:${timeText(start + 300 * MINUTE)} web`,
    ({ at, target }) =>
      at >= start + 100 * MINUTE && at < start + 300 * MINUTE && target.hostName === 'web.example',
  ],
  ['until:yesterday', () => true],
  ['port:http', () => false],
  ["%' OR 1", () => false],
];

describe('a search', () => {
  const now = start + 48 * 60 * MINUTE;

  test('finds what it says, with few lines and with many, page after page', () => {
    fc.assert(
      fc.property(
        fc.array(anyLine, { maxLength: 60 }),
        fc.constantFrom(...searches),
        fc.constantFrom(1, 1000),
        (lines, [text, means], partLines) => {
          file = journalFile(temporaryFolder());
          const journal = opened();
          value(journal.add(lines, most));
          const search = new JournalSearch(file, partLines);
          const expected = lines.filter(means).map(({ at, count }) => [at, count]);
          expect(pages(search, { text, now }, 7)).toEqual(expected.toReversed());
          expect(picture(search, { text, now })).toMatchObject({ total: expected.length });
          search.close();
          journal.close();
        },
      ),
      { numRuns: 300, seed: 11 },
    );
  }, 120_000);

  test('draws every connection at its time', () => {
    const journal = opened();
    const blocked = { verdict: 'block', count: 5 } as const;
    value(journal.add([lineAt(0, blocked), lineAt(24 * 60), lineAt(48 * 60, { count: 2 })], most));
    for (const partLines of [1, 1000]) {
      const search = new JournalSearch(file, partLines);
      const { times } = picture(search, { text: '', now });
      expect(times).toMatchObject({ from: start, to: now });
      expect([times?.blocked[0], times?.allowed[24], times?.allowed[47]]).toEqual([5, 1, 2]);
      expect(picture(search, { text: 'verdict:block', now }).times?.allowed).not.toContain(1);
      expect(picture(search, { text: 'nobody', now })).toEqual({ total: 0, times: null });
      search.close();
    }
    journal.close();
  });

  test('sees what is written meanwhile', () => {
    const journal = opened();
    const search = new JournalSearch(file);
    expect(pages(search, { text: 'curl', now }, 10)).toHaveLength(0);
    value(journal.add([lineAt(0)], most));
    expect(pages(search, { text: 'curl', now }, 10)).toHaveLength(1);
    search.close();
    journal.close();
  });

  function pages(search: JournalSearch, question: { text: string; now: number }, limit: number) {
    const all: (readonly [number, number])[] = [];
    let before: number | undefined;
    for (;;) {
      const { lines } = search.page(question, limit, before);
      all.push(...lines.map(({ at, count }) => [at, count] as const));
      if (lines.length < limit) return all;
      before = lines.at(-1)?.lineId;
    }
  }

  function picture(search: JournalSearch, question: { text: string; now: number }) {
    const steps = search.picture(question);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
  }
});

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

  test('all of a batch or nothing, when the disk is full', () => {
    const journal = value(JournalFile.open(file, 30 * 4096));
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
    value(made.clear());
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
    expect(warnings[0]).toContain('The journal could not be written.');
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

describe('a picture', () => {
  test('of a search that another one has followed is drawn no further', async () => {
    const journal = opened();
    value(journal.add([lineAt(0)], most));
    const desk = new SearchDesk(file);
    const first = desk.picture({ text: 'curl', now: start });
    const page = desk.page({ text: 'cur', now: start }, 10);
    expect(value(await first)).toBeNull();
    expect(value(await page).lines).toHaveLength(1);
    desk.stop();
    journal.close();
  });
});
