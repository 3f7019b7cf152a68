/** The pages of the manager, and their states. */
import type { Page } from 'playwright-core';
import type { StoreProblem, StoreState } from '../../../src-preload/contract/model.ts';
import type { RuleView } from '../../../src-preload/contract/rules.ts';
import type { AnswerersView, SettingsView } from '../../../src-preload/contract/upkeep.ts';
import {
  awayView,
  blocklistView,
  journalView,
  managerAnswers,
  type managerState,
  ruleView,
} from '../../fakes/views.ts';
import { lost, type Shot } from './shot.ts';

const backups = [1, 2, 3].map((day) => ({
  backupId: `portreeve-${String(day)}.db`,
  madeAt: Date.now() - day * 86_400_000,
  rules: 214 - day,
}));

const broken = (problem: StoreProblem): StoreState => ({
  kind: 'failed',
  problem,
  backups,
});

const rules = Array.from({ length: 60 }, (_, place) => ruleView(place, telling(place)));

/** What most rules do not have. */
function telling(place: number): Partial<RuleView> {
  const all: Partial<RuleView>[] = [
    {},
    { place: { kind: 'domain', name: 'discord.gg' }, withChildren: true, note: 'Voice too' },
    { place: { kind: 'lan' }, origin: 'learned', needsReview: true },
    {
      place: { kind: 'range', first: '10.0.0.0', last: '10.255.255.255' },
      direction: 'both',
      ports: [22, 80, 443, 8000, 9000].map((port) => ({ first: port, last: port + 8 })),
    },
    { place: { kind: 'range', first: '2001:db8:85a3:1234::1', last: '2001:db8:85a3:1234:5678::' } },
    { origin: 'factory', factoryId: 'dns', ports: [{ first: 53, last: 53 }] },
    { lifetime: 'minutes', until: Date.now() + 40 * 60_000, direction: 'inbound' },
  ];
  return all[place] ?? {};
}
const manager = (
  name: string,
  given: Parameters<typeof managerState>[0],
  rest: Partial<Shot> = {},
): Shot => ({
  name: `manager-${name}`,
  role: 'manager',
  answers: {
    ...managerAnswers(given),
    listRules: { rules, total: 60, version: 1 },
    explainConnection: {
      decidedBy: 'rule',
      verdict: 'allow',
      rule: ruleView(0),
      others: [
        { rule: ruleView(7), why: 'less-place' },
        { rule: ruleView(14), why: 'other-port' },
        { rule: ruleView(21), why: 'longer-lived' },
      ],
      othersTotal: 3,
    },
    ...rest.answers,
  },
  ...(rest.act && { act: rest.act }),
});
const go = (place: number) => async (page: Page) => {
  await page.getByRole('navigation').getByRole('button').nth(place).click();
  await page.mouse.move(890, 750);
  await page.waitForTimeout(300);
};

const settings = managerAnswers().readSettings as SettingsView;
const answerersIn: Record<'wanted' | 'refused' | 'in-force', AnswerersView> = {
  wanted: { wanted: true, inForce: false, task: { kind: 'on' } },
  refused: { wanted: false, inForce: false, task: { kind: 'off' } },
  'in-force': { wanted: true, inForce: true, task: { kind: 'on' } },
};

const findings = [
  { kind: 'shadowed', rule: ruleView(1), by: ruleView(8) },
  { kind: 'shadowed', rule: ruleView(15), by: ruleView(8) },
  { kind: 'redundant', rule: ruleView(3), by: ruleView(2) },
  { kind: 'dead', rule: ruleView(5), by: null },
  { kind: 'unused', rule: ruleView(6, { origin: 'managed' }), by: null },
];
const noLines = {
  readJournal: { lines: [], total: 0, version: 1 },
  pictureJournal: { total: 0, times: null },
};

/** By standard users, one of whom has a long name. */
const answered = ['Kim', undefined, 'Wilhelmina Katharina von der Hohenstein-Sonderburg'].map(
  (answeredBy, place) =>
    journalView(place, { by: 'answer', ...(answeredBy !== undefined && { answeredBy }) }),
);
const answeredLines = {
  readJournal: { lines: answered, total: answered.length, version: 1 },
  pictureJournal: { total: answered.length, times: null },
};

const chooseFile = async (page: Page) => {
  await go(6)(page);
  const file = { name: 'rules.json', mimeType: 'application/json', buffer: Buffer.from('{}') };
  await page.locator('input[type=file]').setInputFiles(file);
  await page.waitForTimeout(300);
};

const edit = async (page: Page) => {
  await go(2)(page);
  await page.getByRole('grid').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.waitForTimeout(300);
};
const explainFirst = async (page: Page) => {
  await edit(page);
  await page.getByRole('dialog').locator('.dialog-foot button').first().click();
  await page.getByRole('dialog').getByRole('button').click();
  await page.waitForTimeout(300);
};

const newRule = (act: (page: Page) => Promise<void>) => async (page: Page) => {
  await go(2)(page);
  await page.getByRole('grid').focus();
  await page.keyboard.press('Insert');
  await page.getByRole('dialog').waitFor();
  await act(page);
  await page.waitForTimeout(1300);
};

/** Made anew for each picture, so that its clocks have just begun. */
export const managerShots = (): readonly Shot[] => [
  manager('now', { held: 14, cards: 3, away: [awayView(1)] }),
  manager('now-quiet', {}),
  manager(
    'now-modes',
    {
      mode: {
        mode: 'learn',
        until: Date.now() + 5 * 86_400_000,
        pauses: [
          { pauseId: 'p1', subject: null, until: Date.now() + 14 * 60_000 + 9000 },
          { pauseId: 'p2', subject: ruleView(1).subject, until: Date.now() + 3 * 60_000 },
        ],
      },
    },
    { act: go(0) },
  ),
  manager('rules', {}, { act: go(2) }),
  manager('rules-edit', {}, { act: edit }),
  manager('rules-new', {}, { act: newRule(async () => {}) }),
  manager(
    'rules-new-filled',
    {},
    {
      act: newRule(async (page) => {
        await page.getByRole('dialog').getByRole('listitem').nth(1).getByRole('button').click();
      }),
      answers: {
        previewRule: ruleView(1, {
          place: { kind: 'range', first: '2001:db8::', last: '2001:db8:ffff:1::' },
          ports: [80, 443, 8000, 9000, 9100].map((port) => ({ first: port, last: port + 20 })),
        }),
      },
    },
  ),
  manager('rules-explain', {}, { act: explainFirst }),
  manager(
    'rules-undo',
    {},
    {
      act: async (page) => {
        await go(2)(page);
        await page.getByRole('grid').focus();
        await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Delete');
        await page.waitForTimeout(300);
      },
    },
  ),
  manager(
    'rules-empty',
    {},
    { act: go(2), answers: { listRules: { rules: [], total: 0, version: 1 } } },
  ),
  manager(
    'away',
    { away: Array.from({ length: 9 }, (_, place) => awayView(place)), awayLost: 204 },
    { act: go(1) },
  ),
  manager('recovery', { driver: lost, store: broken('corrupt') }),
  manager(
    'recovery-newer',
    { driver: lost, store: broken('newer') },
    {
      act: async (page) => {
        await page.getByRole('button').last().click();
      },
    },
  ),
  manager('recovery-full', { driver: lost, store: broken('full') }),
  manager('lists', { blocklists: [0, 1, 2].map((place) => blocklistView(place)) }, { act: go(5) }),
  manager('lists-empty', {}, { act: go(5) }),
  manager(
    'settings',
    {
      selfTest: {
        state: 'done',
        program: 'C:\\Windows\\System32\\curl.exe',
        steps: { held: 61, told: 61, painted: 75, answered: 3410, released: 3412 },
        verdict: 'allow',
        problem: null,
      },
    },
    { act: go(7) },
  ),
  manager(
    'settings-updates',
    {
      updates: {
        kind: 'ready',
        version: '0.2.0',
        notes:
          'Faster rule tables.\n\nThe journal keeps its place while new lines arrive.\nFixed: a card could be hidden behind the taskbar.',
      },
      appearance: { theme: 'system', language: 'system' },
    },
    { act: go(7) },
  ),
  manager(
    'settings-downloading',
    {
      updates: { kind: 'downloading', version: '0.2.0', notes: '', bytes: 151e6, done: 61e6 },
    },
    { act: go(7) },
  ),
  manager(
    'settings-update-failed',
    {
      updates: { kind: 'failed', during: 'download', problem: 'other-signer' },
    },
    {
      act: async (page) => {
        await go(7)(page);
        await page.getByRole('switch').nth(1).click();
        await page.waitForTimeout(300);
      },
      answers: {
        setBootLockdown: {
          kind: 'on',
          wayOut:
            '"C:\\Program Files\\Portreeve\\resources\\setup\\portreeve-setup.exe" lockdown off',
        },
      },
    },
  ),
  manager('onlooker', { onlooker: { writtenAt: Date.now() - 90_000, leftOut: 3 } }),
  manager(
    'onlooker-rules',
    { onlooker: { writtenAt: Date.now() - 90_000, leftOut: 3 } },
    { act: go(1) },
  ),
  manager(
    'settings-managed',
    {
      noClient: { verdict: 'block', by: 'policy' },
      selfTest: {
        state: 'failed',
        program: 'C:\\Windows\\System32\\curl.exe',
        steps: {},
        verdict: null,
        problem: 'not-held',
      },
      managed: { locked: ['mode', 'rules', 'pauses'], rulesFile: null, problems: [] },
    },
    {
      act: go(7),
      answers: {
        readSettings: {
          autostart: { kind: 'unknown', detail: 'ERROR: Access is denied.' },
          bootLockdown: { kind: 'not-installed' },
          onlookers: true,
        },
      },
    },
  ),
  ...(['wanted', 'refused', 'in-force'] as const).map((state) =>
    manager(
      `settings-answerers-${state}`,
      { held: state === 'wanted' ? 3 : 0, ...(state === 'in-force' && { isService: true }) },
      {
        act: async (page) => {
          await go(7)(page);
          const own = page.getByRole('switch').nth(3);
          if (state === 'refused') await own.click();
          await own.evaluate((element) => element.scrollIntoView({ block: 'center' }));
          await page.waitForTimeout(300);
        },
        answers: {
          readSettings: { ...settings, answerers: answerersIn[state] },
          setAnswerers: answerersIn.refused,
        },
      },
    ),
  ),
  manager('journal', { journalVersion: 2 }, { act: go(3) }),
  manager('journal-answered', {}, { act: go(3), answers: answeredLines }),
  manager('journal-empty', {}, { act: go(3), answers: noLines }),
  manager('findings', {}, { act: go(4), answers: { readFindings: findings } }),
  manager('findings-empty', {}, { act: go(4) }),
  manager('care', {}, { act: go(6), answers: { listBackups: backups } }),
  manager('care-import', {}, { act: chooseFile, answers: { listBackups: backups } }),
  manager('away-empty', {}, { act: go(1) }),
  manager('driver-lost', { driver: lost }),
];
