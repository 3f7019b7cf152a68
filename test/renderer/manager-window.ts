/** What the tests of the manager page share: opening it with a state, its views, and what it told main. */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { ManagerState } from '../../src-preload/contract/model.ts';
import type { PageFake, RecordedCall } from '../fakes/page-bridge.ts';
import { managerAnswers } from '../fakes/views.ts';
import { startPages, type OpenPage, type Pages } from './pages.ts';

let pages: Pages;
const opened: OpenPage[] = [];

/** Starts the browser before the tests of a file; after each, its pages must have reported no problem. */
export function useManagerPages(): void {
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

export interface Given {
  readonly state?: Partial<ManagerState>;
  readonly answers?: PageFake['answers'];
  readonly context?: BrowserContextOptions;
}

export async function openManager({
  state = {},
  answers = {},
  context = {},
}: Given = {}): Promise<Page> {
  const all = { ...managerAnswers(state), ...answers };
  const entry = await pages.open({ role: 'manager', answers: all, context });
  opened.push(entry);
  await entry.page.getByRole('navigation').waitFor();
  return entry.page;
}

/** Opens the window and one of its views, by the view's name. */
export async function openView(name: string | RegExp, given: Given = {}): Promise<Page> {
  const page = await openManager(given);
  await page.getByRole('navigation').getByRole('button', { name }).click();
  return page;
}

export async function openRules(given: Given = {}): Promise<Page> {
  const page = await openView('Rules', given);
  await page.getByRole('heading', { name: 'Rules', exact: true }).waitFor();
  return page;
}

/** The inputs of all calls of one name so far. */
export const callsOf = (page: Page, name: RecordedCall['name']): Promise<unknown[]> =>
  page.evaluate(
    (wanted) => window.fake.calls.filter((call) => call.name === wanted).map((call) => call.input),
    name,
  );
export const grid = (page: Page): Locator => page.getByRole('grid');
export const activeRow = (page: Page): Promise<string> =>
  page.locator('[role="row"][aria-selected="true"]').innerText();
