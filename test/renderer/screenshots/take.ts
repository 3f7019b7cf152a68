/**
 * Writes a picture of every state of both windows to build/screenshots, in light and dark, English and Chinese. Run:
 * `node test/renderer/screenshots/take.ts [what ...]`, with any of
 * - a regular expression for names: `'^prompt-.*dark'`;
 * - the size of the window at 100 %: `1180x780`;
 * - Windows' scaling: `@1.5`. The window is as large on the screen, and so has fewer pixels of the page's own;
 * - `contrast`: Windows' contrast themes instead.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import { root, startPages } from '../pages.ts';
import { managerShots } from './manager-shots.ts';
import { promptShots } from './prompt-shots.ts';
import type { Shot } from './shot.ts';

interface Look extends BrowserContextOptions {
  readonly label: string;
}

const looks: readonly Look[] = [
  { label: 'light-en', colorScheme: 'light', locale: 'en-US' },
  { label: 'dark-en', colorScheme: 'dark', locale: 'en-US' },
  { label: 'light-zh', colorScheme: 'light', locale: 'zh-CN' },
  { label: 'dark-zh', colorScheme: 'dark', locale: 'zh-CN' },
];
const contrast: readonly Look[] = [
  { label: 'contrast-light', forcedColors: 'active', colorScheme: 'light' },
  { label: 'contrast-dark', forcedColors: 'active', colorScheme: 'dark' },
];

interface Wanted {
  readonly name: RegExp;
  readonly looks: readonly Look[];
  readonly size: { readonly width: number; readonly height: number };
  /** Null: as large as at 100 %, but sharper. */
  readonly scale: number | null;
}

function wantedOf(words: readonly string[]): Wanted {
  const isSize = /^\d+x\d+$/u;
  const isScale = /^@[\d.]+$/u;
  const size = words.find((word) => isSize.test(word)) ?? '900x760';
  const scale = words.find((word) => isScale.test(word));
  const rest = words.filter(
    (word) => word !== 'contrast' && !isSize.test(word) && !isScale.test(word),
  );
  const [width = 0, height = 0] = size.split('x').map(Number);
  return {
    name: new RegExp(rest[0] ?? '', 'u'),
    looks: words.includes('contrast') ? contrast : looks,
    size: { width, height },
    scale: scale === undefined ? null : Number(scale.slice(1)),
  };
}

function contextOf({ size, scale }: Wanted): BrowserContextOptions {
  const [width, height] = [size.width, size.height].map((all) => Math.floor(all / (scale ?? 1)));
  return { deviceScaleFactor: scale ?? 1.5, viewport: { width: width!, height: height! } };
}

const wanted = wantedOf(process.argv.slice(2));
const folder = path.join(root, 'build/screenshots');
mkdirSync(folder, { recursive: true });
const pages = await startPages();

async function take(shot: Shot, name: string, look: BrowserContextOptions): Promise<void> {
  const context = { ...look, ...contextOf(wanted) };
  const { page, problems } = await pages.open({ ...shot, context });
  await page.waitForTimeout(150);
  await shot.act?.(page);
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
  for (const problem of problems) process.stderr.write(`${name}: ${problem}\n`);
  await page.context().close();
}

const all = (): readonly Shot[] => [...promptShots(), ...managerShots()];
const end = wanted.scale === null ? '' : `@${String(wanted.scale)}`;
for (const { label, ...look } of wanted.looks) {
  for (const place of all().keys()) {
    const shot = all()[place]!;
    const name = `${shot.name}-${label}${end}`;
    if (wanted.name.test(name)) await take(shot, name, look);
  }
}
await pages.close();
