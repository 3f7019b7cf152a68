/** The form that makes and changes rules, in the built manager page. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { NewRule } from '../../src-preload/contract/rules.ts';
import { journalView, rehearsalView, ruleView } from '../fakes/views.ts';
import {
  callsOf,
  grid,
  openManager,
  openRules,
  useManagerPages,
  type Given,
} from './manager-window.ts';
import { overflow } from './overflow.ts';
import { withoutBrowser } from './pages.ts';

async function openNew(given: Given = {}): Promise<Page> {
  const page = await openRules(given);
  await page.getByRole('button', { name: 'New rule' }).click();
  await page.getByRole('dialog', { name: 'Make a rule' }).waitFor();
  return page;
}

const make = (page: Page): Promise<void> =>
  page.getByRole('button', { name: 'Make the rule' }).click();

describe.skipIf(withoutBrowser)('the form of a rule', () => {
  useManagerPages();

  describe('a rule that exists', () => {
    it('given a rule and Enter, then what is changed is sent and nothing else', async () => {
      const page = await openRules({ answers: { editRule: { undoId: 'undo-2' } } });
      await grid(page).focus();
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('radio', { name: 'Block' }).click();
      await dialog.getByLabel('Where').fill('*.example.com');
      await dialog.getByLabel('Note').fill('No more');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await page.getByText('The rule was changed').waitFor();
      expect(await callsOf(page, 'editRule')).toEqual([
        { ruleId: 'rule-0', verdict: 'block', place: '*.example.com', note: 'No more' },
      ]);
      await page.keyboard.press('Control+z');
      expect(await callsOf(page, 'restoreRules')).toEqual([{ undoId: 'undo-2' }]);
    });

    it('given a place that is none, then the field says so, and Escape changes nothing', async () => {
      const refused = { ok: false, code: 'bad-place', message: '' };
      const page = await openRules({ answers: { editRule: refused } });
      await grid(page).focus();
      await page.keyboard.press('Enter');
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Where').fill('10.0.0');
      await page.keyboard.press('Enter');
      await dialog.getByText('This is no address, range or name.').waitFor();
      expect(await dialog.getByLabel('Where').getAttribute('aria-invalid')).toBe('true');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    });

    it('given a rule, then why it decides is one button away', async () => {
      const others = [{ rule: ruleView(7), why: 'less-place' }];
      const told = {
        decidedBy: 'rule',
        verdict: 'allow',
        rule: ruleView(0),
        others,
        othersTotal: 5,
      };
      const page = await openRules({ answers: { explainConnection: told } });
      await grid(page).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Why?' }).click();
      await page.getByRole('button', { name: 'Explain' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('says less about the place').waitFor();
      await dialog.getByText('and 4 more').waitFor();
      expect(await callsOf(page, 'explainConnection')).toMatchObject([
        { address: '203.0.0.0', port: 443, protocol: 6 },
      ]);
    });
  });

  describe('a new rule', () => {
    it('given what was written, then that is sent, it can be taken back, and the form is gone', async () => {
      const page = await openNew();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Path of the program file').fill('"C:\\Tools\\a b.exe"');
      await dialog.getByRole('radio', { name: 'Block' }).click();
      await dialog.getByRole('radio', { name: 'Both' }).click();
      await dialog.getByLabel('Where').fill('10.0.0.0/8');
      await dialog.getByLabel('Ports').fill('443');
      await dialog.getByLabel('Protocol').selectOption({ label: 'TCP' });
      await dialog.getByRole('radio', { name: 'Minutes' }).click();
      await dialog.getByLabel('How many minutes').fill('90');
      await dialog.getByLabel('On which networks').selectOption({ label: 'Public networks only' });
      await dialog.getByLabel('Note').fill('while I travel');
      await page.keyboard.press('Enter');
      await page.getByText('The rule was made').waitFor();
      await dialog.waitFor({ state: 'detached' });
      expect(await callsOf(page, 'addRule')).toEqual([
        {
          subject: { kind: 'path', text: 'C:\\Tools\\a b.exe' },
          withChildren: false,
          verdict: 'block',
          place: '10.0.0.0/8',
          ports: '443',
          protocol: 6,
          direction: 'both',
          network: { kind: 'profile', profile: 'public' },
          lifetime: 'minutes',
          minutes: 90,
          note: 'while I travel',
        },
      ]);
      await page.keyboard.press('Control+z');
      expect(await callsOf(page, 'restoreRules')).toEqual([{ undoId: 'undo-3' }]);
    });

    it('given a program that was seen, then its line is sent, whatever the program is known by', async () => {
      const page = await openNew();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Path of the program file').fill('disco');
      expect(await dialog.getByRole('listitem').count()).toBe(1);
      await dialog.getByRole('listitem').getByRole('button').click();
      await dialog.getByRole('button', { name: 'Other program' }).waitFor();
      await make(page);
      await expect
        .poll(() => callsOf(page, 'addRule'))
        .toMatchObject([{ subject: { kind: 'seen', lineId: '99999' } }]);
    });

    it.each([
      ['Program file', 'Path of the program file', 'curl', 'Write the whole path'],
      ['Exact content', 'SHA-256 of the file', 'abc', 'Write all 64 characters'],
      ['Windows service', 'Name of the service', '', 'Write the name of the service'],
    ])('given a %s that is none, then it says what to write', async (kind, label, text, words) => {
      const page = await openNew();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('For', { exact: true }).selectOption({ label: kind });
      await dialog.getByLabel(label).fill(text);
      await make(page);
      await dialog.getByText(words).waitFor();
      expect(await dialog.getByLabel(label).getAttribute('aria-invalid')).toBe('true');
      expect(await callsOf(page, 'addRule')).toEqual([]);
    });

    it('given minutes that are none, then it says so at once', async () => {
      const page = await openNew();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('radio', { name: 'Minutes' }).click();
      await dialog.getByLabel('How many minutes').fill('1e9');
      await dialog.getByText('Write a number of minutes').waitFor();
    });

    it('given each key, then the sentence follows, and only what was written last is rehearsed', async () => {
      const page = await openNew();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('The rule is told here in words').waitFor();
      await dialog.getByLabel('Path of the program file').pressSequentially('/usr/bin/curl');
      await dialog.getByText('may reach').waitFor();
      await dialog.getByText('It would have decided 12 connections').waitFor();
      await dialog.getByText('3 would have ended otherwise').waitFor();
      const texts = ((await callsOf(page, 'rehearseRule')) as NewRule[]).map(({ subject }) =>
        'text' in subject ? subject.text : '',
      );
      expect(texts.at(-1)).toBe('/usr/bin/curl');
      expect(texts.length).toBeLessThan('/usr/bin/curl'.length);
    });

    it('given a slow rehearsal, then no other is asked for, and its answer is dropped when it is out of date', async () => {
      const page = await openNew();
      await page.evaluate((answer) => {
        const waiting: (() => void)[] = [];
        Object.assign(window, { letOneEnd: () => waiting.shift()?.() });
        window.fake.answers.rehearseRule = (input: unknown) =>
          new Promise((resolve) => {
            const { place } = input as { place: string };
            waiting.push(() => {
              resolve({ ...answer, decided: place === '' ? 1 : 2 });
            });
          });
      }, rehearsalView());
      const end = () => page.evaluate('window.letOneEnd()');
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Path of the program file').fill('/usr/bin/curl');
      await expect.poll(() => callsOf(page, 'rehearseRule')).toHaveLength(1);
      await dialog.getByLabel('Where').fill('10.0.0.1');
      await expect
        .poll(async () => ((await callsOf(page, 'previewRule')).at(-1) as NewRule).place)
        .toBe('10.0.0.1');
      expect(await callsOf(page, 'rehearseRule')).toHaveLength(1);
      await end();
      await expect.poll(() => callsOf(page, 'rehearseRule')).toHaveLength(2);
      await end();
      await dialog.getByText('It would have decided 2 connections').waitFor();
      expect(await dialog.getByText('It would have decided one').count()).toBe(0);
    });

    it('given hostile names among the programs, then nothing runs and nothing is cut off', async () => {
      const name = `\u202Egpj.<img src=x onerror=alert(1)>${'x'.repeat(3000)}\u200B.exe`;
      const subject = { kind: 'path', name, path: `C:\\${name}`, canBeRemembered: true } as const;
      const lines = [journalView(1, { subject })];
      const page = await openNew({
        answers: {
          readJournal: { lines, total: 1, version: 1 },
          previewRule: ruleView(0, { subject }),
        },
      });
      await page.getByRole('dialog').getByRole('listitem').getByRole('button').click();
      await page.getByText('⟨U+202E⟩').first().waitFor();
      await page.getByText('It would have decided').waitFor();
      expect(await page.locator('dialog img').count()).toBe(0);
      expect(await overflow(page)).toEqual([]);
    });

    it.each(['en-US', 'zh-CN'])(
      'given %s at twice the size, then nothing is cut off',
      async (locale) => {
        const page = await openManager({
          context: { locale, viewport: { width: 500, height: 400 }, deviceScaleFactor: 2 },
        });
        await page.getByRole('navigation').getByRole('button').nth(2).click();
        await grid(page).focus();
        await page.keyboard.press('Insert');
        await page.getByRole('dialog').waitFor();
        expect(await overflow(page)).toEqual([]);
      },
    );
  });
});
