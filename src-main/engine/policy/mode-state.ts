/** The mode and its pauses as they are kept. */
import type { ModeName } from '../../../src-preload/contract/rules.ts';
import type { Subject } from '../ports.ts';

/** Lets everything of a subject pass, or everything at all, whatever rules say. Ends by itself. */
export interface Pause {
  readonly pauseId: string;
  /** Null for everything. */
  readonly subject: Subject | null;
  readonly startedAt: number;
  readonly until: number;
}

export interface ModeState {
  readonly mode: ModeName;
  readonly startedAt: number;
  /** When the mode gives way to `ask`; null for never. */
  readonly until: number | null;
  readonly pauses: readonly Pause[];
}

/** A clock that was set back this far is no clock to go by: shorter, never longer. */
const CLOCK_SLACK_MS = 60_000;

/** Whether what was to last from one time to the other has ended. */
export function isOver(
  { startedAt, until }: { readonly startedAt: number; readonly until: number },
  now: number,
): boolean {
  return until <= now || now < startedAt - CLOCK_SLACK_MS;
}
