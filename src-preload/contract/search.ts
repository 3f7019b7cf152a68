/**
 * What people write into the manager's search: words, and `key:value` for what they know more exactly. Main filters by it,
 * and the pages say what of it was not understood.
 */
export const searchKeys = ['app', 'to', 'port', 'verdict', 'since', 'until', 'by', 'is'] as const;
export type SearchKey = (typeof searchKeys)[number];

/** All terms have to be met. Without a key it is a word that may stand anywhere. Values are in lower case. */
export interface SearchTerm {
  readonly key: SearchKey | null;
  readonly value: string;
}

/** Values of keys that take one of a few words. */
export const searchWords = {
  verdict: ['allow', 'block'],
  by: [
    'rule',
    'answer',
    'mode',
    'driver',
    'prompt',
    'person',
    'learned',
    'imported',
    'factory',
    'managed',
  ],
  is: ['on', 'off', 'review', 'outbound', 'inbound', 'both'],
} as const;

const token = /(?:([a-z]+)[:\uff1a])?(?:"([^"]*)"?|(\S+))/giu;

/** The terms of a search. A key without a value is still being written, so it asks for nothing. */
export function parseSearch(text: string): SearchTerm[] {
  const terms: SearchTerm[] = [];
  for (const [whole, named = '', quoted, plain] of text.toLowerCase().matchAll(token)) {
    const value = quoted ?? plain ?? '';
    const key = isSearchKey(named) ? named : null;
    // An address has colons as well.
    const term = { key, value: key === null && named !== '' ? whole : value };
    if (term.value !== '' && !isOpen(term)) terms.push(term);
  }
  return terms;
}

function isOpen({ key, value }: SearchTerm): boolean {
  return key === null && /[:\uff1a]$/u.test(value) && isSearchKey(value.slice(0, -1));
}

function isSearchKey(text: string): text is SearchKey {
  return (searchKeys as readonly string[]).includes(text);
}

/** Whether the value can be one of its key: others match nothing. */
export function isUnderstood({ key, value }: SearchTerm): boolean {
  if (key === 'port') return /^\d{1,5}$/u.test(value) && Number(value) <= 65_535;
  if (key === 'since' || key === 'until') return sinceTime(value, 0) !== null;
  if (key !== 'verdict' && key !== 'by' && key !== 'is') return true;
  return (searchWords[key] as readonly string[]).includes(value);
}

const units: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * When `30m`, `24h`, `7d`, `2w`, `today`, `yesterday`, or what `timeText` writes, or a date alone began, in ms since 1970;
 * null where it is none of these. Days are those of this computer.
 */
export function sinceTime(value: string, now: number): number | null {
  return spanOf(value, now)?.[0] ?? null;
}

/** When that ended: a day with the next midnight; a time has no length. */
export function untilTime(value: string, now: number): number | null {
  return spanOf(value, now)?.[1] ?? null;
}

function spanOf(value: string, now: number): readonly [number, number] | null {
  const past = /^(\d{1,4})([mhdw])$/u.exec(value);
  if (past !== null) return moment(now - Number(past[1]) * (units[past[2] ?? ''] ?? 0));
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (value === 'today') return dayOf(midnight);
  if (value === 'yesterday')
    return dayOf(new Date(midnight).setDate(new Date(midnight).getDate() - 1));
  const date = /^(\d{4})-(\d{2})-(\d{2})(?:t(\d{2}):(\d{2}))?$/iu.exec(value);
  if (date === null) return null;
  const [year = 0, month = 0, day = 0, hour, minute] = date.slice(1).map(Number);
  const start = new Date(year, month - 1, day);
  if (start.getMonth() !== month - 1 || start.getDate() !== day) return null;
  if (date[4] === undefined) return dayOf(start.getTime());
  return (hour ?? 0) > 23 || (minute ?? 0) > 59 ? null : moment(start.setHours(hour ?? 0, minute));
}

const moment = (time: number): readonly [number, number] => [time, time];

/** With the hour that a change of clocks takes or gives. */
function dayOf(midnight: number): readonly [number, number] {
  const next = new Date(midnight);
  return [midnight, next.setDate(next.getDate() + 1)];
}

/** A minute of this computer's clock as `since:` and `until:` read it: `2026-11-27T14:05`. */
export function timeText(time: number): string {
  const date = new Date(time);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
