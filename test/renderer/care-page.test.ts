/** Files of rules and backups: nothing changes before it was seen, and everything can be taken back. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { importReport } from '../fakes/views.ts';
import { callsOf, openView, useManagerPages, type Given } from './manager-window.ts';
import { withoutBrowser } from './pages.ts';

const open = (given: Given = {}) => openView('Files and backups', given);

async function choose(page: Page, text = '{}'): Promise<void> {
  const file = { name: 'rules.json', mimeType: 'application/json', buffer: Buffer.from(text) };
  await page.locator('input[type=file]').setInputFiles(file);
}

describe.skipIf(withoutBrowser)('files of rules', () => {
  useManagerPages();

  it('given Save, then main asks where to, and what was left out is told', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Save …' }).click();
    await page.getByText('3 rules were saved. One that does not hold always').waitFor();
    expect(await callsOf(page, 'saveFile')).toEqual([{ name: 'portreeve-rules.json', text: '{}' }]);
  });

  it('given a browser, then the page saves; given a user who thinks better of it, then nothing is told', async () => {
    const page = await open({ answers: { saveFile: { saved: 'by-page' } } });
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save …' }).click();
    expect((await saving).suggestedFilename()).toBe('portreeve-rules.json');
    await page.getByText('3 rules were saved.').waitFor();
    await page.evaluate(() => {
      window.fake.answers.saveFile = { saved: 'no' };
    });
    await page.getByRole('button', { name: 'Save …' }).click();
    await page.getByText('3 rules were saved.').waitFor({ state: 'detached' });
  });

  it('given a file, then it is tried first, and taken over when its user wants that, with a way back', async () => {
    const page = await open();
    await choose(page, '{"a":1}');
    await page.getByText('1 new, 1 changed, 3 already there.').waitFor();
    await page.evaluate(
      (applied) => {
        window.fake.answers.importRules = applied;
      },
      importReport({ applied: true, undoId: 'undo-9' }),
    );
    await page.getByRole('button', { name: 'Take them over' }).click();
    await page.getByText('2 rules were taken over').waitFor();
    expect(await callsOf(page, 'importRules')).toEqual([
      { text: '{"a":1}', dryRun: true },
      { text: '{"a":1}', dryRun: false },
    ]);
    await page.getByRole('button', { name: 'Undo' }).click();
    expect(await callsOf(page, 'restoreRules')).toEqual([{ undoId: 'undo-9' }]);
  });

  it('given a bad file, then each line is told with its reason and nothing can be taken over', async () => {
    const problems = [{ line: 7, reason: 'no such \u202Everdict' }];
    const page = await open({
      answers: { importRules: importReport({ problems, problemTotal: 4 }) },
    });
    await choose(page);
    await page.getByText('4 lines are wrong').waitFor();
    await page.getByText('Line 7').waitFor();
    await page.getByText('⟨U+202E⟩').waitFor();
    expect(await page.getByRole('button', { name: 'Take them over' }).count()).toBe(0);
    await page.evaluate(
      (same) => {
        window.fake.answers.importRules = same;
      },
      importReport({ added: 0, replaced: 0, changes: [] }),
    );
    await choose(page);
    await page.getByText('All rules of this file are there already.').waitFor();
  });

  it('given locked rules, then nothing is taken over or restored, and all can be saved', async () => {
    const managed = { locked: ['rules'] as const, rulesFile: null, problems: [] };
    const listBackups = [{ backupId: 'a.db', madeAt: Date.now(), rules: 3 }];
    const page = await open({ state: { managed }, answers: { listBackups } });
    await page.getByText('3 rules').waitFor();
    for (const name of ['Choose a file …', 'Restore', 'Put back']) {
      expect(await page.getByRole('button', { name }).count()).toBe(0);
    }
    expect(await page.getByRole('button', { name: 'Save …' }).count()).toBe(1);
  });
});

describe.skipIf(withoutBrowser)('backups', () => {
  useManagerPages();
  const listBackups = [1, 2].map((place) => ({
    backupId: `portreeve-${String(place)}.db`,
    madeAt: Date.now() - place * 86_400_000,
    rules: place,
  }));

  it('given Restore, then it is restored, and what was in force can be put back', async () => {
    const page = await open({ answers: { listBackups } });
    await page.getByRole('button', { name: 'Restore' }).last().click();
    await page.getByText('The rules are as they were then.').waitFor();
    await page.getByRole('button', { name: 'Put back' }).last().click();
    await expect
      .poll(() => callsOf(page, 'restoreBackup'))
      .toEqual([{ backupId: 'portreeve-2.db' }, { backupId: 'portreeve-9.db' }]);
  });

  it('given Back up now on a full disk, then it says so', async () => {
    const page = await open({
      answers: { makeBackup: { ok: false, code: 'store-failed', message: '' } },
    });
    await page.getByText('There is no backup yet.').waitFor();
    await page.getByRole('button', { name: 'Back up now' }).click();
    await page.getByText('The rules could not be written.').waitFor();
  });
});
