import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { chinese } from '../../src-renderer/i18n/chinese.ts';
import { english } from '../../src-renderer/i18n/english.ts';

function flatten(words: object, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(words) as [string, unknown][]) {
    if (typeof value === 'string') flat.set(prefix + key, value);
    else
      for (const [inner, text] of flatten(value as object, `${prefix}${key}.`))
        flat.set(inner, text);
  }
  return flat;
}

const slots = (text: string): string[] => (text.match(/\{\{\w+|<\w+/gu) ?? []).toSorted();
const en = flatten(english);
const zh = flatten(chinese);

function sources(): string {
  const folder = path.resolve(import.meta.dirname, '../../src-renderer');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.tsx') || (file.endsWith('.ts') && !file.startsWith('i18n')))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'))
    .join('\n');
}

describe('languages', () => {
  it('have the same keys', () => {
    expect([...zh.keys()].toSorted()).toEqual([...en.keys()].toSorted());
  });

  it('have the same slots in every sentence', () => {
    for (const [key, text] of en) {
      // English writes "one" as a word; Chinese as a figure or without it.
      if (/_(one|zero)$/u.test(key)) continue;
      expect(slots(zh.get(key) ?? ''), key).toEqual(slots(text));
    }
  });

  it('are written: no text is empty, and none of the Chinese is left in English', () => {
    for (const [key, text] of en) expect(text, key).not.toBe('');
    const names = new Set(['manager.windowTitle']);
    for (const [key, text] of zh) if (!names.has(key)) expect(text, key).toMatch(/\p{Script=Han}/u);
  });

  it('have no words that no page uses', () => {
    const code = sources();
    const used = (key: string): boolean => {
      const plain = key.replace(/_(zero|one|other)$/u, '');
      const group = plain.slice(0, plain.lastIndexOf('.'));
      return code.includes(`'${plain}'`) || code.includes(`"${plain}"`) || isComputed(code, group);
    };
    expect([...en.keys()].filter((key) => !used(key))).toEqual([]);
  });
});

/** A key that is put together in the code: `scope.${scope}`, `driver.lost.${cause}.reason`. */
function isComputed(code: string, group: string): boolean {
  const parents = group.split('.').map((_, place, parts) => parts.slice(0, place + 1).join('.'));
  return parents.some((parent) => code.includes(`\`${parent}.\${`));
}
