/** Every icon of the tray as an SVG text: the files of assets/tray/svg in the colours of a taskbar, with what is counted. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type TrayIconName, maxCount, pauseSteps } from '../../src-main/shell/desktop/tray-icon.ts';
import { root } from '../process.ts';

export type Taskbar = 'light' | 'dark';
export const taskbars: readonly Taskbar[] = ['light', 'dark'];

interface Colours {
  readonly ink: string;
  readonly held: string;
  readonly onHeld: string;
  readonly block: string;
  readonly learned: string;
}

const colours: Readonly<Record<Taskbar, Colours>> = {
  light: {
    ink: '#18202a',
    held: '#c97a00',
    onHeld: '#ffffff',
    block: '#b93418',
    learned: '#7a3fc4',
  },
  dark: {
    ink: '#ffffff',
    held: '#f1b552',
    onHeld: '#1b1405',
    block: '#ff8566',
    learned: '#c9a4ff',
  },
};

/** Strokes of one unit on a grid of 3 by 5, so that they are whole pixels at 16. */
const digits: Readonly<Record<string, string>> = {
  '1': 'M.5.5h1v4M0 4.5h3',
  '2': 'M0 .5h2.5v2h-2v2H3',
  '3': 'M0 .5h2.5v4H0M1 2.5h1.5',
  '4': 'M.5 0v2.5h2M2.5 0v5',
  '5': 'M3 .5H.5v2h2v2H0',
  '6': 'M3 .5H.5v4h2v-2h-2',
  '7': 'M0 .5h2.5V5',
  '8': 'M.5.5h2v4h-2zM.5 2.5h2',
  '9': 'M2.5 2.5h-2v-2h2v4H0',
  '+': 'M0 2.5h3M1.5 1v3',
};

const barLeft = 2;
const barLength = 12;

function source(name: string): string {
  return readFileSync(path.join(root, 'assets/tray/svg', `${name}.svg`), 'utf8');
}

/** The SVG of a tray icon on this taskbar. */
export function drawing(name: TrayIconName, taskbar: Taskbar): string {
  const [kind = '', detail = ''] = name.split('-');
  const palette = colours[taskbar];
  const own = kind === 'waiting' ? cutOut(source('asking'), detail) : source(kind);
  const more =
    kind === 'waiting' ? dot(detail, palette) : kind === 'paused' ? bar(Number(detail)) : '';
  const accent = kind === 'learning' ? palette.learned : palette.block;
  return own
    .replace('</svg>', `${more}</svg>`)
    .replaceAll('currentColor', palette.ink)
    .replaceAll('var(--accent)', accent);
}

/** A pill in the lower right corner, 7 pixels wide for one digit and 11 for two. */
function dot(count: string, { held, onHeld }: Colours): string {
  const width = pillWidth(count);
  const glyphs = [...count].map((glyph, index) => {
    const x = 16 - width + (width - (count.length * 4 - 1)) / 2 + index * 4;
    return `<path transform="translate(${x} 9)" d="${digits[glyph] ?? ''}" stroke="${onHeld}"/>`;
  });
  return `<rect x="${16 - width}" y="7" width="${width}" height="9" rx="3.5" fill="${held}" stroke="none"/>${glyphs.join('')}`;
}

function pillWidth(count: string): number {
  return count.length > 1 ? 11 : 7;
}

/** Leaves a gap of one pixel around the pill, so that it doesn't melt into the gate. */
function cutOut(svg: string, count: string): string {
  const width = pillWidth(count) + 1;
  const hole = `<mask id="m"><path fill="#fff" stroke="none" d="M0 0h16v16H0z"/><rect x="${16 - width}" y="6" width="${width + 4}" height="14" rx="4" fill="#000" stroke="none"/></mask>`;
  return svg.replace(/<!--[^]*?-->/, `${hole}<g mask="url(#m)">`).replace('</svg>', '</g></svg>');
}

/** What is left of a pause, over a faint line of its whole length. */
function bar(step: number): string {
  const line = (length: number, opacity: number): string =>
    `<path d="M${barLeft} 14.5h${length}" stroke-width="3" stroke-opacity="${opacity}"/>`;
  return line(barLength, 0.3) + line((barLength * step) / pauseSteps, 1);
}

/** All names of icons. */
export function trayIconNames(): TrayIconName[] {
  const counts = Array.from({ length: maxCount }, (_none, index) => String(index + 1));
  const steps = Array.from({ length: pauseSteps }, (_none, index) => index + 1);
  return [
    'asking',
    'learning',
    'blocking',
    'lockdown',
    'lost',
    ...[...counts, `${maxCount}+`].map((count): TrayIconName => `waiting-${count}`),
    ...steps.map((step): TrayIconName => `paused-${step}`),
  ];
}
