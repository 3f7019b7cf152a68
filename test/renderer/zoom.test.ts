/**
 * Windows' scaling and a page that is zoomed leave fewer pixels of the page's own: a screen of 1366 x 768 at 200 % has a
 * work area of 683 x 364, and the prompt 332 of them.
 */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { cardView } from '../fakes/views.ts';
import { crowd, hostile, ofStandardUser, undo } from './example-cards.ts';
import { grid, openManager, openView } from './manager-window.ts';
import { overflow } from './overflow.ts';
import { usePages } from './page-tests.ts';
import { withoutBrowser } from './pages.ts';
import { allow, answersOf, emit, live, openPrompt } from './prompt-window.ts';

const window_ = (width: number, height: number, scale: number): BrowserContextOptions => ({
  viewport: { width, height },
  deviceScaleFactor: scale,
});
const low = window_(440, 332, 2);

/** Whether all of it is in the window, and nothing over its middle. */
const isSeen = (locator: Locator): Promise<boolean> =>
  locator.evaluate((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const over = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    const isInside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    return isInside && over !== null && (element.contains(over) || over.contains(element));
  });

async function expectAnswersSeen(page: Page): Promise<void> {
  const sentence = page.locator('[data-sentence="undecided"]');
  const answers = page.locator('.answer');
  for (const part of [answers.nth(0), answers.nth(1), sentence]) {
    await expect.poll(() => isSeen(part)).toBe(true);
  }
}

describe.skipIf(withoutBrowser)('the prompt in a low window', () => {
  usePages();

  it.each([
    ['at 150 %', window_(440, 432, 1.5)],
    ['at 200 %', low],
    ['at 200 %, in Chinese', { ...low, locale: 'zh-CN' }],
    ['zoomed to 200 % at 125 %', window_(320, 260, 2.5)],
  ])(
    '%s, given any card, then its answers and what they mean are in view',
    async (_how, context) => {
      const cards = [[hostile()], crowd(), [ofStandardUser()]];
      const page = await openPrompt(
        { cards: cards[0]!, undo: undo() },
        { locale: 'en-US', ...context },
      );
      for (const [place, some] of cards.entries()) {
        const revised = some.map((card) => ({
          ...card,
          cardId: `${card.cardId}-${String(place)}`,
        }));
        await emit(page, { cards: revised, undo: undo() });
        await expectAnswersSeen(page);
        expect(await isSeen(page.locator('article h1'))).toBe(true);
        expect(await overflow(page)).toEqual([]);
      }
    },
  );

  it('given details, then they are brought into view, and the answers stay there', async () => {
    const page = await openPrompt({ cards: [hostile()] }, low);
    await page.keyboard.press('d');
    await expect.poll(() => isSeen(page.locator('#details dt').first())).toBe(true);
    await expectAnswersSeen(page);
    await page.mouse.move(200, 200);
    await page.mouse.wheel(0, 4000);
    await expect.poll(() => isSeen(page.locator('#details dt').last())).toBe(true);
    await expectAnswersSeen(page);
  });

  it('given another question while the window is scrolled, then it is read from its start', async () => {
    const page = await openPrompt({}, low);
    await page.keyboard.press('d');
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(0);
    await emit(page, { cards: [cardView({ revision: 2 })] });
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(0);
    expect(await isSeen(page.locator('article h1'))).toBe(true);
  });

  it('given the Tab key, then whatever has the focus is seen', async () => {
    const page = await openPrompt({ cards: crowd(), undo: undo() }, low);
    await live(page);
    const focused = page.locator(':focus');
    const seen = new Set<string>();
    for (let step = 0; step < 9; step += 1) {
      await page.keyboard.press('Tab');
      const what = await focused.evaluate((element) => element.outerHTML.slice(0, 200));
      seen.add(what);
      expect(await isSeen(focused), what).toBe(true);
    }
    expect(seen.size).toBe(9);
  });

  it('given an answer that came too late, then the words about it are seen', async () => {
    const page = await openPrompt({}, low);
    await page.evaluate(() => {
      window.fake.answers.answerPrompt = { ok: false, code: 'driver-lost', message: '' };
    });
    await live(page);
    await allow(page).click();
    expect(await answersOf(page)).toHaveLength(1);
    const words = page.getByText('Nobody holds connections now');
    await expect.poll(() => isSeen(words)).toBe(true);
    await expectAnswersSeen(page);
  });
});

const views = ['Now', 'Inbox', 'Rules', 'Journal', 'Findings', 'Blocklists', 'Files', 'Settings'];

describe.skipIf(withoutBrowser)('the manager in a small window', () => {
  usePages();
  const at200 = window_(590, 390, 2);
  const smallest = window_(360, 240, 2);

  it('given 200 %, then every view and the state of the driver are in sight', async () => {
    const page = await openManager({ context: at200, state: { held: 14 } });
    const rail = page.locator('.rail');
    for (const button of await rail.getByRole('button').all())
      expect(await isSeen(button)).toBe(true);
    expect(await isSeen(rail.locator('p').last())).toBe(true);
  });

  it.each(['en-US', 'zh-CN'])(
    'given its smallest window at 200 % in %s, then every view is reached and nothing is cut off',
    async (locale) => {
      const page = await openManager({ context: { ...smallest, locale } });
      const buttons = await page.getByRole('navigation').getByRole('button').all();
      expect(buttons).toHaveLength(views.length);
      for (const button of buttons) {
        await button.focus();
        expect(await isSeen(button)).toBe(true);
        await button.press('Enter');
        await page.locator('main h1').waitFor();
        expect(await overflow(page)).toEqual([]);
      }
    },
  );

  it.each(['Rules', 'Journal'])(
    'given the smallest window, then %s shows whole lines',
    async (name) => {
      const page = await openView(name, { context: smallest });
      await grid(page).focus();
      await page.keyboard.press('ArrowDown');
      await expect.poll(() => isSeen(page.getByRole('row').nth(1))).toBe(true);
    },
  );

  it('given a rule that is changed in the smallest window, then each part and its buttons are reached', async () => {
    const page = await openView('Rules', { context: smallest });
    await grid(page).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    for (const control of [
      dialog.getByRole('radio').first(),
      dialog.getByRole('textbox').first(),
    ]) {
      await control.focus();
      await expect.poll(() => isSeen(control)).toBe(true);
    }
    const save = dialog.getByRole('button', { name: 'Save' });
    await save.focus();
    await expect.poll(() => isSeen(save)).toBe(true);
    expect(await overflow(page)).toEqual([]);
  });

  it('given a setting at the end of the page that fails, then the words about it are seen', async () => {
    const page = await openView('Settings', { context: at200 });
    await page.evaluate(() => {
      window.fake.answers.setAnswerers = { ok: false, code: 'store-failed', message: '' };
    });
    await page.getByRole('switch', { name: 'Standard users may answer' }).click();
    const words = page.getByText('The rules could not be written');
    await expect.poll(() => isSeen(words)).toBe(true);
  });
});

describe.skipIf(withoutBrowser)('contrast themes and reduced motion', () => {
  usePages();
  const contrast = { ...window_(720, 480, 1.5), forcedColors: 'active' } as const;

  it('given a contrast theme, then the words of the main button have a ground that is not theirs', async () => {
    const page = await openView('Rules', { context: contrast });
    const button = page.getByRole('button', { name: 'New rule' });
    const painted = await button.evaluate((element) => {
      const { color, backgroundColor, forcedColorAdjust } = getComputedStyle(element);
      return { color, backgroundColor, forcedColorAdjust };
    });
    expect(painted.color).not.toBe(painted.backgroundColor);
    // Else the browser lays the ground of the theme behind the words, and these have its colour.
    expect(painted.forcedColorAdjust).toBe('none');
    expect(await overflow(page)).toEqual([]);
  });

  it('given a contrast theme, then on and off, and the view that is open, differ in more than words', async () => {
    const page = await openView('Settings', { context: contrast });
    const ground = (element: Element): string => getComputedStyle(element).backgroundColor;
    const on = page.getByRole('switch', { name: 'Start at sign-in' });
    const off = page.getByRole('switch', { name: 'Standard users may look' });
    expect(await on.evaluate(ground)).not.toBe(await off.evaluate(ground));
    const mark = page.locator('.rail-item[aria-current]');
    const bar = await mark.evaluate(
      (element) => getComputedStyle(element, '::before').backgroundColor,
    );
    expect(bar).not.toBe(await page.locator('body').evaluate(ground));
    expect(await overflow(page)).toEqual([]);
  });

  it.each(['Rules', 'Settings'])('given reduced motion, then nothing of %s moves', async (name) => {
    const page = await openView(name, { context: { reducedMotion: 'reduce' } });
    await page.getByRole('switch').first().click();
    const moving = await page.evaluate(() => document.getAnimations().length);
    expect(moving).toBe(0);
  });
});
