/** The compiler refuses a stand-in that is not as electron.d.ts says: each wrong member, on its own, in the real stand-in. */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { node, packageProgram, root, run } from '../../scripts/process.ts';

/** What is right in the stand-in, and a wrong thing in its place. */
const mistakes: Record<string, readonly [string, string]> = {
  'no-mistake': ['setToolTip =', 'setToolTip ='],
  'a method that Electron does not have': ['setToolTip =', 'setTooltip ='],
  'a parameter of another type': ['setToolTip = (text: string)', 'setToolTip = (text: number)'],
  'a parameter too many': ['isVisible = (): boolean', 'isVisible = (_of: string): boolean'],
  'another result': ['isDestroyed = (): boolean => false', "isDestroyed = (): string => 'no'"],
  'a result that is not awaited': [
    'whenReady = (): Promise<void> => Promise.resolve(',
    'whenReady = (): boolean => Boolean(',
  ],
  'an event that Electron does not emit': ["'unresponsive'", "'not-responsive'"],
  'an event of another object': ["(tray, 'right-click')", "(tray, 'will-navigate')"],
  'an event with something else in it': ["reason: 'crashed'", 'reason: 7'],
  'a constructor of another shape': ['constructor(image:', 'constructor(_id: number, image:'],
  'a property of another type': ['isPackaged = process', 'isPackaged = () => process'],
  'a handler that gets something else': [
    "decide?.(nobody, 'media', (yes)",
    'decide?.(nobody, 1, (yes)',
  ],
  'a part of a result that is not there': ['workArea: {', 'workingArea: {'],
  'a module that Electron does not export': [
    'export const powerMonitor',
    'export const powerWatch',
  ],
};

const folder = path.join(root, 'build/test/stand-in');
const fileOf = (what: string): string => `${what.replaceAll(' ', '-')}.ts`;
let complaints: string;

describe('what only Electron can run', () => {
  it('is little: less than 600 lines with the preloads', () => {
    const shell = path.join(root, 'src-main/shell/electron');
    const files = [
      ...readdirSync(shell).map((name) => path.join(shell, name)),
      ...['src-main/main-electron.ts', 'src-preload/electron-transport.ts'],
      ...['src-preload/prompt.ts', 'src-preload/manager.ts'],
    ];
    const lines = files.map((file) => readFileSync(path.resolve(root, file), 'utf8').split('\n'));
    const count = lines.reduce((all, { length }) => all + length - 1, 0);
    expect(count).toBeGreaterThan(300);
    expect(count).toBeLessThan(600);
  });
});

/** One run of the compiler over all copies: it takes seconds to read electron.d.ts. */
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  const text = (name: string): string => readFileSync(path.join(import.meta.dirname, name), 'utf8');
  writeFileSync(path.join(folder, 'electron-types.ts'), text('electron-types.ts'));
  const standIn = text('electron-stand-in.ts');
  for (const [what, [right, wrong]] of Object.entries(mistakes)) {
    expect(standIn).toContain(right);
    const copy = standIn.replace(right, wrong).replace('electron-stand-in.ts', fileOf(what));
    writeFileSync(path.join(folder, fileOf(what)), copy);
  }
  const settings = {
    extends: path.join(root, 'tsconfig.test.json'),
    compilerOptions: { types: ['node'], noUnusedLocals: false, noUnusedParameters: false },
    include: ['*.ts'],
    exclude: [],
  };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(settings));
  const compiler = packageProgram('typescript/bin/tsc');
  complaints = (await run(node, [compiler, '-p', folder])).output;
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("the stand-in of Electron, held against Electron's own types", () => {
  it('is right as it is', () => {
    expect(complaints).not.toContain('TS2688');
    expect(complaints).not.toContain('no-mistake.ts');
  });

  it.each(Object.keys(mistakes).filter((what) => what !== 'no-mistake'))('refuses %s', (what) => {
    expect(complaints).toContain(`${fileOf(what)}(`);
  });
});
