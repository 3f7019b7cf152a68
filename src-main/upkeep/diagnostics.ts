/** What somebody who helps has to know, as text: versions, counters, last errors. Names and addresses only where wanted. */
import os from 'node:os';
import process from 'node:process';

import type { ManagerState } from '../../src-preload/contract/model.ts';
import type { AutostartView } from '../../src-preload/contract/upkeep.ts';
import { scrub } from './scrub.ts';

export interface DiagnosticsParts {
  readonly version: string;
  readonly state: ManagerState;
  /** Null where that is not known. */
  readonly rules: number | null;
  readonly autostart: AutostartView;
  readonly lines: readonly string[];
  readonly withNames: boolean;
}

type Line = readonly [label: string, value: string | number];

const MAX_AWAY = 20;

export function diagnosticsText(parts: DiagnosticsParts): string {
  const { lines, withNames } = parts;
  const log = lines.length === 0 ? ['nothing'] : lines;
  const sections = [
    ...table('Portreeve', versions(parts)),
    ...table('State', stateLines(parts)),
    ...(withNames ? namedLines(parts.state) : []),
    '',
    'Last messages',
    ...(withNames ? log : log.map(scrub)).map((line) => `  ${line}`),
  ];
  return `${sections.join('\n').trim()}\n`;
}

function table(title: string, lines: readonly Line[]): string[] {
  return ['', title, ...lines.map(([label, value]) => `  ${label}: ${value}`)];
}

function versions({ version }: DiagnosticsParts): Line[] {
  const { electron, chrome, node } = process.versions;
  const shell =
    electron === undefined ? 'browser' : `Electron ${electron}, Chromium ${chrome ?? ''}`;
  return [
    ['version', version],
    ['shell', shell],
    ['Node', node],
    ['system', `${os.type()} ${os.release()} ${os.arch()}`],
    ['running for', `${Math.round(process.uptime() / 60)} min`],
    ['memory', `${Math.round(process.memoryUsage.rss() / 2 ** 20)} MB`],
  ];
}

function stateLines({ state, rules, autostart }: DiagnosticsParts): Line[] {
  const { mode, kernel, noClient, managed, store, selfTest } = state;
  const until = mode.until === null ? '' : ` until ${new Date(mode.until).toISOString()}`;
  return [
    ['driver', driverWords(state)],
    [
      'driver rules',
      kernel === null ? 'none' : `${kernel.version ?? 'none'} ${kernel.problem ?? ''}`.trim(),
    ],
    ['store', store.kind === 'ok' ? 'ok' : store.problem],
    ['mode', `${mode.mode}${until}, ${mode.pauses.length} pauses`],
    ['without Portreeve', `${noClient.verdict} (${noClient.by})`],
    [
      'managed',
      managed === undefined ? 'no' : `yes, locked: ${managed.locked.join(' ') || 'nothing'}`,
    ],
    ['starts at sign-in', autostart.kind],
    ['rules', rules ?? 'unknown'],
    ['held', `${state.held} under ${state.cards} cards`],
    ['inbox', `${state.away.length}, ${state.awayLost} lost`],
    ['journal version', state.journalVersion],
    ['blocklists', state.blocklists.map(listWords).join('; ') || 'none'],
    [
      'self-test',
      selfTest === undefined ? 'none' : JSON.stringify({ ...selfTest, program: undefined }),
    ],
  ];
}

function driverWords({ driver }: ManagerState): string {
  if (driver.kind === 'connected') return driver.description;
  return driver.kind === 'lost' ? `lost: ${driver.cause ?? scrub(driver.reason)}` : driver.kind;
}

function listWords({
  state,
  names,
  ranges,
  failure,
  enabled,
}: ManagerState['blocklists'][number]): string {
  return `${enabled ? state : 'off'} ${names} names ${ranges} ranges ${failure ?? ''}`.trim();
}

/** What says whom this computer's programs talk to. */
function namedLines({ blocklists, away, managed }: ManagerState): string[] {
  const lists = blocklists.map(({ name, source }): Line => [name, source]);
  const missed = away.slice(0, MAX_AWAY).map(({ subject, target, verdict, reason }): Line => {
    return [
      subject.path,
      `${target.hostName ?? target.address}:${target.port} ${verdict} ${reason}`,
    ];
  });
  const rulesFile: Line[] = [['rules file', managed?.rulesFile ?? 'none']];
  return [...table('Names', [...rulesFile, ...lists]), ...table('Inbox', missed)];
}
