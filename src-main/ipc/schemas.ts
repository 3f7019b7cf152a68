/**
 * What every call's input must look like, with bounds. The router asks these before any handler runs; a call that has
 * no schema, or one that does not fit the contract's type, does not compile.
 */
import { z } from 'zod';

import type { CallName, InputOf } from '../../src-preload/contract/calls.ts';

const MAX_TEXT = 256;
const MAX_PAGE = 500;
const MAX_OFFSET = 10_000_000;
const MAX_IDS = 10_000;

const id = z.string().min(1).max(64);
/** A number in the store, as text. */
const numericId = z.string().regex(/^[1-9]\d{0,14}$/);
const offset = z.int().min(0).max(MAX_OFFSET);

const nothing = z.null();
const cardId = z.strictObject({ cardId: id });
const undoId = z.strictObject({ undoId: id });

type Schemas = { readonly [Name in CallName]: z.ZodType<InputOf<Name>> };

export const callSchemas = {
  readPrompt: nothing,
  answerPrompt: z.strictObject({
    cardId: id,
    revision: z.int().min(1),
    verdict: z.enum(['allow', 'block']),
    scope: z.enum(['address-port', 'address', 'anything']),
    lifetime: z.enum(['once', 'while-it-runs', 'until-restart', 'always']),
  }),
  postponePrompt: cardId,
  touchPrompt: cardId,
  undoAnswer: undoId,
  resizePrompt: z.strictObject({ height: z.number().min(0).max(20_000) }),

  readManager: nothing,
  listRules: z.strictObject({
    text: z.string().max(MAX_TEXT),
    offset,
    limit: z.int().min(1).max(MAX_PAGE),
  }),
  setRuleEnabled: z.strictObject({ ruleId: numericId, enabled: z.boolean() }),
  removeRules: z.strictObject({ ruleIds: z.array(numericId).min(1).max(MAX_IDS) }),
  restoreRules: undoId,
  clearAway: z.strictObject({ awayIds: z.array(numericId).max(MAX_IDS) }),
  showPrompt: nothing,
} as const satisfies Schemas;
