/** The manager of somebody who may only look: it shows what holds, and has nothing that changes anything. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { openManager, useManagerPages } from './manager-window.ts';
import { overflow } from './overflow.ts';
import { withoutBrowser } from './pages.ts';

const onlooker = { writtenAt: Date.UTC(2026, 10, 28, 9), leftOut: 2 };
const called = (page: Page): Promise<string[]> =>
  page.evaluate(() => [...new Set(window.fake.calls.map(({ name }) => name))].toSorted());

describe.skipIf(withoutBrowser)('an onlooker', () => {
  useManagerPages();

  it('sees what holds and the rules, and nothing to change', async () => {
    const page = await openManager({ state: { onlooker } });
    await page.getByText('You may look, not change').waitFor();
    await page.getByText('Administrators are asked when no rule answers').waitFor();
    expect(await page.getByRole('navigation').getByRole('button').allInnerTexts()).toEqual([
      'Now',
      'Rules',
    ]);
    expect(await page.getByRole('radio').count()).toBe(0);
    await page.getByRole('button', { name: 'What your programs may' }).click();
    await page.getByRole('grid').waitFor();
    await page.getByText('curl').first().waitFor();
    await page.getByText('2 rules for programs in somebody’s own folder').waitFor();
    expect(await page.getByRole('switch').count()).toBe(0);
    for (const name of ['New rule', 'Remove', 'Change']) {
      expect(await page.getByRole('button', { name }).count()).toBe(0);
    }
    await page.getByRole('grid').focus();
    for (const key of ['Insert', 'Delete', 'Enter', ' ']) await page.keyboard.press(key);
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await called(page)).toEqual(['listRules', 'readManager']);
  });

  it.each([
    ['ask', 'Administrators are asked'],
    ['learn', 'allowed and noted'],
    ['block', 'What no rule is about is blocked'],
    ['lockdown', 'Everything is blocked'],
  ] as const)('is told that the mode is %s, in a small window too', async (mode, words) => {
    const page = await openManager({
      state: { onlooker, mode: { mode, until: null, pauses: [] } },
      context: { viewport: { width: 500, height: 400 } },
    });
    await page.getByText(words).waitFor();
    expect(await overflow(page)).toEqual([]);
  });
});
