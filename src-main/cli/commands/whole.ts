/** `portreeve status`, `mode`, `pause`, `resume`, `journal` and `backups`: the whole of Portreeve. */
import type { DriverState, ManagerState } from '../../../src-preload/contract/model.ts';
import type { ModeName, ModeView } from '../../../src-preload/contract/rules.ts';
import type { Context } from '../context.ts';
import { Failure, exitCodes, wrongInput } from '../failure.ts';
import { tableText, timeText, visible } from '../output.ts';
import { subjectWords, targetWords } from '../words.ts';
import { minutesOf } from '../written.ts';

const MINUTE = 60_000;
const MAX_JOURNAL = 10_000;

/** Ends with the code of a store that cannot be used when it is so. */
export async function showStatus(context: Context): Promise<void> {
  const state = await context.call('readManager', null);
  const { store } = state;
  const rules = store.kind === 'ok' ? await countRules(context) : null;
  await context.show({ running: context.running, rules, ...state }, () =>
    statusText(context.running, rules, state),
  );
  if (store.kind === 'failed') {
    throw new Failure(
      exitCodes.store,
      `The rules cannot be used (${store.problem}). "portreeve backups" lists their copies.`,
    );
  }
}

async function countRules(context: Context): Promise<number> {
  const { total } = await context.call('listRules', { text: '', offset: 0, limit: 1 });
  return total;
}

function statusText(running: string | null, rules: number | null, state: ManagerState): string {
  const { mode, kernel, held, cards, away, blocklists, managed } = state;
  const rows = [
    ['Portreeve', running === null ? 'does not run' : `runs, version ${running}`],
    ...(running === null ? [] : [['Driver', driverWords(state.driver)]]),
    ...(kernel === null ? [] : [['Kernel rules', kernelWords(kernel)]]),
    ['Mode', modeWords(mode)],
    ...mode.pauses.map((pause) => ['Paused', pauseWords(pause)]),
    ...(rules === null ? [] : [['Rules', String(rules)]]),
    ...(running === null ? [] : [['Waiting', `${held} connections, ${cards} questions`]]),
    ['While away', `${away.length} kinds of connections`],
    ...managedRows(managed),
    ...(blocklists.length === 0 ? [] : [['Blocklists', String(blocklists.length)]]),
  ];
  return tableText(rows);
}

function managedRows(managed: ManagerState['managed']): string[][] {
  if (managed === undefined) return [];
  const { locked, rulesFile, problems } = managed;
  return [
    [
      'Managed',
      `by your organisation; locked: ${locked.length === 0 ? 'nothing' : locked.join(', ')}`,
    ],
    ...(rulesFile === null ? [] : [['Rules file', visible(rulesFile)]]),
    ...problems.map((problem) => ['Policy problem', visible(problem)]),
  ];
}

function driverWords(driver: DriverState): string {
  if (driver.kind === 'lost') return `lost: ${visible(driver.reason)} ${visible(driver.remedy)}`;
  return driver.kind === 'connected' ? `connected: ${visible(driver.description)}` : driver.kind;
}

function kernelWords({ version, problem }: NonNullable<ManagerState['kernel']>): string {
  const table = version === null ? 'none' : `version ${version}`;
  return problem === null ? table : `${table}; the newest was not taken: ${visible(problem)}`;
}

function modeWords({ mode, until }: Pick<ModeView, 'mode' | 'until'>): string {
  return until === null ? mode : `${mode} until ${timeText(until)}`;
}

function pauseWords({ pauseId, subject, until }: ModeView['pauses'][number]): string {
  const whom = subject === null ? 'everything' : subjectWords(subject);
  return `${whom} until ${timeText(until)} (${pauseId})`;
}

/** Without a mode, says which one it is. */
export async function mode(
  context: Context,
  name: ModeName | undefined,
  time: string | undefined,
): Promise<void> {
  if (name === undefined && time !== undefined) throw wrongInput('--for goes with a mode.');
  if (name !== undefined) {
    const minutes = time === undefined ? null : minutesFrom(time);
    const until = minutes === null ? null : Date.now() + minutes * MINUTE;
    await context.call('setMode', { mode: name, until });
  }
  const state = await context.call('readManager', null);
  await context.show(state.mode, () => {
    const pauses = state.mode.pauses.map((pause) => `paused: ${pauseWords(pause)}\n`).join('');
    return `${modeWords(state.mode)}\n${pauses}`;
  });
}

export function minutesFrom(text: string): number {
  const minutes = minutesOf(text);
  if (minutes === null) throw wrongInput(`"${text}" is no time. Try 15m, 2h or 7d.`);
  return minutes;
}

export async function pause(
  context: Context,
  { rule, time }: { readonly rule: string | undefined; readonly time: string },
): Promise<void> {
  await context.call('pause', { ruleId: rule ?? null, minutes: minutesFrom(time) });
  await mode(context, undefined, undefined);
}

/** Without an id, ends all pauses. */
export async function resume(context: Context, pauseId: string | undefined): Promise<void> {
  const { mode: now } = await context.call('readManager', null);
  const ids = pauseId === undefined ? now.pauses.map((one) => one.pauseId) : [pauseId];
  for (const id of ids) {
    // oxlint-disable-next-line no-await-in-loop -- the first failure ends it
    await context.call('resume', { pauseId: id });
  }
  await mode(context, undefined, undefined);
}

export async function showJournal(context: Context, limit: number): Promise<void> {
  if (limit > MAX_JOURNAL) throw wrongInput(`--limit is at most ${MAX_JOURNAL}.`);
  const page = await context.call('readJournal', { limit });
  await context.show(page, () => {
    const rows = page.lines.map(({ at, verdict, count, subject, target, by, ruleId }) => [
      timeText(at),
      verdict,
      `${count}x`,
      subjectWords(subject),
      targetWords(target),
      ruleId === null ? by : `${by} ${ruleId}`,
    ]);
    return rows.length === 0 ? 'The journal is empty.\n' : tableText(rows);
  });
}

export async function listBackups(context: Context): Promise<void> {
  const backups = await context.call('listBackups', null);
  await context.show(backups, () =>
    backups.length === 0
      ? 'There are no backups.\n'
      : tableText(
          backups.map(({ backupId, madeAt, rules }) => [
            backupId,
            timeText(madeAt),
            `${rules} rules`,
          ]),
        ),
  );
}

/** What was there is kept beside it. */
export async function restoreBackup(context: Context, backupId: string): Promise<void> {
  const backups = await context.call('listBackups', null);
  if (!backups.some((one) => one.backupId === backupId)) {
    throw new Failure(
      exitCodes.notFound,
      'There is no such backup. "portreeve backups" lists them.',
    );
  }
  await context.call('restoreBackup', { backupId });
  await context.show({ restored: backupId }, () => 'Restored. What was there is kept beside it.\n');
}
