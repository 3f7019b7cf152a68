/** What the tests of every page share: a browser for each file of tests, its pages, and what they told main. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { RecordedCall } from '../fakes/page-bridge.ts';
import { startPages, type OpenOptions, type OpenPage, type Pages } from './pages.ts';

let pages: Pages;
const opened: OpenPage[] = [];

/** Starts the browser before the tests of a file; after each, its pages must have reported no problem. */
export function usePages(): void {
  beforeAll(async () => {
    pages = await startPages();
  });
  afterAll(async () => {
    await pages.close();
  });
  afterEach(async () => {
    const problems = opened.flatMap((entry) => entry.problems);
    for (const entry of opened.splice(0)) await entry.page.context().close();
    expect(problems).toEqual([]);
  });
}

/** A page that is closed after the test. */
export async function openPage(options: OpenOptions): Promise<Page> {
  const entry = await pages.open(options);
  opened.push(entry);
  return entry.page;
}

/** The inputs of all calls of one name so far. */
export const callsOf = (page: Page, name: RecordedCall['name']): Promise<unknown[]> =>
  page.evaluate(
    (wanted) => window.fake.calls.filter((call) => call.name === wanted).map((call) => call.input),
    name,
  );
