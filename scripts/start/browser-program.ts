/** An installed browser that can show a page as an app window: Chromium, Chrome or Edge. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from '../process.ts';

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'msedge',
  'brave-browser',
];

const windowsPlaces = [
  'Microsoft\\Edge\\Application\\msedge.exe',
  'Google\\Chrome\\Application\\chrome.exe',
  'Chromium\\Application\\chrome.exe',
];

const macPlaces = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];

/** The program of a browser, or null. $PORTREEVE_BROWSER overrides the search. */
export function findBrowser(): string | null {
  const own = process.env['PORTREEVE_BROWSER'];
  if (own !== undefined && own !== '') return findProgram(own);
  const onPath = names.map(findProgram).find((program) => program !== null);
  return onPath ?? places().find((file) => existsSync(file)) ?? null;
}

function places(): string[] {
  if (process.platform === 'darwin') return macPlaces;
  if (process.platform !== 'win32') return [];
  const roots = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA']
    .map((name) => process.env[name])
    .filter((folder) => folder !== undefined);
  return roots.flatMap((folder) => windowsPlaces.map((place) => path.join(folder, place)));
}
