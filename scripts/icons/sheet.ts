/**
 * `npm run icons -- --sheet`: a picture of every icon of the tray on both taskbars, in the pixels that Windows shows, to be
 * looked at: docs/screenshot-tray.png.
 */
import { Resvg } from '@resvg/resvg-js';
import { drawing, taskbars, trayIconNames } from './drawings.ts';

const shown = [16, 20, 32, 48];
const column = 64;
const band = { light: '#eef3f8', dark: '#1c2026' };
const left = 16;

/** Real rasters, enlarged by nothing: what is not clear here is not clear in the tray. */
export function sheet(rasterize: (svg: string, size: number) => Buffer): Buffer {
  const names = trayIconNames().filter((name) => !/^(?:waiting-[3-8]|paused-[2-5])/u.test(name));
  const rowHeight = shown.reduce((sum, size) => sum + size + 14, 18);
  const width = left * 2 + names.length * column;
  const bands = taskbars.map((taskbar, row) => {
    const top = row * rowHeight;
    const icons = names.flatMap((name, place) => {
      let y = top + 18;
      return shown.map((size) => {
        const png = rasterize(drawing(name, taskbar), size).toString('base64');
        const x = left + place * column + Math.floor((column - size) / 2);
        const at = `x="${x}" y="${y}" width="${size}" height="${size}"`;
        y += size + 14;
        return `<image ${at} href="data:image/png;base64,${png}" image-rendering="optimizeSpeed"/>`;
      });
    });
    const ground = `<rect y="${top}" width="${width}" height="${rowHeight}" fill="${band[taskbar]}"/>`;
    return ground + icons.join('');
  });
  const height = rowHeight * taskbars.length;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">`;
  return new Resvg(`${open}${bands.join('')}</svg>`).render().asPng();
}
