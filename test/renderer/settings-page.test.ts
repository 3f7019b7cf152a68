/** The settings of the manager: honest about what is so, and locked where an administrator decides. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { EventName } from '../../src-preload/contract/calls.ts';
import type { UpdateProblem, UpdatesView } from '../../src-preload/contract/upkeep.ts';
import { english } from '../../src-renderer/i18n/english.ts';
import { managerState, promptState } from '../fakes/views.ts';
import { callsOf, openManager, openView, useManagerPages } from './manager-window.ts';
import { overflow } from './overflow.ts';
import { openPage } from './page-tests.ts';
import { withoutBrowser } from './pages.ts';

const tell = (page: Page, name: EventName, state: object): Promise<void> =>
  page.evaluate(([event, payload]) => window.fake.emit(event, payload), [name, state] as const);

const off = { kind: 'off', wayOut: 'x' } as const;
const autostartIs = (kind: string, detail = '') => ({
  readSettings: {
    onlookers: false,
    bootLockdown: off,
    answerers: { wanted: false, inForce: false, task: { kind: 'off' } },
    autostart: { kind, ...(detail !== '' && { detail }) },
  },
});

describe.skipIf(withoutBrowser)('the settings page', () => {
  useManagerPages();

  it('given the switch, then main is told and what it says is shown, also when it did not work', async () => {
    const page = await openView('Settings');
    const own = page.getByRole('switch', { name: 'Start at sign-in' });
    await own.click();
    await page.getByText('Until somebody starts it, nobody is asked.').waitFor();
    expect(await callsOf(page, 'setAutostart')).toEqual([{ on: false }]);
    await page.evaluate(() => {
      window.fake.answers.setAutostart = { kind: 'unknown', detail: 'ERROR: \u202Edenied' };
    });
    await own.click();
    await page.getByText('task scheduler did not do this').waitFor();
    await page.getByText('⟨U+202E⟩').waitFor();
    expect(await own.count()).toBe(0);
    await page.getByRole('button', { name: 'Look again' }).click();
    await own.waitFor();
    expect(await own.isChecked()).toBe(true);
  });

  it.each([
    ['missing', 'is not there', 1],
    ['other', 'was changed', 1],
    ['not-installed', 'Only an installed Portreeve starts', 0],
  ])('given a start that is %s, then it says so', async (kind, words, switches) => {
    const page = await openView('Settings', { answers: autostartIs(kind) });
    await page.getByText(words).waitFor();
    const own = page.getByRole('switch', { name: 'Start at sign-in' });
    expect(await own.count()).toBe(switches);
    if (switches > 0) expect(await own.isChecked()).toBe(false);
  });

  it('given another answer for the time without Portreeve, then main is told', async () => {
    const page = await openView('Settings');
    await page.getByRole('radio', { name: 'Allow' }).click();
    await expect.poll(() => callsOf(page, 'setNoClient')).toEqual([{ verdict: 'allow' }]);
  });

  it('given a policy, then nothing of it can be changed, here or on the first page', async () => {
    const locked = ['mode', 'pauses'] as const;
    const page = await openManager({
      state: {
        noClient: { verdict: 'allow', by: 'policy' },
        managed: { locked, rulesFile: null, problems: [] },
      },
    });
    expect(await page.getByRole('radio', { name: 'Block everything' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: '5 min', exact: true }).count()).toBe(0);
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByText('Managed by your organisation', { exact: true }).waitFor();
    const choice = page.getByRole('radiogroup', { name: 'While Portreeve does not run' });
    expect(await choice.count()).toBe(0);
  });

  it('given a long detail, then nothing is cut off', async () => {
    const page = await openView('Settings', {
      answers: autostartIs('unknown', 'x'.repeat(300)),
      context: { viewport: { width: 500, height: 400 } },
    });
    await page.getByText('task scheduler').waitFor();
    expect(await overflow(page)).toEqual([]);
  });
});

const groundOf = (page: Page): Promise<string> =>
  page.evaluate(() => getComputedStyle(document.body).backgroundColor);

describe.skipIf(withoutBrowser)('updates', () => {
  useManagerPages();
  const given = (updates: UpdatesView, context = {}) =>
    openView('Settings', { state: { updates }, context });
  const notes = 'Faster.\n\n<img src=x onerror=alert(1)>\n\u202egood';

  it.each([
    ['development', 'This one is being developed'],
    ['unsigned', 'is not signed'],
    ['no-feed', 'names no place'],
  ] as const)('given a build of %s, then there is nothing to switch', async (why, words) => {
    const page = await given({ kind: 'unavailable', why });
    await page.getByText(words).waitFor();
    expect(await page.getByRole('switch', { name: 'Look for updates' }).count()).toBe(0);
  });

  it('given the switch, then main is told, and nothing else happens', async () => {
    const page = await given({ kind: 'off' });
    const own = page.getByRole('switch', { name: 'Look for updates' });
    expect(await own.isChecked()).toBe(false);
    await own.click();
    expect(await callsOf(page, 'setUpdates')).toEqual([{ on: true }]);
    expect(await callsOf(page, 'runUpdate')).toEqual([]);
  });

  it.each([
    [{ kind: 'idle', lastLook: null }, 'Nobody has looked yet', 'Look now', 'look'],
    [{ kind: 'found', version: '0.2.0', notes, bytes: 151e6 }, '151 MB', 'Download', 'download'],
    [
      { kind: 'downloading', version: '0.2.0', notes, bytes: 151e6, done: 50e6 },
      '50 of 151 MB',
      'Cancel',
      'cancel',
    ],
    [{ kind: 'ready', version: '0.2.0', notes }, 'nobody is asked', 'Install', 'install'],
    [
      { kind: 'waiting', version: '0.2.0', held: 3 },
      '3 connections wait for your answer',
      'Cancel',
      'cancel',
    ],
  ] as const)(
    'given %j, then it says so and has the next step',
    async (view, words, button, step) => {
      const page = await given(view);
      await page.getByText(words).waitFor();
      await page.getByRole('button', { name: button, exact: true }).click();
      expect(await callsOf(page, 'runUpdate')).toEqual([{ step }]);
    },
  );

  it('given what is new, then it is text, whatever is in it', async () => {
    const page = await given({ kind: 'ready', version: '0.2.0', notes });
    const shown = page.getByRole('region', { name: 'What is new' });
    await shown.getByText('<img src=x').waitFor();
    await shown.getByText('⟨U+202E⟩').waitFor();
    expect(await shown.locator('img').count()).toBe(0);
  });

  it('given any failure, then it says what to do', async () => {
    const page = await given({ kind: 'idle', lastLook: null });
    const problems = Object.keys(english.updates.problem) as UpdateProblem[];
    for (const problem of problems) {
      const updates = { kind: 'failed', during: 'download', problem } as const;
      await tell(page, 'managerChanged', managerState({ updates }));
      await page.getByText(english.updates.problem[problem]).waitFor();
    }
    expect(problems).toHaveLength(11);
    await page.getByRole('button', { name: 'Look now' }).click();
    expect(await callsOf(page, 'runUpdate')).toEqual([{ step: 'look' }]);
  });

  it('given a narrow window and long words, then nothing is cut off', async () => {
    const page = await given(
      { kind: 'ready', version: '0.2.0-beta.12345678901234567890', notes: 'x'.repeat(900) },
      { viewport: { width: 500, height: 400 } },
    );
    await page.getByText('nobody is asked').waitFor();
    expect(await overflow(page)).toEqual([]);
  });
});

describe.skipIf(withoutBrowser)('lockdown from boot on', () => {
  useManagerPages();
  const name = 'Block everything until';

  it('given the switch, then main is told, and what it means and how to get out is shown', async () => {
    const wayOut = '"C:\\Program Files\\Portreeve\\portreeve-setup.exe" lockdown off';
    const answers = { setBootLockdown: { kind: 'on', wayOut } };
    const page = await openView('Settings', { answers });
    await page.getByText('programs that start before the driver').waitFor();
    await page.getByRole('switch', { name }).click();
    await page.getByText('nothing leaves or reaches this computer').waitFor();
    await page.getByText('lockdown off').waitFor();
    expect(await callsOf(page, 'setBootLockdown')).toEqual([{ on: true }]);
    expect(await page.getByRole('switch', { name }).isChecked()).toBe(true);
    expect(await overflow(page)).toEqual([]);
  });

  it.each([
    [true, 'nothing leaves'],
    [false, 'as they like, for some seconds'],
  ])('given a change that failed with it %s, then it says what is so', async (isNoted, words) => {
    const failed = { kind: 'failed', isNoted, detail: 'Error 5 \u202E', wayOut: 'way out' };
    const page = await openView('Settings', { answers: { setBootLockdown: failed } });
    await page.getByRole('switch', { name }).click();
    await page.getByText('Windows did not do this').waitFor();
    await page.getByText('⟨U+202E⟩').waitFor();
    await page.getByText(words).waitFor();
    expect(await page.getByText('way out').count()).toBe(isNoted ? 1 : 0);
  });
});

describe.skipIf(withoutBrowser)('colours and language', () => {
  useManagerPages();
  const [light, dark] = ['rgb(238, 241, 244)', 'rgb(15, 19, 24)'];

  it('given a choice, then main is told, and what it says is seen at once in the whole window', async () => {
    const page = await openView('Settings', { context: { colorScheme: 'light' } });
    expect(await groundOf(page)).toBe(light);
    await page.getByRole('radio', { name: 'Dark' }).click();
    await page.getByRole('radio', { name: '中文' }).click();
    expect(await callsOf(page, 'setAppearance')).toEqual([
      { theme: 'dark', language: 'system' },
      { theme: 'system', language: 'zh-CN' },
    ]);
    expect(await groundOf(page)).toBe(light);
    const appearance = { theme: 'dark', language: 'zh-CN' } as const;
    await tell(page, 'managerChanged', managerState({ appearance }));
    await page.getByRole('heading', { name: '设置', exact: true }).waitFor();
    expect(await groundOf(page)).toBe(dark);
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    expect(await page.getByText('Settings').count()).toBe(0);
    await page.getByRole('radio', { name: 'English' }).waitFor();
    await tell(page, 'managerChanged', managerState());
    await page.getByRole('heading', { name: 'Settings', exact: true }).waitFor();
    expect(await groundOf(page)).toBe(light);
  });

  it('given a choice, then the prompt has it too, with the card it shows', async () => {
    const page = await openPage({ role: 'prompt', answers: { readPrompt: promptState() } });
    await page.getByRole('button', { name: /^Allow/ }).waitFor();
    const card = await page.getByRole('heading').first().innerText();
    const appearance = { theme: 'dark', language: 'zh-CN' } as const;
    await tell(page, 'promptChanged', promptState({ appearance }));
    await page.getByRole('button', { name: /^允许/ }).waitFor();
    expect(await page.getByRole('heading').first().innerText()).not.toBe('');
    expect(card).not.toBe('');
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
  });

  it('given light where the system is dark, then it is light', async () => {
    const page = await openView('Settings', {
      context: { colorScheme: 'dark' },
      state: { appearance: { theme: 'light', language: 'en' } },
    });
    await expect.poll(() => groundOf(page)).toBe(light);
  });
});

describe.skipIf(withoutBrowser)('"ask me now"', () => {
  useManagerPages();
  const tested = (given: object) =>
    openView('Settings', {
      state: {
        selfTest: {
          state: 'running',
          program: '/usr/bin/probe',
          steps: {},
          verdict: null,
          problem: null,
          ...given,
        },
      },
    });

  it('given a test that runs, then it says what it waits for, and can be stopped', async () => {
    const page = await tested({ steps: { held: 40, told: 41, painted: 60 } });
    await page.getByText('The question is up.').waitFor();
    const steps = await page.getByRole('listitem').allInnerTexts();
    expect(steps.map((text) => text.replaceAll('\n', ' '))).toEqual([
      'A program connected, and the driver held it 40 ms',
      'Portreeve heard of it 1 ms',
      'The question was on the screen 19 ms',
      'You answered',
      'The driver carried it out',
    ]);
    await page.getByRole('button', { name: 'Stop' }).click();
    expect(await callsOf(page, 'stopSelfTest')).toHaveLength(1);
  });

  it.each([
    ['driver-lost', 'Nobody holds connections now'],
    ['nobody-asked', 'Nobody would be asked now'],
    ['no-program', 'is not there'],
    ['not-held', 'was not held'],
    ['not-answered', 'not answered in time'],
  ])('given %s, then it says what to do, and can be tried again', async (problem, words) => {
    const page = await tested({ state: 'failed', problem });
    await page.getByText(words).waitFor();
    await page.getByRole('button', { name: 'Ask me', exact: true }).click();
    expect(await callsOf(page, 'startSelfTest')).toHaveLength(1);
  });
});

describe.skipIf(withoutBrowser)('diagnostics', () => {
  useManagerPages();

  it('are seen before they are copied, and without names unless these are wanted', async () => {
    const page = await openView('Settings');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByRole('textbox', { name: 'What would be copied' }).waitFor();
    await page.getByRole('switch', { name: 'With names' }).click();
    await expect
      .poll(() => callsOf(page, 'readDiagnostics'))
      .toEqual([{ withNames: false }, { withNames: true }]);
    await page.evaluate(() => {
      document.addEventListener('copy', () => {
        document.title = String(getSelection());
      });
    });
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.title()).toContain('version: 0.1.0');
  });
});
