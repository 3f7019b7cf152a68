/** Standard users who answer for their own programs: the switch of an administrator, and what each of them sees of it. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { ManagerState } from '../../src-preload/contract/model.ts';
import type { AnswerersView, SettingsView } from '../../src-preload/contract/upkeep.ts';
import { english } from '../../src-renderer/i18n/english.ts';
import { managerAnswers, managerState } from '../fakes/views.ts';
import { ofStandardUser } from './example-cards.ts';
import { openView } from './manager-window.ts';
import { overflow } from './overflow.ts';
import { callsOf, usePages } from './page-tests.ts';
import { withoutBrowser } from './pages.ts';
import { answersOf, allow, emit, live, openPrompt } from './prompt-window.ts';

const settings = managerAnswers().readSettings as SettingsView;
const name = 'Standard users may answer';
const off: AnswerersView = { wanted: false, inForce: false, task: { kind: 'off' } };
const wanted: AnswerersView = { wanted: true, inForce: false, task: { kind: 'on' } };

const openSettings = (
  answerers: AnswerersView,
  after: unknown,
  state: Partial<ManagerState> = {},
) =>
  openView('Settings', {
    state,
    answers: { readSettings: { ...settings, answerers }, setAnswerers: after },
  });
const own = (page: Page) => page.getByRole('switch', { name });
const anew = (page: Page) => page.getByRole('button', { name: 'Start Portreeve anew' });
const tell = (page: Page, state: Partial<ManagerState>) =>
  page.evaluate((whole) => window.fake.emit('managerChanged', whole), managerState(state));

describe.skipIf(withoutBrowser)('the switch of those who may answer', () => {
  usePages();

  it('given the switch, then main is told, and that it counts later is said with the way there', async () => {
    const page = await openSettings(off, wanted);
    await page.getByText('never for services or other accounts').waitFor();
    expect(await anew(page).count()).toBe(0);
    await own(page).click();
    expect(await callsOf(page, 'setAnswerers')).toEqual([{ on: true }]);
    await page.getByText('It counts after Portreeve has started anew.').waitFor();
    await page.getByText('Nothing waits for an answer now.').waitFor();
    expect(await own(page).isChecked()).toBe(true);
    await anew(page).click();
    await page.getByText('Portreeve ends now').waitFor();
    expect(await callsOf(page, 'startAnew')).toEqual([null]);
    expect(await anew(page).count()).toBe(0);
  });

  it('given Windows that takes its time, then the switch keeps the focus and takes nothing more', async () => {
    const page = await openSettings(off, null);
    await page.evaluate((view) => {
      window.fake.answers.setAnswerers = () =>
        new Promise((resolve) => {
          document.addEventListener('portreeve-done', () => resolve(view));
        });
    }, wanted);
    await own(page).focus();
    await page.keyboard.press(' ');
    expect(await own(page).isDisabled()).toBe(true);
    expect(await own(page).isChecked()).toBe(false);
    await page.keyboard.press(' ');
    await page.evaluate(() => document.dispatchEvent(new Event('portreeve-done')));
    await expect.poll(() => own(page).isChecked()).toBe(true);
    expect(await callsOf(page, 'setAnswerers')).toHaveLength(1);
    expect(await own(page).evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it.each([
    ['on', off, true],
    ['off', { ...wanted, wanted: false }, false],
  ] as const)(
    'given Windows that does not switch its task %s, then that is said, and nothing as if it had',
    async (_what, after, on) => {
      const page = await openSettings(on ? off : { ...wanted, inForce: true }, after);
      await own(page).click();
      await page.getByText(english.settings.autostartRemedy).waitFor();
      expect(await own(page).isChecked()).toBe(false);
      expect(await callsOf(page, 'setAnswerers')).toEqual([{ on }]);
      await page.getByRole('button', { name: 'Look again' }).click();
      await expect.poll(() => page.getByText(english.settings.autostartRemedy).count()).toBe(0);
    },
  );

  it.each([
    ['missing', 'is not there', 1],
    ['other', 'was changed', 1],
    ['off', 'is off', 1],
    ['not-installed', 'Only an installed Portreeve can run as a service', 0],
  ] as const)('given a task that is %s, then it says so', async (kind, words, switches) => {
    const page = await openSettings({ wanted: true, inForce: true, task: { kind } }, off);
    const section = page.getByRole('region', { name: 'Who may do what' });
    await section.getByText(words).waitFor();
    expect(await own(page).count()).toBe(switches);
    if (switches > 0) expect(await own(page).isChecked()).toBe(false);
  });

  it('given a task that nobody knows about, then what Windows said is shown as text', async () => {
    const detail = 'ERROR: <b>no</b> \u202Ex';
    const page = await openSettings({ ...off, task: { kind: 'unknown', detail } }, off);
    await page.getByText('ERROR: <b>no</b>').waitFor();
    await page.getByText('⟨U+202E⟩').waitFor();
    expect(await own(page).count()).toBe(0);
  });

  it.each([
    ['block', 'They are blocked then'],
    ['allow', 'They are let through then'],
  ] as const)(
    'given connections that wait, and %s without Portreeve, then it asks once',
    async (verdict, words) => {
      const noClient = { verdict, by: 'you' } as const;
      const page = await openSettings(wanted, null, { held: 3, noClient });
      await page.getByText(`3 connections wait for an answer. ${words}`).waitFor();
      await anew(page).click();
      const dialog = page.getByRole('dialog', { name: 'Start Portreeve anew now?' });
      await dialog.getByText(words).waitFor();
      await page.keyboard.press('Enter');
      await dialog.waitFor({ state: 'hidden' });
      expect(await callsOf(page, 'startAnew')).toEqual([]);
      await anew(page).click();
      await dialog.getByRole('button', { name: 'Start Portreeve anew' }).click();
      expect(await callsOf(page, 'startAnew')).toEqual([null]);
    },
  );

  it('given a start that main refuses, then nothing says that it ends', async () => {
    const page = await openSettings(wanted, null);
    await page.evaluate(() => {
      window.fake.answers.startAnew = { ok: false, code: 'refused', message: '' };
    });
    await anew(page).click();
    await page.getByText(english.errors.refused).waitFor();
    expect(await page.getByText('Portreeve ends now').count()).toBe(0);
    expect(await anew(page).count()).toBe(1);
  });

  it('given a service that has come back under the open page, then the page asks again', async () => {
    const page = await openSettings(wanted, null);
    await anew(page).click();
    const lost = { kind: 'lost', reason: 'Gone.', remedy: 'Wait.' } as const;
    await tell(page, { driver: lost });
    await page.evaluate(
      (view) => {
        window.fake.answers.readSettings = view;
      },
      { ...settings, answerers: { ...wanted, inForce: true } },
    );
    await tell(page, { isService: true });
    await expect.poll(() => page.getByText('Portreeve ends now').count()).toBe(0);
    expect(await anew(page).count()).toBe(0);
    await page.getByText('standard users about their own programs').waitFor();
  });

  it('given a service and no start at sign-in, then nobody is told that nobody is asked', async () => {
    const page = await openView('Settings', {
      state: { isService: true },
      answers: { readSettings: { ...settings, autostart: { kind: 'off' } } },
    });
    await page.getByText('It runs as a service all the same').waitFor();
    expect(await page.getByText('Until somebody starts it, nobody is asked.').count()).toBe(0);
  });
});

describe.skipIf(withoutBrowser)('the prompt of a standard user', () => {
  usePages();

  it('says whose rules count otherwise, offers nothing longer, and names no account', async () => {
    const page = await openPrompt({ cards: [ofStandardUser()], isAnswerer: true });
    await page.getByText('An administrator looks after Portreeve').waitFor();
    const lifetimes = page.getByRole('radiogroup', { name: 'How long' }).getByRole('radio');
    expect(await lifetimes.count()).toBe(2);
    expect(await page.getByText('carla').count()).toBe(0);
    await live(page);
    await page.keyboard.press('4');
    await allow(page).click();
    const [answer] = await answersOf(page);
    expect(answer?.lifetime).toBe('while-it-runs');
  });

  it('given a lost driver, then nothing is asked of them that an administrator has to do', async () => {
    const driver = { kind: 'lost', reason: '', remedy: '', cause: 'not-installed' } as const;
    const page = await openPrompt({ cards: [], isAnswerer: true, driver });
    await page.getByText(english.driver.lost['not-installed'].reason).waitFor();
    await page.getByText('tell an administrator of this computer').waitFor();
    expect(await page.getByText(english.driver.lost['not-installed'].remedy).count()).toBe(0);
  });

  it('for an administrator, shows for whom the program runs, and says nothing of another', async () => {
    const page = await openPrompt({ cards: [ofStandardUser(), ofStandardUser('card-2')] });
    await page.locator('dd', { hasText: 'PORT-7\\carla' }).waitFor();
    await page.locator('.prompt-others', { hasText: 'PORT-7\\carla' }).waitFor();
    expect(await page.getByText('An administrator looks after').count()).toBe(0);
    await emit(page, {});
    await page.getByRole('heading', { name: 'curl' }).waitFor();
    expect(await page.getByText('Runs for').count()).toBe(0);
  });

  it.each(['a\u202Ebc', 'A'.repeat(3000), '<img src=x onerror=alert(1)>', 'a\n\nb', ''])(
    'given the account name %j, then it is text, and the card keeps its shape',
    async (account) => {
      const box = (page: Page) => page.locator('article').boundingBox();
      const plain = await openPrompt({ cards: [ofStandardUser()] });
      const cards = [ofStandardUser(), ofStandardUser('card-2')].map((card) => ({
        ...card,
        account,
      }));
      const page = await openPrompt({ cards });
      expect(await box(page)).toEqual(await box(plain));
      expect(await page.locator('main img').count()).toBe(0);
      expect(await overflow(page)).toEqual([]);
    },
  );
});
