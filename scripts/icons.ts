/**
 * `npm run icons [-- --check | --sheet]`: makes assets/icon.ico and assets/tray/*.ico from their SVG files. With --check nothing is
 * written, and files that are missing, different or left over are named.
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { Data } from 'resedit';
import { drawing, taskbars, trayIconNames } from './icons/drawings.ts';
import { sheet } from './icons/sheet.ts';
import { root } from './process.ts';

/** What Windows asks for: the tray at 100 to 300 %, lists, and large tiles. */
const sizes = [16, 20, 24, 32, 40, 48, 64, 128, 256];
const trayFolder = 'assets/tray';

/** A PNG of `svg`, `size` pixels wide and high. */
export function rasterize(svg: string, size: number): Buffer {
  return new Resvg(svg, { fitTo: { mode: 'width', value: size } }).render().asPng();
}

/** An ICO file with a PNG for each size (Windows Vista and later). */
function icon(svg: string): Buffer {
  const file = new Data.IconFile();
  for (const size of sizes) {
    const png = rasterize(svg, size);
    const bytes = png.buffer.slice(png.byteOffset, png.byteOffset + png.length) as ArrayBuffer;
    const data = Data.RawIconItem.from(bytes, size, size, 32);
    file.icons.push({ width: size, height: size, colors: 0, planes: 1, bitCount: 32, data });
  }
  return Buffer.from(file.generate());
}

/** Every icon by its path from the root. */
function allIcons(): Map<string, Buffer> {
  const icons = new Map([
    ['assets/icon.ico', icon(readFileSync(path.join(root, 'assets/icon.svg'), 'utf8'))],
  ]);
  for (const taskbar of taskbars) {
    for (const name of trayIconNames()) {
      icons.set(`${trayFolder}/${name}-${taskbar}.ico`, icon(drawing(name, taskbar)));
    }
  }
  return icons;
}

function leftOver(icons: ReadonlyMap<string, Buffer>): string[] {
  return readdirSync(path.join(root, trayFolder))
    .filter((name) => name.endsWith('.ico'))
    .map((name) => `${trayFolder}/${name}`)
    .filter((name) => !icons.has(name));
}

function isCurrent(file: string, bytes: Buffer): boolean {
  try {
    return readFileSync(path.join(root, file)).equals(bytes);
  } catch {
    return false;
  }
}

function main(): number {
  if (process.argv.includes('--sheet')) {
    writeFileSync(path.join(root, 'docs/screenshot-tray.png'), sheet(rasterize));
    return 0;
  }
  const icons = allIcons();
  const old = leftOver(icons);
  if (process.argv.includes('--check')) {
    const stale = [...icons].filter(([file, bytes]) => !isCurrent(file, bytes));
    const wrong = [...stale.map(([file]) => file), ...old];
    if (wrong.length > 0) process.stderr.write(`run "npm run icons": ${wrong.join(', ')}\n`);
    return wrong.length > 0 ? 1 : 0;
  }
  mkdirSync(path.join(root, trayFolder), { recursive: true });
  for (const file of old) rmSync(path.join(root, file));
  for (const [file, bytes] of icons) writeFileSync(path.join(root, file), bytes);
  process.stdout.write(`${icons.size} icons\n`);
  return 0;
}

if (import.meta.main) process.exitCode = main();
