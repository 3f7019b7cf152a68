/** What the prompt of a standard user may call, where an administrator lets it answer for its own programs (ADR 0079). */
import type { CallNameOf } from './calls.ts';
import type { Lifetime } from './model.ts';

export const answererCalls = [
  'readPrompt',
  'answerPrompt',
  'postponePrompt',
  'touchPrompt',
  'undoAnswer',
] as const satisfies readonly CallNameOf<'prompt'>[];

export type AnswererCall = (typeof answererCalls)[number];

/** Nothing of theirs outlives the processes that asked. */
export const answererLifetimes: readonly Lifetime[] = ['once', 'while-it-runs'];
