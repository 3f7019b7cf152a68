/** The built manager page in Chromium, under the product's Content-Security-Policy, with a fake bridge. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { RuleQuery } from '../../src-preload/contract/model.ts';
import { awayView, managerState, ruleView } from '../fakes/views.ts';
import {
  activeRow,
  callsOf,
  grid,
  openManager,
  openRules,
  useManagerPages,
} from './manager-window.ts';
import { overflow } from './overflow.ts';
import { withoutBrowser } from './pages.ts';

/** Lays down a list of `total` rules that the page has to fetch in pieces. */
async function layDownRules(page: Page, total: number): Promise<void> {
  await page.evaluate(
    ({ rule, count, state }) => {
      window.fake.answers.listRules = (input: unknown) => {
        const { text, offset, limit } = input as RuleQuery;
        const all = Array.from({ length: count }, (_, place) => place).filter((place) =>
          `app-${String(place)}.exe`.includes(text),
        );
        const rules = all.slice(offset, offset + limit).map((place) => ({
          ...rule,
          ruleId: `rule-${String(place)}`,
          subject: { ...rule.subject, name: `app-${String(place)}.exe` },
        }));
        return { rules, total: all.length, version: 2 };
      };
      window.fake.emit('managerChanged', state);
    },
    { rule: ruleView(0), count: total, state: managerState({ ruleVersion: 2 }) },
  );
}

describe.skipIf(withoutBrowser)('the manager page', () => {
  useManagerPages();

  describe('modes', () => {
    it('given a choice, then it is made, and learning ends after a week', async () => {
      const page = await openManager();
      await page.getByRole('radio', { name: 'Block everything' }).click();
      await page.getByRole('radio', { name: 'Allow and note' }).click();
      const calls = (await callsOf(page, 'setMode')) as { mode: string; until: number | null }[];
      expect(calls.map(({ mode }) => mode)).toEqual(['lockdown', 'learn']);
      expect(calls[0]?.until).toBeNull();
      expect((calls[1]?.until ?? 0) - Date.now()).toBeGreaterThan(6 * 86_400_000);
    });

    it('given pauses, then each says how long and can be ended', async () => {
      const until = Date.now() + 15 * 60_000;
      const pauses = [
        { pauseId: 'p1', subject: null, until },
        { pauseId: 'p2', subject: ruleView(0).subject, until },
      ];
      const page = await openManager({ state: { mode: { mode: 'ask', until: null, pauses } } });
      await page.getByText('Everything is let through').waitFor();
      await page.getByText('curl is let through').waitFor();
      await page.getByRole('button', { name: 'End now' }).last().click();
      await page.getByRole('button', { name: '60 min' }).click();
      expect(await callsOf(page, 'resume')).toEqual([{ pauseId: 'p2' }]);
      expect(await callsOf(page, 'pause')).toEqual([{ ruleId: null, minutes: 60 }]);
    });
  });

  describe('rules', () => {
    it('given rules, then each is a sentence', async () => {
      const page = await openRules();
      const rows = page.getByRole('row');
      expect(await rows.nth(0).innerText()).toContain(
        'curl may reach 203.0.0.0 on port 443, always',
      );
      expect(await rows.nth(2).innerText()).toContain('node may connect anywhere, until restart');
    });

    it('given 12 000 rules, then few exist in the page, the last is one key away, and pages are fetched once', async () => {
      const page = await openRules();
      await layDownRules(page, 12_000);
      await page.getByText('12,000 rules').waitFor();
      await grid(page).focus();
      await page.keyboard.press('End');
      await page.getByText('app-11999.exe').first().waitFor();
      expect(await page.getByRole('row').count()).toBeLessThan(60);
      expect(await page.locator('[role="row"]').last().getAttribute('aria-rowindex')).toBe('12000');
      const asked = ((await callsOf(page, 'listRules')) as RuleQuery[]).filter(
        (query) => query.offset === 11_900,
      );
      expect(asked).toHaveLength(1);
    });

    it('given a search, then matches are counted and shown, and Escape brings all back', async () => {
      const page = await openRules();
      await layDownRules(page, 12_000);
      await page.keyboard.press('Control+k');
      await page.keyboard.type('app-1199');
      await page.getByText('11 matches').waitFor();
      await page.keyboard.press('Escape');
      await page.getByText('12,000 rules').waitFor();
      await page.getByRole('searchbox').fill('no such thing');
      await page.getByRole('heading', { name: 'No rule matches' }).waitFor();
    });

    it('given arrows, Space and Delete, then the row moves, switches and is removed; Ctrl+Z brings it back', async () => {
      const page = await openRules();
      await grid(page).focus();
      await page.keyboard.press('ArrowDown');
      expect(await activeRow(page)).toContain('Discord');
      await page.keyboard.press('Space');
      await expect
        .poll(() => callsOf(page, 'setRuleEnabled'))
        .toEqual([{ ruleId: 'rule-1', enabled: false }]);
      await page.keyboard.press('Delete');
      await page.getByText('The rule was removed').waitFor();
      expect(await callsOf(page, 'removeRules')).toEqual([{ ruleIds: ['rule-1'] }]);
      await page.keyboard.press('Control+z');
      await page.getByText('The rule is back').waitFor();
      expect(await callsOf(page, 'restoreRules')).toEqual([{ undoId: 'undo-1' }]);
    });

    it('given main refuses a switch, then it goes back and a sentence says so', async () => {
      const page = await openRules({
        answers: { setRuleEnabled: { ok: false, code: 'store-failed', message: '' } },
      });
      const first = page.getByRole('switch').first();
      await first.click();
      await page.getByText('The rules could not be written.').waitFor();
      expect(await first.isChecked()).toBe(true);
    });

    it('given no rules, then it says what would be here', async () => {
      const page = await openRules({ answers: { listRules: { rules: [], total: 0, version: 1 } } });
      await page.getByRole('heading', { name: 'No rules yet' }).waitFor();
    });

    it('given hostile names and paths, then rows keep their height and nothing is hidden', async () => {
      const name = `\u202Egpj.${'x'.repeat(10_000)}\u200B.exe`;
      const rule = ruleView(0, {
        subject: { kind: 'path', name, path: `C:\\${name}`, canBeRemembered: true },
      });
      const page = await openRules({
        answers: { listRules: { rules: [rule, ruleView(1)], total: 2, version: 1 } },
      });
      await page.getByText('⟨U+202E⟩').first().waitFor();
      const heights = await page
        .getByRole('row')
        .evaluateAll((rows) => rows.map((row) => row.scrollHeight));
      expect(new Set(heights).size).toBe(1);
      expect(await overflow(page)).toEqual([]);
    });
  });

  describe('while you were away', () => {
    const away = [awayView(1), awayView(2)];

    it('given decisions, then each has its reason, and the count is in the rail', async () => {
      const page = await openManager({ state: { away, awayLost: 4 } });
      await page.getByRole('button', { name: 'Inbox 2' }).click();
      await page.getByText('You did not answer in time').waitFor();
      await page.getByText('4 more were counted but not recorded').waitFor();
    });

    it('given Clear, then main clears all; given the mark of one line, then that one', async () => {
      const page = await openManager({ state: { away } });
      await page.getByRole('button', { name: 'Inbox 2' }).click();
      await page.getByRole('row').first().hover();
      await page.getByRole('button', { name: 'Clear this line' }).first().click();
      await page.getByRole('button', { name: 'Clear the list' }).click();
      await expect
        .poll(() => callsOf(page, 'clearAway'))
        .toEqual([{ awayIds: ['away-1'] }, { awayIds: ['away-1', 'away-2'] }]);
    });
  });

  describe('now', () => {
    it('given held connections, then they come first and the prompt is one click away', async () => {
      const page = await openManager({ state: { held: 14, cards: 3 } });
      await page.getByText('14 connections are waiting for you').waitFor();
      await page.getByRole('button', { name: 'Answer now' }).click();
      await expect.poll(() => callsOf(page, 'showPrompt')).toHaveLength(1);
    });

    it('given a lost driver, then every view says so with the remedy', async () => {
      const driver = { kind: 'lost', reason: '', remedy: '', cause: 'in-use' } as const;
      const page = await openManager({ state: { driver } });
      for (const name of ['Now', 'Inbox', 'Rules']) {
        await page.getByRole('navigation').getByRole('button', { name }).click();
        await page.getByText('Close the other copy.').waitFor();
      }
    });
  });

  it.each([
    ['English', { locale: 'en-US' }],
    ['Chinese', { locale: 'zh-CN' }],
    [
      'English at 200 %',
      { locale: 'en-US', viewport: { width: 500, height: 400 }, deviceScaleFactor: 2 },
    ],
    [
      'Chinese at 200 %',
      { locale: 'zh-CN', viewport: { width: 500, height: 400 }, deviceScaleFactor: 2 },
    ],
    ['forced colours', { forcedColors: 'active' as const }],
  ])('given %s, then nothing is cut off in any view', async (_name, context) => {
    const page = await openManager({
      context,
      state: { held: 4321, cards: 12, away: [awayView(1)], awayLost: 1234 },
    });
    const items = page.getByRole('navigation').getByRole('button');
    for (let place = 0; place < (await items.count()); place++) {
      await items.nth(place).click();
      expect(await overflow(page)).toEqual([]);
    }
  });

  it('given a screen reader, then rail, list and rows have names and roles', async () => {
    const page = await openRules();
    const tree = await page.locator('body').ariaSnapshot();
    for (const line of [
      'navigation "Views"',
      'grid "Rules"',
      'searchbox "Search program, path or address"',
      'switch "Rule is on" [checked]',
      'button "Remove this rule"',
    ]) {
      expect(tree).toContain(line);
    }
  });
});
