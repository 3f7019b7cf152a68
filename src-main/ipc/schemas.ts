/**
 * What every call's input must look like, with bounds. The router asks these before any handler runs; a call that has
 * no schema, or one that does not fit the contract's type, does not compile.
 */
import { z } from 'zod';

import type { CallName, InputOf } from '../../src-preload/contract/calls.ts';
import { MAX_TEXT as MAX_FILE_TEXT } from '../engine/exchange/format.ts';

const MAX_TEXT = 256;
const MAX_PAGE = 500;
const MAX_JOURNAL = 10_000;
const MAX_OFFSET = 10_000_000;
const MAX_IDS = 10_000;
/** In UTF-16 units, as Windows counts a path. */
const MAX_PATH = 32_767;
const MAX_NOTE = 2000;
/** A year. */
const MAX_MINUTES = 525_600;
const MAX_PAUSE_MINUTES = 1440;

const id = z.string().min(1).max(64);
/** A number in the store, as text. */
const numericId = z.string().regex(/^[1-9]\d{0,14}$/);
const offset = z.int().min(0).max(MAX_OFFSET);

const nothing = z.null();
const cardId = z.strictObject({ cardId: id });
const undoId = z.strictObject({ undoId: id });

const port = z.int().min(0).max(65_535);
const longText = z.string().max(MAX_PATH);
const subject = z.union([
  z.strictObject({ kind: z.literal('anything') }),
  z.strictObject({
    kind: z.enum(['path', 'path-pattern', 'hash', 'service', 'package']),
    text: longText,
  }),
  z.strictObject({ kind: z.literal('interpreter-script'), text: longText, script: longText }),
]);
const terms = {
  withChildren: z.boolean(),
  verdict: z.enum(['allow', 'block', 'drop']),
  place: z.string().max(MAX_TEXT),
  ports: z.string().max(MAX_TEXT),
  protocol: z.int().min(0).max(255).nullable(),
  direction: z.enum(['outbound', 'inbound', 'both']),
  network: z
    .union([
      z.strictObject({
        kind: z.literal('profile'),
        profile: z.enum(['public', 'private', 'domain']),
      }),
      z.strictObject({ kind: z.literal('network'), id: z.string().min(1).max(MAX_TEXT) }),
    ])
    .nullable(),
  lifetime: z.enum(['minutes', 'until-sign-out', 'until-restart', 'always']),
  minutes: z.int().min(1).max(MAX_MINUTES).nullable(),
  note: z.string().max(MAX_NOTE),
};
const ruleInput = z.strictObject({
  subject: z.union([subject, z.strictObject({ kind: z.literal('seen'), lineId: numericId })]),
  ...terms,
});
const partialTerms = {
  withChildren: terms.withChildren.exactOptional(),
  verdict: terms.verdict.exactOptional(),
  place: terms.place.exactOptional(),
  ports: terms.ports.exactOptional(),
  protocol: terms.protocol.exactOptional(),
  direction: terms.direction.exactOptional(),
  network: terms.network.exactOptional(),
  lifetime: terms.lifetime.exactOptional(),
  minutes: terms.minutes.exactOptional(),
  note: terms.note.exactOptional(),
};

const ruleEdit = z.strictObject({ ruleId: numericId, ...partialTerms });
const draft = z.union([ruleInput, ruleEdit]);

type Schemas = { readonly [Name in CallName]: z.ZodType<InputOf<Name>> };

export const callSchemas = {
  readPrompt: nothing,
  answerPrompt: z.strictObject({
    cardId: id,
    revision: z.int().min(1),
    verdict: z.enum(['allow', 'block']),
    scope: z.enum(['address-port', 'address', 'host', 'domain', 'anything']),
    lifetime: z.enum(['once', 'while-it-runs', 'until-restart', 'always']),
  }),
  postponePrompt: cardId,
  touchPrompt: cardId,
  undoAnswer: undoId,
  resizePrompt: z.strictObject({ height: z.number().min(0).max(20_000) }),
  notePainted: cardId,

  readManager: nothing,
  listRules: z.strictObject({
    text: z.string().max(MAX_TEXT),
    offset,
    limit: z.int().min(1).max(MAX_PAGE),
  }),
  setRuleEnabled: z.strictObject({ ruleId: numericId, enabled: z.boolean() }),
  removeRules: z.strictObject({ ruleIds: z.array(numericId).min(1).max(MAX_IDS) }),
  restoreRules: undoId,
  addRule: ruleInput,
  editRule: ruleEdit,
  explainConnection: z.strictObject({
    path: longText.min(1),
    script: longText,
    address: z.string().max(64),
    hostName: z.string().max(MAX_TEXT),
    port,
    protocol: z.int().min(0).max(255),
    direction: z.enum(['outbound', 'inbound']),
  }),
  previewRule: draft,
  rehearseRule: draft,
  readFindings: nothing,
  setMode: z.strictObject({
    mode: z.enum(['ask', 'learn', 'block', 'lockdown']),
    until: z.int().min(0).nullable(),
  }),
  pause: z.strictObject({
    ruleId: numericId.nullable(),
    minutes: z.int().min(1).max(MAX_PAUSE_MINUTES),
  }),
  pauseProgram: z.strictObject({ subject, minutes: z.int().min(1).max(MAX_PAUSE_MINUTES) }),
  resume: z.strictObject({ pauseId: id }),
  resetFactory: nothing,
  exportRules: z.strictObject({ ruleIds: z.array(numericId).max(MAX_IDS).nullable() }),
  importRules: z.strictObject({ text: z.string().max(MAX_FILE_TEXT), dryRun: z.boolean() }),
  readJournal: z.strictObject({
    limit: z.int().min(1).max(MAX_JOURNAL),
    text: z.string().max(MAX_TEXT).exactOptional(),
    before: numericId.exactOptional(),
  }),
  pictureJournal: z.strictObject({ text: z.string().max(MAX_TEXT) }),
  clearJournal: nothing,
  clearAway: z.strictObject({ awayIds: z.array(numericId).max(MAX_IDS) }),
  addBlocklist: z.strictObject({
    name: z.string().trim().min(1).max(80),
    source: z.string().trim().min(1).max(2048),
  }),
  setBlocklistEnabled: z.strictObject({ listId: numericId, enabled: z.boolean() }),
  updateBlocklist: z.strictObject({ listId: numericId }),
  removeBlocklist: z.strictObject({ listId: numericId }),
  retryStore: nothing,
  listBackups: nothing,
  makeBackup: nothing,
  restoreBackup: z.strictObject({ backupId: id }),
  startWithoutRules: nothing,
  setNoClient: z.strictObject({ verdict: z.enum(['allow', 'block']) }),
  readSettings: nothing,
  setAutostart: z.strictObject({ on: z.boolean() }),
  setBootLockdown: z.strictObject({ on: z.boolean() }),
  setOnlookers: z.strictObject({ on: z.boolean() }),
  setAnswerers: z.strictObject({ on: z.boolean() }),
  startAnew: nothing,
  setAppearance: z.strictObject({
    theme: z.enum(['system', 'light', 'dark']),
    language: z.enum(['system', 'en', 'zh-CN']),
  }),
  setUpdates: z.strictObject({ on: z.boolean() }),
  runUpdate: z.strictObject({ step: z.enum(['look', 'download', 'install', 'cancel']) }),
  readDiagnostics: z.strictObject({ withNames: z.boolean() }),
  startSelfTest: nothing,
  stopSelfTest: nothing,
  saveFile: z.strictObject({
    name: z.string().regex(/^[\w-]{1,60}\.json$/),
    text: z.string().max(MAX_FILE_TEXT),
  }),
  showPrompt: nothing,
} as const satisfies Schemas;
