/** "Ask me now", from the manager's button over a program that the driver holds to the card and back. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from './stack.ts';
import { ManagerWindow, PromptWindow, launchBrowser } from './windows.ts';

let browser: Browser;
let stack: Stack;
let prompt: PromptWindow;
let manager: ManagerWindow;

beforeAll(async () => {
  browser = await launchBrowser();
  stack = await startStack();
  prompt = await PromptWindow.open(browser, stack.main.ready.prompt);
  manager = await ManagerWindow.open(browser, stack.main.ready.manager);
});
afterAll(async () => {
  await manager.close();
  await prompt.close();
  await stack.stop();
  await browser.close();
});

describe('the self-test', () => {
  it('holds a real connection, tells each step with its time, and makes no rule', async () => {
    const { page } = manager;
    await manager.show('Settings');
    for (const verdict of ['allow', 'block'] as const) {
      await page.getByRole('button', { name: 'Ask me', exact: true }).click();
      await prompt.card.getByText('This is the test that you asked for.').waitFor();
      await page.getByText('The question is up.').waitFor();
      await prompt.answer(verdict);
      const words = verdict === 'allow' ? 'and was let through' : 'and was blocked';
      await page.getByText(words).waitFor();
      const times = await page
        .getByRole('list', { name: 'Steps of the test' })
        .getByRole('listitem')
        .allInnerTexts();
      expect(times).toHaveLength(5);
      for (const text of times) expect(text).toMatch(/(under 1|\d) m?s$/u);
    }
    await manager.show('Rules');
    await page.getByRole('heading', { name: 'No rules yet' }).waitFor();
    expect([...prompt.problems, ...manager.problems]).toEqual([]);
  });
});
