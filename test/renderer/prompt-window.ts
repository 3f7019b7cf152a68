/** What the tests of the prompt page share: opening it with a state, its controls, and what it told main. */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { PromptAnswer, PromptState } from '../../src-preload/contract/model.ts';
import type { RecordedCall } from '../fakes/page-bridge.ts';
import { promptState } from '../fakes/views.ts';
import { startPages, type OpenPage, type Pages } from './pages.ts';

let pages: Pages;
const opened: OpenPage[] = [];

/** Starts the browser before the tests of a file; after each, its pages must have reported no problem. */
export function usePromptPages(): void {
  beforeAll(async () => {
    pages = await startPages();
  }, 60_000);
  afterAll(async () => {
    await pages.close();
  });
  afterEach(async () => {
    const problems = opened.flatMap((entry) => entry.problems);
    for (const entry of opened.splice(0)) await entry.page.context().close();
    expect(problems).toEqual([]);
  });
}

export async function openPrompt(
  state: Partial<PromptState> = {},
  context: BrowserContextOptions = {},
  still = false,
): Promise<Page> {
  const answers = { readPrompt: promptState(state), answerPrompt: { settled: 1, ruleId: null } };
  const entry = await pages.open({ role: 'prompt', answers, context, still });
  opened.push(entry);
  await entry.page.locator('main > *').first().waitFor();
  return entry.page;
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

/** The inputs of all calls of one name so far. */
export const callsOf = (page: Page, name: RecordedCall['name']): Promise<unknown[]> =>
  page.evaluate(
    (wanted) => window.fake.calls.filter((call) => call.name === wanted).map((call) => call.input),
    name,
  );
export const answersOf = (page: Page): Promise<PromptAnswer[]> =>
  callsOf(page, 'answerPrompt') as Promise<PromptAnswer[]>;

/** The middle of Allow. */
export const centre = async (page: Page): Promise<{ x: number; y: number }> => {
  const box = await allow(page).boundingBox();
  if (box === null) throw new Error('Allow is not shown');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};
