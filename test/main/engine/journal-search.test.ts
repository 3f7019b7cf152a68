/** What a search in the journal finds, and the picture that is drawn of it. */
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';

import { timeText } from '../../../src-preload/contract/search.ts';
import { JournalFile, journalFile } from '../../../src-main/engine/journal/journal-file.ts';
import type { JournalLine } from '../../../src-main/engine/journal/journal-line.ts';
import { JournalSearch } from '../../../src-main/engine/journal/journal-search.ts';
import { SearchDesk } from '../../../src-main/engine/journal/search-desk.ts';
import { MINUTE, lineAt, most, start, targetOf, value } from '../fakes/journal-lines.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

let file: string;

beforeEach(() => {
  file = journalFile(temporaryFolder());
});

function opened(): JournalFile {
  return value(JournalFile.open(file));
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

describe('a picture', () => {
  test('of a search that another one has followed is drawn no further', async () => {
    const journal = opened();
    value(journal.add([lineAt(0)], most));
    const desk = new SearchDesk(file);
    const first = desk.picture({ text: 'curl', now: start });
    const page = desk.page({ text: 'cur', now: start }, 10);
    expect(value(await first)).toBeNull();
    expect(value(await page).lines).toHaveLength(1);
    await desk.stop();
    journal.close();
  });
});
