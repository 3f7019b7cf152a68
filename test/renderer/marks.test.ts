import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { markPaths } from '../../src-renderer/mark-paths.ts';

describe('the marks in assets/', () => {
  it.each(Object.keys(markPaths) as (keyof typeof markPaths)[])(
    '%s.svg is drawn as in the pages',
    (name) => {
      const svg = readFileSync(
        path.resolve(import.meta.dirname, `../../assets/marks/${name}.svg`),
        'utf8',
      );
      expect([...svg.matchAll(/ d="([^"]+)"/gu)].map((match) => match[1])).toEqual([
        ...markPaths[name],
      ]);
    },
  );
});
