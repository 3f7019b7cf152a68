/** The journal and what was found about the rules: each line can be acted on, and everything can be taken back. */
import { describe, expect, it } from 'vitest';
import type { JournalQuery } from '../../src-preload/contract/rules.ts';
import { journalView, managerState, ruleView } from '../fakes/views.ts';
import { callsOf, grid, openView, useManagerPages } from './manager-window.ts';
import { overflow } from './overflow.ts';
import { withoutBrowser } from './pages.ts';

const finding = (kind: string, place: number, given = {}) => ({
  kind,
  rule: ruleView(place, given),
  by: kind === 'shadowed' ? ruleView(1) : null,
});

describe.skipIf(withoutBrowser)('the journal', () => {
  useManagerPages();

  it('given lines, then each says who, where, and who decided; its picture has a name', async () => {
    const page = await openView('Journal');
    const first = await page.getByRole('row').first().innerText();
    expect(first).toContain('curl reached');
    expect(first).toContain('by a rule');
    await page.getByRole('img', { name: 'Connections over time' }).waitFor();
  });

  it('given an answer of a standard user, then it says whose, as text, and of the others nothing', async () => {
    const names = ['PORT-7\\carla', '<b>a\u202Eb</b>', undefined];
    const lines = names.map((answeredBy, place) =>
      journalView(place, { by: 'answer', ...(answeredBy !== undefined && { answeredBy }) }),
    );
    const readJournal = { lines, total: 3, version: 1 };
    const page = await openView('Journal', { answers: { readJournal } });
    const rows = page.getByRole('row');
    await rows.nth(0).getByText('answered by PORT-7\\carla').waitFor();
    await rows.nth(1).getByText('<b>a⟨U+202E⟩b</b>').waitFor();
    expect(await rows.nth(2).innerText()).toContain('by your answer');
    expect(await page.getByText('answered by').count()).toBe(2);
    expect(await overflow(page)).toEqual([]);
  });

  it('given a long journal, then more is fetched as it comes into view, each part once', async () => {
    const page = await openView('Journal');
    await page.evaluate((line) => {
      window.fake.answers.readJournal = (input: unknown) => {
        const { limit, before } = input as JournalQuery;
        const from = before === undefined ? 1000 : Number(before) - 1;
        const ids = Array.from({ length: Math.min(limit, from) }, (_none, at) => from - at);
        const lines = ids.map((id) => ({ ...line, lineId: String(id) }));
        return { lines, total: 1000, version: 1 };
      };
      window.fake.answers.pictureJournal = { total: 1000, times: null };
    }, journalView(1));
    await page.getByRole('radio', { name: 'Blocked' }).click();
    await page.getByText('1,000 lines').waitFor();
    await grid(page).focus();
    await page.keyboard.press('End');
    await page
      .locator('[role="row"][aria-rowindex="1000"]')
      .getByText('Discord', { exact: true })
      .waitFor();
    const asked = (await callsOf(page, 'readJournal')) as JournalQuery[];
    const parts = asked.filter(({ before }) => before !== undefined).map(({ before }) => before);
    expect(parts).toEqual(['801', '601', '401', '201']);
    expect(asked.at(-1)?.text).toBe(' verdict:block');
  });

  it('given a bar, then its time is searched for, and the rest of the search stays', async () => {
    const page = await openView('Journal');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('curl since:7d');
    await page.locator('.picture-bar').nth(10).click();
    const searched = page.getByRole('searchbox');
    await expect
      .poll(() => searched.inputValue())
      .toMatch(/^curl since:\d{4}-\d\d-\d\dT\d\d:\d\d until:\d{4}-\d\d-\d\dT\d\d:\d\d$/u);
    const text = await searched.inputValue();
    expect((await callsOf(page, 'pictureJournal')).at(-1)).toEqual({ text });
  });

  it('given that it is to be forgotten, then it asks first', async () => {
    const page = await openView('Journal');
    await page.getByRole('button', { name: 'Forget the journal' }).click();
    await page.getByRole('dialog', { name: 'Forget the journal?' }).waitFor();
    await page.getByRole('button', { name: 'Keep it' }).click();
    expect(await callsOf(page, 'clearJournal')).toHaveLength(0);
    await page.getByRole('button', { name: 'Forget the journal' }).click();
    await page.getByRole('button', { name: 'Forget it' }).click();
    await expect.poll(() => callsOf(page, 'readJournal')).toHaveLength(2);
    expect(await callsOf(page, 'clearJournal')).toHaveLength(1);
  });

  it('given millions of lines, then it says how to get to the oldest, and holds few', async () => {
    const page = await openView('Journal');
    await page.evaluate((line) => {
      window.fake.answers.readJournal = (input: unknown) => {
        const { limit, before = '5000001' } = input as JournalQuery;
        const ids = Array.from({ length: limit }, (_none, at) => Number(before) - 1 - at);
        const lines = ids.map((id) => ({ ...line, lineId: String(id) }));
        return { lines, total: 5_000_000, version: 1 };
      };
      window.fake.answers.pictureJournal = { total: 5_000_000, times: null };
    }, journalView(1));
    await page.getByRole('radio', { name: 'Blocked' }).click();
    await page.getByText('5,000,000 lines').waitFor();
    await grid(page).focus();
    await page.keyboard.press('End');
    await page.locator('[role="row"][aria-rowindex="10000"]').waitFor();
    await page.getByText('There are older lines').waitFor();
    expect(await callsOf(page, 'readJournal')).toHaveLength(51);
  });

  it('given Enter, then a rule is made of the line; given Why, then it is explained', async () => {
    const page = await openView('Journal', {
      answers: {
        explainConnection: {
          decidedBy: 'mode',
          verdict: 'ask',
          rule: null,
          others: [],
          othersTotal: 0,
        },
      },
    });
    await grid(page).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Make a rule' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('row').first().hover();
    await page.getByRole('button', { name: 'Why?' }).first().click();
    await page.getByRole('dialog', { name: 'What decides a connection' }).waitFor();
  });

  it('given newer lines, then nothing moves before they are asked for', async () => {
    const page = await openView('Journal');
    await page.getByRole('row').first().waitFor();
    expect(await page.getByRole('button', { name: 'Show what is newer' }).count()).toBe(0);
    await page.evaluate(
      (state) => {
        window.fake.emit('managerChanged', state);
      },
      managerState({ journalVersion: 2 }),
    );
    await page.getByRole('button', { name: 'Show what is newer' }).click();
    await expect.poll(() => callsOf(page, 'readJournal')).toHaveLength(2);
  });

  it('given no lines, then it says what would be here; given a search, what may be written', async () => {
    const page = await openView('Journal', {
      answers: {
        readJournal: { lines: [], total: 0, version: 1 },
        pictureJournal: { total: 0, times: null },
      },
    });
    await page.getByRole('heading', { name: 'Nothing was decided yet' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('x');
    await page.getByRole('heading', { name: 'No line matches' }).waitFor();
  });
});

describe.skipIf(withoutBrowser)('findings', () => {
  useManagerPages();

  it('given some, then each says what to do, and one or all can go, with a way back', async () => {
    const page = await openView('Findings', {
      answers: {
        readFindings: [
          finding('shadowed', 4),
          finding('shadowed', 5),
          finding('unused', 6),
          finding('unused', 7, { origin: 'managed' }),
        ],
      },
    });
    await page.getByRole('heading', { name: 'Never decide' }).waitFor();
    await page.getByText('decided by:').first().waitFor();
    await page.getByRole('button', { name: 'Remove all 2' }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).last().click();
    expect(await callsOf(page, 'removeRules')).toEqual([
      { ruleIds: ['rule-4', 'rule-5'] },
      { ruleIds: ['rule-6'] },
    ]);
    await page.getByRole('button', { name: 'Undo' }).click();
    expect(await callsOf(page, 'restoreRules')).toHaveLength(1);
    await page.getByText('Your organisation’s').waitFor();
  });

  it('given locked rules, then nothing can be changed; given none, then all is in order', async () => {
    const managed = { locked: ['rules'] as const, rulesFile: null, problems: [] };
    const page = await openView('Findings', {
      state: { managed },
      answers: { readFindings: [finding('dead', 4), finding('dead', 5)] },
    });
    await page.getByRole('heading', { name: 'For a program that is gone' }).waitFor();
    expect(await page.getByRole('button', { name: /Remove|Change/u }).count()).toBe(0);
    await page.evaluate(
      (state) => {
        window.fake.answers.readFindings = [];
        window.fake.emit('managerChanged', state);
      },
      managerState({ ruleVersion: 9 }),
    );
    await page.getByRole('heading', { name: 'Your rules are in order' }).waitFor();
  });

  it('given hostile names, then nothing is cut off', async () => {
    const name = `\u202Egpj.${'x'.repeat(5000)}`;
    const subject = { kind: 'path', name, path: `C:\\${name}`, canBeRemembered: true };
    const page = await openView('Findings', {
      answers: {
        readFindings: [finding('shadowed', 4, { subject }), finding('dead', 5, { subject })],
      },
    });
    await page.getByText('⟨U+202E⟩').first().waitFor();
    expect(await overflow(page)).toEqual([]);
  });
});
