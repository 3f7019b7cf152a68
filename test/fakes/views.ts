/** Example data of the contract for page tests. Each maker takes what the test cares about. */
import type {
  AwayView,
  BlocklistView,
  CardView,
  ManagerState,
  PromptState,
} from '../../src-preload/contract/model.ts';
import type {
  ImportReport,
  JournalTimes,
  JournalView,
  Rehearsal,
  RuleView,
} from '../../src-preload/contract/rules.ts';
import type { PageFake } from './page-bridge.ts';

/** A card whose hold has 52 of 60 seconds left. */
export function cardView(given: Partial<CardView> = {}): CardView {
  return {
    cardId: 'card-1',
    revision: 1,
    state: 'waiting',
    subject: { kind: 'path', name: 'curl', path: '/usr/bin/curl', canBeRemembered: true },
    process: {
      processId: 4711,
      commandLine: 'curl -sS http://127.0.0.1:8080/index.html',
      startedBy: '/usr/bin/bash',
      user: 'alice',
    },
    target: {
      address: '127.0.0.1',
      hostName: null,
      port: 8080,
      protocol: { kind: 'tcp', number: 6 },
      direction: 'outbound',
      loopback: true,
      service: null,
    },
    listHit: null,
    waiting: 1,
    destinations: 1,
    askedAt: Date.now() - 8000,
    deadline: Date.now() + 52_000,
    holdMs: 60_000,
    lifetimes: ['once', 'while-it-runs', 'until-restart', 'always'],
    scopes: ['address-port', 'address', 'anything'],
    recommended: { scope: 'address', lifetime: 'always' },
    ...given,
  };
}

/** Another program's card. */
export function cardOf(
  cardId: string,
  name: string,
  address: string,
  given: Partial<CardView> = {},
): CardView {
  const base = cardView();
  return {
    ...base,
    cardId,
    subject: {
      kind: 'path',
      name,
      path: `C:\\Program Files\\${name}\\${name}.exe`,
      canBeRemembered: true,
    },
    process: { ...base.process, startedBy: 'C:\\Windows\\explorer.exe' },
    target: { ...base.target, address, port: 443, loopback: false, service: 'HTTPS' },
    ...given,
  };
}

export function promptState(given: Partial<PromptState> = {}): PromptState {
  return {
    driver: { kind: 'connected', description: 'Lab driver' },
    cards: [cardView()],
    undo: null,
    ...given,
  };
}

/** A rule; `place` makes it differ from others. */
export function ruleView(place: number, given: Partial<RuleView> = {}): RuleView {
  const names = ['curl', 'Discord', 'node', 'Firefox', 'OneDrive', 'git', 'Steam'];
  const name = names[place % names.length] ?? 'curl';
  const address = `203.0.${String((place >> 8) % 256)}.${String(place % 256)}`;
  const withPort = place % 3 === 0;
  return {
    ruleId: `rule-${String(place)}`,
    subject: {
      kind: 'path',
      name,
      path: `C:\\Program Files\\${name}\\app-1.${String(place)}\\${name}.exe`,
      canBeRemembered: true,
    },
    withChildren: false,
    verdict: place % 4 === 3 ? 'block' : 'allow',
    place: place % 3 === 2 ? { kind: 'anything' } : { kind: 'address', address },
    ports: withPort ? [{ first: 443, last: 443 }] : null,
    protocol: withPort ? { kind: 'tcp', number: 6 } : null,
    direction: 'outbound',
    network: null,
    until: null,
    note: '',
    origin: 'prompt',
    asked: null,
    factoryId: null,
    needsReview: false,
    editedAt: null,
    lifetime:
      (['always', 'always', 'until-restart', 'while-it-runs'] as const)[place % 4] ?? 'always',
    enabled: place % 9 !== 8,
    createdAt: Date.now() - 86_400_000 * (place % 30),
    hits: place % 5 === 0 ? 0 : (place * 37) % 4000,
    lastUsedAt: place % 5 === 0 ? null : Date.now() - 3_600_000 * (place % 50),
    ...given,
  };
}

export function awayView(place: number, given: Partial<AwayView> = {}): AwayView {
  const reasons = ['client-lost', 'not-answered', 'sleep', 'too-many', 'nobody-there'] as const;
  const card = cardOf(
    `away-card-${String(place)}`,
    ['Discord', 'node', 'updater'][place % 3] ?? 'node',
    `198.51.100.${String(place % 256)}`,
  );
  return {
    awayId: `away-${String(place)}`,
    subject: card.subject,
    target: card.target,
    verdict: place % 3 === 2 ? 'allow' : 'block',
    reason: reasons[place % reasons.length] ?? 'sleep',
    count: place % 2 === 0 ? 1 : place * 3,
    firstAt: Date.now() - 7_200_000 - place * 60_000,
    lastAt: Date.now() - 3_600_000 - place * 60_000,
    ...given,
  };
}

/** A subscription: the first is in order, the second has lines that were left out, the third failed. */
export function blocklistView(place: number, given: Partial<BlocklistView> = {}): BlocklistView {
  const names = ['Known trackers', 'My list', 'Malware addresses'];
  const problems = [
    { line: 12, code: 'not-a-name', text: '-bad-.example' },
    { line: 340, code: 'top-level', text: 'com' },
  ] as const;
  return {
    listId: String(place + 1),
    name: names[place % 3] ?? 'List',
    source: place % 3 === 1 ? 'C:\\Lists\\mine.txt' : `https://lists.example/${String(place)}.txt`,
    enabled: place % 3 !== 2,
    state: place % 3 === 2 ? 'waiting' : 'ready',
    names: place % 3 === 0 ? 1_000_000 : 12,
    ranges: place % 3 === 0 ? 0 : 340,
    updatedAt: place % 3 === 2 ? null : Date.now() - 86_400_000,
    checkedAt: Date.now() - 3_600_000,
    failure: place % 3 === 2 ? 'no-connection' : null,
    problems: place % 3 === 1 ? problems : [],
    problemCount: place % 3 === 1 ? 2 : 0,
    ...given,
  };
}

export function managerState(given: Partial<ManagerState> = {}): ManagerState {
  return {
    driver: { kind: 'connected', description: 'Lab driver' },
    store: { kind: 'ok' },
    held: 0,
    cards: 0,
    mode: { mode: 'ask', until: null, pauses: [] },
    kernel: null,
    ruleVersion: 1,
    journalVersion: 1,
    away: [],
    awayLost: 0,
    blocklists: [],
    noClient: { verdict: 'block', by: 'nobody' },
    ...given,
  };
}

/** A line of the journal; `place` makes it differ from others. */
export function journalView(place: number, given: Partial<JournalView> = {}): JournalView {
  const names = ['curl', 'Discord', 'node', 'Firefox', 'OneDrive'];
  const name = names[place % names.length] ?? 'curl';
  const card = cardOf('card', name, `198.51.100.${String(place % 256)}`);
  const hosts = [null, 'gateway.discord.gg', 'registry.example.org'];
  return {
    lineId: String(100_000 - place),
    subject: card.subject,
    target: { ...card.target, hostName: hosts[place % hosts.length] ?? null },
    verdict: place % 4 === 3 ? 'block' : 'allow',
    by: (['rule', 'answer', 'rule', 'mode', 'driver'] as const)[place % 5] ?? 'rule',
    ruleId: place % 5 === 0 ? 'rule-1' : null,
    at: Date.now() - 90_000 * place * place,
    count: place % 3 === 0 ? 1 : place * 2,
    ...given,
  };
}

/** A draft that would have decided 12 connections and changed 3 of them. */
export function rehearsalView(given: Partial<Rehearsal> = {}): Rehearsal {
  const changed = [0, 1, 2].map((place) => {
    const { subject, target, at } = journalView(place);
    return { subject, target, before: 'allow', after: 'block', at, count: 1 + place } as const;
  });
  const since = Date.now() - 86_400_000;
  return { looked: 400, since, decided: 12, otherwise: 3, changed, changedTotal: 3, ...given };
}

/** A day with a quiet night. */
export function journalTimes(): JournalTimes {
  const parts = Array.from({ length: 48 }, (_, part) => part);
  return {
    from: Date.now() - 86_400_000,
    to: Date.now(),
    allowed: parts.map((part) => (part < 14 ? 0 : (part * 7919) % 97)),
    blocked: parts.map((part) => (part % 5 === 0 ? (part * 31) % 13 : 0)),
  };
}

/** One rule is new, one is changed, three are there already. */
export function importReport(given: Partial<ImportReport> = {}): ImportReport {
  return {
    applied: false,
    undoId: null,
    added: 1,
    replaced: 1,
    unchanged: 3,
    changes: [
      { kind: 'added', rule: ruleView(1), before: null },
      { kind: 'replaced', rule: ruleView(3), before: ruleView(3, { verdict: 'allow' }) },
    ],
    problems: [],
    problemTotal: 0,
    ...given,
  };
}

/** What main answers to a manager window that asks for nothing out of the ordinary. */
const wayOut = '"C:\\Program Files\\Portreeve\\resources\\setup\\portreeve-setup.exe" lockdown off';

export function managerAnswers(state: Partial<ManagerState> = {}): PageFake['answers'] {
  const lines = Array.from({ length: 40 }, (_, place) => journalView(place));
  return {
    readManager: managerState(state),
    listRules: { rules: [ruleView(0), ruleView(1), ruleView(2)], total: 3, version: 1 },
    removeRules: { undoId: 'undo-1', removed: 1 },
    restoreRules: { restored: 1 },
    addRule: { ruleId: '7', undoId: 'undo-3' },
    editRule: { undoId: 'undo-2' },
    previewRule: ruleView(0),
    rehearseRule: rehearsalView(),
    readJournal: { lines, total: lines.length, version: 1 },
    pictureJournal: { total: lines.length, times: journalTimes() },
    clearJournal: null,
    exportRules: { text: '{}', exported: 3, leftOut: 1 },
    importRules: importReport(),
    saveFile: { saved: 'yes' },
    makeBackup: null,
    restoreBackup: { undoId: 'portreeve-9.db' },
    resetFactory: { rules: 8, undoId: 'undo-4' },
    readFindings: [],
    listBackups: [],
    readSettings: {
      autostart: { kind: 'on' },
      bootLockdown: { kind: 'off', wayOut },
      onlookers: false,
      answerers: { wanted: false, inForce: false, task: { kind: 'off' } },
    },
    setAutostart: { kind: 'off' },
    readDiagnostics: { text: 'Portreeve\n  version: 0.1.0\n' },
  };
}
