/** What the manager says where an administrator has set things. */
import { expect, describe, it } from 'vitest';

import { managerState } from '../fakes/views.ts';
import { openManager, useManagerPages } from './manager-window.ts';
import { overflow } from './overflow.ts';
import { withoutBrowser } from './pages.ts';

describe.skipIf(withoutBrowser)('a managed computer', () => {
  useManagerPages();

  it('given nobody manages it, then nothing is said', async () => {
    const page = await openManager();
    await page.getByRole('radio', { name: 'Block everything' }).waitFor();
    expect(await page.getByText('Managed by your organisation').count()).toBe(0);
  });

  it('given locks, then they are named on every page, and gone with the policy', async () => {
    const locked = ['mode', 'rules'] as const;
    const managed = { locked, rulesFile: null, problems: [] };
    const page = await openManager({ state: { managed } });
    await page
      .getByText('Managed by your organisation. It has locked the mode and the rules.')
      .waitFor();
    expect(await page.getByText('could not be used').count()).toBe(0);
    await page.evaluate((state) => window.fake.emit('managerChanged', state), managerState());
    await page.getByText('Managed by your organisation').waitFor({ state: 'detached' });
  });

  it('given locks, then what they are about cannot be changed', async () => {
    const managed = { locked: ['mode', 'pauses'], rulesFile: null, problems: [] } as const;
    const page = await openManager({ state: { managed } });
    expect(await page.getByRole('radio', { name: 'Block everything' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: '5 min' }).count()).toBe(0);
  });

  it('given a change refused by a lock that the page has not heard of, then it says whose the setting is', async () => {
    const page = await openManager();
    await page.evaluate(() => {
      window.fake.answers.setMode = { ok: false, code: 'managed', message: 'no' };
    });
    await page.getByRole('radio', { name: 'Block everything' }).click();
    await page.getByText('Your organisation has set this').waitFor();
  });

  it('given problems with text of a file, then the first is shown and cannot reorder the page', async () => {
    const problems = [`the rules file, line 3: \u202e${'x'.repeat(300)}<b>bold</b>`, 'another'];
    const managed = { locked: [], rulesFile: '/etc/rules.json', problems };
    const page = await openManager({ state: { managed } });
    await page.getByText('2 settings of your organisation could not be used').waitFor();
    expect(await page.locator('b').count()).toBe(0);
    expect(await page.locator('main').innerText()).not.toContain('\u202e');
    expect(await overflow(page)).toEqual([]);
  });
});
