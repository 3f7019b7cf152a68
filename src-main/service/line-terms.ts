/** What may be said over a line, and how much of it: administrators' windows get everything, an agent its own cards. */
import type { EventName } from '../../src-preload/contract/calls.ts';
import type { Caller } from '../../src-preload/contract/command-line.ts';
import { MAX_FRAME_BYTES } from '../line/frames.ts';

export interface LineTerms {
  /** What a caller may call itself. */
  readonly roles: readonly Caller[];
  readonly events: readonly EventName[];
  /** Of one call, as JSON. */
  readonly maxCallBytes: number;
  /** Counted until their results are read. */
  readonly maxCallsAtOnce: number;
  /** Those that have proved who they are; others are not even greeted while so many are there. */
  readonly maxCallers: number;
  /** Once they are there nobody can connect any more, for as long as the line lasts. */
  readonly closesWhenFull: boolean;
}

export const administratorTerms: LineTerms = {
  roles: ['prompt', 'manager'],
  events: ['promptChanged', 'managerChanged'],
  maxCallBytes: MAX_FRAME_BYTES,
  maxCallsAtOnce: 64,
  // One for each administrator who is signed in.
  maxCallers: 16,
  closesWhenFull: false,
};

export const agentTerms: LineTerms = {
  roles: ['answerer'],
  events: ['promptChanged'],
  maxCallBytes: 4096,
  maxCallsAtOnce: 8,
  maxCallers: 1,
  closesWhenFull: true,
};
