/** When connections were allowed and blocked, as a picture of some bars. */
import type { JournalTimes } from '../../../src-preload/contract/rules.ts';
import type { JournalLine } from './journal-line.ts';

export const TIME_PARTS = 48;
export const MINUTE_MS = 60_000;
/** No bar is shorter than a minute. */
const SHORTEST_MS = TIME_PARTS * MINUTE_MS;

/** Connections of about one time that ended in the same way. */
export type Moment = Pick<JournalLine, 'at' | 'verdict' | 'count'>;

/** From the oldest moment to now; null where there is none. */
export function timesOf(moments: readonly Moment[], now: number): JournalTimes | null {
  const oldest = moments.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  if (oldest === Number.POSITIVE_INFINITY) return null;
  const from = Math.min(oldest, now - SHORTEST_MS);
  const allowed = Array.from({ length: TIME_PARTS }, () => 0);
  const blocked = Array.from({ length: TIME_PARTS }, () => 0);
  for (const { at, verdict, count } of moments) {
    const share = (Math.min(at, now) - from) / (now - from);
    const part = Math.min(TIME_PARTS - 1, Math.floor(share * TIME_PARTS));
    const bars = verdict === 'allow' ? allowed : blocked;
    bars[part] = (bars[part] ?? 0) + count;
  }
  return { from, to: now, allowed, blocked };
}
