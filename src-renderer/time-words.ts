/** Times for people, in the language of the page. */

const steps = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** "5 minutes ago"; `now` and `time` are ms since 1970. The future counts as now. */
export function timeAgo(time: number, language: string, now = Date.now()): string {
  const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const past = Math.max(0, now - time);
  for (const [unit, length] of steps) {
    if (past >= length) return words.format(-Math.floor(past / length), unit);
  }
  return words.format(0, 'second');
}

/** The time of day, with the date where it is not within the next day. */
export function shortTime(time: number, language: string, now = Date.now()): string {
  const near = Math.abs(time - now) < 86_400_000;
  const style = near ? {} : ({ dateStyle: 'short' } as const);
  return new Intl.DateTimeFormat(language, { ...style, timeStyle: 'short' }).format(time);
}

/** Date and time of day, to the minute, for sentences. */
export function dayTime(time: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(
    time,
  );
}

/** To the second, for tooltips. */
export function exactTime(time: number, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }).format(
    time,
  );
}
