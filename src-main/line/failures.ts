/** What a call over a line gets that was not answered. */
import type { Result } from '../../src-preload/contract/model.ts';
import { refuse } from '../engine/result.ts';

export const tooLong: Result<never> = refuse('refused', 'This is too long to be told at once.');

/** The line broke after the call was sent. */
export const gone: Result<never> = refuse(
  'internal',
  'Portreeve ended before it answered. What was asked for is done whole or not at all; look before you try again.',
);

/** There was no line to send it over. */
export const notSent: Result<never> = refuse(
  'driver-lost',
  'Portreeve cannot be reached at the moment. Nothing was changed.',
);

export const answerTooLong: Result<never> = refuse(
  'refused',
  'The answer is too long. Ask for less at a time.',
);

export const tooMany: Result<never> = refuse(
  'refused',
  'Portreeve has too much to do at once. Try it again in a moment.',
);
