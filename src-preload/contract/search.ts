/**
 * What people write into the manager's search: words, and `key:value` for what they know more exactly. Main filters by it,
 * and the pages say what of it was not understood.
 */
export const searchKeys = ['app', 'to', 'port', 'verdict', 'since', 'by', 'is'] as const;
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
  if (key === 'since') return sinceTime(value, 0) !== null;
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
 * When `30m`, `24h`, `7d`, `2w`, `today`, `yesterday` or a date such as `2026-11-01` began, in ms since 1970; null where it
 * is none of these. Days are those of this computer.
 */
export function sinceTime(value: string, now: number): number | null {
  const past = /^(\d{1,4})([mhdw])$/u.exec(value);
  if (past !== null) return now - Number(past[1]) * (units[past[2] ?? ''] ?? 0);
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (value === 'today') return midnight;
  if (value === 'yesterday') return new Date(midnight).setDate(new Date(midnight).getDate() - 1);
  const date = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(value);
  if (date === null) return null;
  const day = new Date(Number(date[1]), Number(date[2]) - 1, Number(date[3]));
  const exists = day.getMonth() === Number(date[2]) - 1 && day.getDate() === Number(date[3]);
  return exists ? day.getTime() : null;
}
