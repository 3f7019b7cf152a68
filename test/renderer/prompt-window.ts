/** What the tests of the prompt page share: opening it with a state, its controls, and what it told main. */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { PromptAnswer, PromptState } from '../../src-preload/contract/model.ts';
import { promptState } from '../fakes/views.ts';
import { callsOf, openPage } from './page-tests.ts';

export { callsOf, usePages as usePromptPages } from './page-tests.ts';

export async function openPrompt(
  state: Partial<PromptState> = {},
  context: BrowserContextOptions = {},
  still = false,
): Promise<Page> {
  const answers = { readPrompt: promptState(state), answerPrompt: { settled: 1, ruleId: null } };
  const page = await openPage({ role: 'prompt', answers, context, still });
  await page.locator('main > *').first().waitFor();
  return page;
}

/**
 * A page whose clock stands still just after a new revision of its cards was shown: however slow the machine, the
 * guard is up until `page.clock.runFor` has moved the time by 900 ms.
 */
export async function openStill(
  state: Partial<PromptState> = {},
  context: BrowserContextOptions = {},
): Promise<Page> {
  const page = await openPrompt(state, context, true);
  const cards = (state.cards ?? promptState().cards).map((card) => ({
    ...card,
    revision: card.revision + 1,
  }));
  await page.clock.runFor(1000);
  // Else the guard seen below could be that of the first revision, and the new one be shown at any later moment.
  await live(page);
  await emit(page, { ...state, cards });
  await page.locator('.answer[aria-disabled="true"]').first().waitFor();
  return page;
}

export const allow = (page: Page): Locator =>
  page.getByRole('button', { name: 'Allow', exact: true });
export const block = (page: Page): Locator =>
  page.getByRole('button', { name: 'Block', exact: true });

/** Resolves when the guard is down. */
export const live = (page: Page): Promise<void> =>
  page.locator('.answer[aria-disabled="false"]').nth(1).waitFor();

/** Main sends another state. */
export const emit = (page: Page, state: Partial<PromptState>): Promise<void> =>
  page.evaluate((payload) => {
    window.fake.emit('promptChanged', payload);
  }, promptState(state));

export const answersOf = (page: Page): Promise<PromptAnswer[]> =>
  callsOf(page, 'answerPrompt') as Promise<PromptAnswer[]>;

/** The middle of Allow. */
export const centre = async (page: Page): Promise<{ x: number; y: number }> => {
  const box = await allow(page).boundingBox();
  if (box === null) throw new Error('Allow is not shown');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};
