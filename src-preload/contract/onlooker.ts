/** What a standard user's window may call, where an administrator lets it look (ADR 0078). It changes and answers nothing. */
import type { CallNameOf } from './calls.ts';

export const onlookerCalls = [
  'readManager',
  'listRules',
] as const satisfies readonly CallNameOf<'manager'>[];

export type OnlookerCall = (typeof onlookerCalls)[number];

/** Of what is shown: an administrator's Portreeve has written it down at this time. */
export interface OnlookerView {
  readonly writtenAt: number;
  /** Rules for programs in somebody's own folder, which only that user would see. */
  readonly leftOut: number;
}
