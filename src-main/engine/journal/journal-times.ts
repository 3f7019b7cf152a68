/** When connections were allowed and blocked, as a picture of some bars. */
import type { JournalTimes } from '../../../src-preload/contract/rules.ts';
import type { SavedLine } from './journal-line.ts';

export const TIME_PARTS = 48;
/** No bar is shorter than a minute. */
const SHORTEST_MS = TIME_PARTS * 60_000;

/** From the oldest line to now; null where there is none. A line counts at the time of its last connection. */
export function timesOf(lines: readonly SavedLine[], now: number): JournalTimes | null {
  const oldest = lines.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY);
  if (oldest === Number.POSITIVE_INFINITY) return null;
  const from = Math.min(oldest, now - SHORTEST_MS);
  const allowed = Array.from({ length: TIME_PARTS }, () => 0);
  const blocked = Array.from({ length: TIME_PARTS }, () => 0);
  for (const { at, verdict, count } of lines) {
    const share = (Math.min(at, now) - from) / (now - from);
    const part = Math.min(TIME_PARTS - 1, Math.floor(share * TIME_PARTS));
    const bars = verdict === 'allow' ? allowed : blocked;
    bars[part] = (bars[part] ?? 0) + count;
  }
  return { from, to: now, allowed, blocked };
}
