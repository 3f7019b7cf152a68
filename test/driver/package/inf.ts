/** Reads an INF ("General Syntax Rules for INF Files"), as strictly as Microsoft's InfVerif does: throws for what it can't read. */

export interface Entry {
  /** Empty for a line without "=". */
  readonly key: string;
  readonly values: readonly string[];
}

/** Sections by their names in lower case. */
export type Inf = ReadonlyMap<string, readonly Entry[]>;

export function readInf(text: string): Inf {
  const sections = new Map<string, Entry[]>();
  let current: Entry[] | null = null;
  for (const line of text.split('\r\n').map(withoutComment)) {
    if (line === '') continue;
    const header = /^\[([A-Za-z0-9_. ]+)\]$/.exec(line);
    if (header === null) {
      if (current === null) throw new Error(`outside of any section: ${line}`);
      current.push(entryOf(line));
      continue;
    }
    const name = (header[1] ?? '').toLowerCase();
    if (sections.has(name)) throw new Error(`[${name}] is there twice`);
    current = [];
    sections.set(name, current);
  }
  return sections;
}

function withoutComment(line: string): string {
  return line.replace(/^((?:[^";]|"[^"]*")*);.*$/, '$1').trim();
}

function entryOf(line: string): Entry {
  const [, key, rest = ''] = /^(?:([^="]+?)\s*=)?\s*(.*)$/.exec(line) ?? [];
  return { key: key ?? '', values: fieldsOf(rest) };
}

/** Fields are separated by commas; quotes keep commas and blanks. */
function fieldsOf(text: string): string[] {
  const fields = [...text.matchAll(/\s*("(?:[^"]|"")*"|[^,"]*?)\s*(?:,|$)/g)];
  const read = fields.map((field) => (field[1] ?? '').replaceAll(/^"|"$/g, ''));
  // The expression also matches the emptiness after the last field.
  return text.endsWith(',') || read.length === 1 ? read : read.slice(0, -1);
}

export function section(inf: Inf, name: string): readonly Entry[] {
  const found = inf.get(name.toLowerCase());
  if (found === undefined) throw new Error(`there is no [${name}]`);
  return found;
}

/** The only entry of this key; throws when there is none, or more than one. */
export function values(entries: readonly Entry[], key: string): readonly string[] {
  const found = entries.filter((entry) => entry.key.toLowerCase() === key.toLowerCase());
  if (found.length !== 1) throw new Error(`${key} is there ${found.length} times`);
  return found[0]?.values ?? [];
}

export function value(entries: readonly Entry[], key: string): string {
  const found = values(entries, key);
  if (found.length !== 1) throw new Error(`${key} has ${found.length} values`);
  return found[0] ?? '';
}
