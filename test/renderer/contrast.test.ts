import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(
  path.resolve(import.meta.dirname, '../../src-renderer/theme/tokens.css'),
  'utf8',
);
const pattern = /--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/gu;
const colours = [...css.matchAll(pattern)].map(([, name, light, dark]) => ({ name, light, dark }));

const tokens = (scheme: 'light' | 'dark'): Map<string | undefined, string | undefined> =>
  new Map(colours.map((colour) => [colour.name, colour[scheme]]));

/** Relative luminance, WCAG 2.2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const grounds = ['ground', 'surface', 'sunken'];
const pairs = [
  ...['ink', 'quiet', 'faint'].flatMap((text) => grounds.map((ground) => [text, ground] as const)),
  ...['allow', 'block', 'held'].flatMap((verdict) =>
    [`${verdict}-soft`, 'surface'].map((ground) => [verdict, ground] as const),
  ),
  ['accent', 'surface'],
  ['accent', 'raised'],
  ['on-accent', 'accent'],
  ['mark-ink', 'mark-ground'],
  ['ink', 'selection'],
] as const;

describe.each([
  ['light', tokens('light')],
  ['dark', tokens('dark')],
])('%s colours', (_scheme, colours) => {
  it.each(pairs)('%s on %s can be read', (text, ground) => {
    expect(contrast(colours.get(text) ?? '', colours.get(ground) ?? '')).toBeGreaterThanOrEqual(
      4.5,
    );
  });
});
