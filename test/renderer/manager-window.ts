/** What the tests of the manager page share: opening it with a state, its views, and what it told main. */
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import type { ManagerState } from '../../src-preload/contract/model.ts';
import type { PageFake } from '../fakes/page-bridge.ts';
import { managerAnswers } from '../fakes/views.ts';
import { openPage } from './page-tests.ts';

export { callsOf, usePages as useManagerPages } from './page-tests.ts';

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
  const page = await openPage({ role: 'manager', answers: all, context });
  await page.getByRole('navigation').waitFor();
  return page;
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

export const grid = (page: Page): Locator => page.getByRole('grid');
export const activeRow = (page: Page): Promise<string> =>
  page.locator('[role="row"][aria-selected="true"]').innerText();
