/** The registry as Wine keeps it in its files, and what two of them differ in. */

/** Values by key; the name of a value is as in the text, "@" for the one without a name. */
export type Registry = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** `text`: "[key] time" lines, each with lines of values; a value may go on after a backslash. */
export function parseRegistry(text: string): Registry {
  const keys = new Map<string, Map<string, string>>();
  let values = new Map<string, string>();
  const lines = text
    .replaceAll('\r', '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  for (const line of lines) {
    const key = /^\[(.+)\](?: \d+)?$/.exec(line)?.[1];
    if (key !== undefined) {
      values = new Map();
      keys.set(key, values);
    }
    const [, name, value] = /^("(?:[^"\\]|\\.)*"|@)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) values.set(name, value ?? '');
  }
  return keys;
}

/** One line for each key or value that is new, gone or another. */
export function registryDifferences(before: Registry, after: Registry): string[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].flatMap((key) => {
    const [old, now] = [before.get(key), after.get(key)];
    if (old === undefined) return [`new key ${key}`, ...valueDifferences(key, new Map(), now)];
    if (now === undefined) return [`key is gone: ${key}`];
    return valueDifferences(key, old, now);
  });
}

function valueDifferences(
  key: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string> = new Map(),
): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `${key} ${name}: ${before.get(name) ?? '-'} -> ${after.get(name) ?? '-'}`);
}
