import { describe, expect, test } from 'vitest';

import { calls } from '../../../src-preload/contract/calls.ts';
import type { CallName } from '../../../src-preload/contract/calls.ts';
import { callSchemas } from '../../../src-main/ipc/schemas.ts';

const answer = {
  cardId: 'a',
  revision: 1,
  verdict: 'allow',
  scope: 'anything',
  lifetime: 'always',
};

const input = {
  subject: { kind: 'path', text: '/usr/bin/curl' },
  withChildren: false,
  verdict: 'allow',
  place: '',
  ports: '',
  protocol: null,
  direction: 'outbound',
  network: null,
  lifetime: 'always',
  minutes: null,
  note: '',
};

const good: Record<CallName, unknown> = {
  readPrompt: null,
  answerPrompt: answer,
  postponePrompt: { cardId: 'a' },
  touchPrompt: { cardId: 'a' },
  undoAnswer: { undoId: 'a' },
  resizePrompt: { height: 320.5 },
  readManager: null,
  listRules: { text: '', offset: 0, limit: 100 },
  setRuleEnabled: { ruleId: '12', enabled: false },
  removeRules: { ruleIds: ['1', '2'] },
  restoreRules: { undoId: 'a' },
  addRule: input,
  editRule: { ruleId: '3', place: '10.0.0.0/8', note: '' },
  explainConnection: {
    path: '/usr/bin/curl',
    script: '',
    address: '10.0.0.1',
    hostName: '',
    port: 443,
    protocol: 6,
    direction: 'outbound',
  },
  previewRule: { ruleId: '3', ports: '443' },
  rehearseRule: input,
  readFindings: null,
  setMode: { mode: 'learn', until: 1_900_000_000_000 },
  pause: { ruleId: null, minutes: 15 },
  pauseProgram: { subject: { kind: 'path', text: '/usr/bin/curl' }, minutes: 5 },
  resume: { pauseId: 'a' },
  resetFactory: null,
  exportRules: { ruleIds: ['1'] },
  importRules: { text: '{}', dryRun: true },
  readJournal: { limit: 100, text: 'app:curl', before: '7' },
  pictureJournal: { text: 'app:curl' },
  clearJournal: null,
  clearAway: { awayIds: [] },
  addBlocklist: { name: 'Mine', source: 'https://lists.example/hosts' },
  setBlocklistEnabled: { listId: '1', enabled: true },
  updateBlocklist: { listId: '1' },
  removeBlocklist: { listId: '1' },
  retryStore: null,
  listBackups: null,
  makeBackup: null,
  restoreBackup: { backupId: 'portreeve-1900000000000.db' },
  startWithoutRules: null,
  setNoClient: { verdict: 'allow' },
  readSettings: null,
  setAutostart: { on: true },
  setBootLockdown: { on: true },
  setOnlookers: { on: false },
  setAnswerers: { on: true },
  startAnew: null,
  setAppearance: { theme: 'dark', language: 'zh-CN' },
  setUpdates: { on: true },
  runUpdate: { step: 'look' },
  readDiagnostics: { withNames: false },
  startSelfTest: null,
  stopSelfTest: null,
  notePainted: { cardId: 'a' },
  saveFile: { name: 'portreeve-rules.json', text: '{}' },
  showPrompt: null,
};

const bad: readonly (readonly [CallName, unknown])[] = [
  ['readPrompt', {}],
  ['readPrompt', undefined],
  ['answerPrompt', { ...answer, revision: 0 }],
  ['answerPrompt', { ...answer, revision: 1.5 }],
  ['answerPrompt', { ...answer, verdict: 'keep' }],
  ['answerPrompt', { ...answer, scope: 'everything' }],
  ['answerPrompt', { ...answer, lifetime: 'forever' }],
  ['answerPrompt', { ...answer, cardId: '' }],
  ['answerPrompt', { ...answer, cardId: 'x'.repeat(65) }],
  ['answerPrompt', { ...answer, extra: 1 }],
  ['answerPrompt', [answer]],
  ['postponePrompt', { cardId: 7 }],
  ['touchPrompt', { cardId: ['a'] }],
  ['undoAnswer', null],
  ['resizePrompt', { height: -1 }],
  ['resizePrompt', { height: Number.NaN }],
  ['resizePrompt', { height: Number.POSITIVE_INFINITY }],
  ['exportRules', { ruleIds: ['a'] }],
  ['importRules', { text: '' }],
  ['readJournal', { limit: 0 }],
  ['readJournal', { limit: 1, text: undefined }],
  ['readJournal', { limit: 1, before: 'x' }],
  ['setNoClient', { verdict: 'drop' }],
  ['setAutostart', { on: 1 }],
  ['readSettings', {}],
  ['startSelfTest', {}],
  ['saveFile', { name: '../x.json', text: '' }],
  ['saveFile', { name: 'x.exe', text: '' }],
  ['setBootLockdown', { on: null }],
  ['setOnlookers', {}],
  ['setAnswerers', { on: 'yes' }],
  ['startAnew', {}],
  ['setAppearance', { theme: 'dark' }],
  ['setUpdates', { on: 'yes' }],
  ['runUpdate', { step: 'rollback' }],
  ['setAppearance', { theme: 'dark', language: 'tlh' }],
  ['readDiagnostics', {}],
  ['stopSelfTest', 1],
  ['notePainted', { cardId: '' }],
  ['retryStore', {}],
  ['listBackups', {}],
  ['makeBackup', {}],
  ['restoreBackup', { backupId: '' }],
  ['startWithoutRules', undefined],
  ['addBlocklist', { name: ' ', source: '/a' }],
  ['addBlocklist', { name: 'a', source: 'x'.repeat(2049) }],
  ['setBlocklistEnabled', { listId: '1', enabled: 1 }],
  ['updateBlocklist', { listId: '-1' }],
  ['removeBlocklist', { listId: 1 }],
  ['listRules', { text: 'x'.repeat(257), offset: 0, limit: 1 }],
  ['listRules', { text: '', offset: -1, limit: 1 }],
  ['listRules', { text: '', offset: 0, limit: 501 }],
  ['listRules', { text: '', offset: 0, limit: 0 }],
  ['setRuleEnabled', { ruleId: '1; DROP', enabled: true }],
  ['setRuleEnabled', { ruleId: '0', enabled: true }],
  ['setRuleEnabled', { ruleId: '9'.repeat(16), enabled: true }],
  ['setRuleEnabled', { ruleId: '1', enabled: 'yes' }],
  ['removeRules', { ruleIds: [] }],
  ['removeRules', { ruleIds: Array.from({ length: 10_001 }, () => '1') }],
  ['restoreRules', { undoId: '' }],
  ['addRule', { ...input, subject: { kind: 'signer', text: 'x' } }],
  ['addRule', { ...input, lifetime: 'while-it-runs' }],
  ['addRule', { ...input, note: 'x'.repeat(2001) }],
  ['editRule', { ruleId: '3', subject: input.subject }],
  ['editRule', { ruleId: '3', protocol: 256 }],
  ['explainConnection', { path: '/x', address: '10.0.0.1' }],
  ['previewRule', { ...input, subject: { kind: 'seen', lineId: '0' } }],
  ['rehearseRule', { ...input, network: { kind: 'profile', profile: 'home' } }],
  ['readFindings', {}],
  ['setMode', { mode: 'off', until: null }],
  ['pause', { ruleId: null, minutes: 0 }],
  ['pause', { ruleId: null, minutes: 100_000 }],
  ['pauseProgram', { subject: { kind: 'path', text: '/a' }, minutes: 0 }],
  ['resume', {}],
  ['resetFactory', 1],
  ['clearAway', { awayIds: [1] }],
  ['pictureJournal', { text: null }],
  ['clearJournal', {}],
  ['showPrompt', 0],
];

describe('the calls', () => {
  test('have a schema each, and no more', () => {
    expect(Object.keys(callSchemas).toSorted()).toEqual(Object.keys(calls).toSorted());
  });

  test.each(Object.entries(good))('%s takes what it should', (name, input) => {
    expect(callSchemas[name as CallName].safeParse(input).success).toBe(true);
  });

  test('each have something that they refuse', () => {
    expect(new Set(bad.map(([name]) => name)).size).toBe(Object.keys(calls).length - 1);
  });

  test.each(bad)('%s refuses %j', (name, input) => {
    expect(callSchemas[name].safeParse(input).success).toBe(false);
  });

  test('readManager refuses an input', () => {
    expect(callSchemas.readManager.safeParse(1).success).toBe(false);
  });
});
