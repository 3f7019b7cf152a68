import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildElectronMain } from '../../scripts/build-electron.ts';
import { endChild, root } from '../../scripts/process.ts';
import { ensurePages } from '../../scripts/start/pages.ts';

let folder: string;
let child: ChildProcess;
let report: {
  log: [string, ...unknown[]][];
  results: Record<string, unknown>;
  page: { status: number; csp: string };
  bounds: unknown;
};

const foreign = { origin: 'https://evil.example' };
const calls = [
  { as: 'prompt', name: 'readPrompt', input: null },
  { as: 'prompt', name: 'resizePrompt', input: { height: 300 } },
  { as: 'prompt', name: 'listRules', input: { text: '', offset: 0, limit: 10 } },
  { as: 'manager', name: 'listRules', input: { text: '', offset: 0, limit: 10 } },
  { as: 'manager', name: 'readManager', input: null, frame: foreign },
  { as: 'manager', name: 'setRuleEnabled', input: { ruleId: 7 } },
];

beforeAll(async () => {
  expect(await ensurePages(() => {})).toBeNull();
  await buildElectronMain();
  folder = mkdtempSync(path.join(tmpdir(), 'portreeve-electron-'));
  const standIn = JSON.stringify(path.join(import.meta.dirname, 'electron-stand-in.mjs'));
  writeFileSync(
    path.join(folder, 'hook.mjs'),
    `import { registerHooks } from 'node:module';
     import { pathToFileURL } from 'node:url';
     registerHooks({ resolve: (name, context, next) =>
       name === 'electron' ? { url: pathToFileURL(${standIn}).href, shortCircuit: true } : next(name, context) });`,
  );
  const args = ['--state', path.join(folder, 'state'), '--lab', path.join(folder, 'no-lab.sock')];
  child = fork(path.join(root, 'build/main/electron.js'), args, {
    execArgv: ['--import', path.join(folder, 'hook.mjs'), '--disable-warning=ExperimentalWarning'],
    env: { ...process.env, APP_PATH: root, PORTREEVE_RUN: folder },
  });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  child.send({ calls });
  [report] = (await once(child, 'message')) as [typeof report];
});
afterAll(async () => {
  await endChild(child);
  rmSync(folder, { recursive: true });
});

const notes = (what: string) =>
  report.log.filter(([name]) => name === what).map(([, ...rest]) => rest);

describe("the bundle of Electron's main", () => {
  it('locks everything down before the first page', () => {
    const order = report.log.map(([what]) => what);
    for (const early of ['sandbox', 'scheme'])
      expect(order.indexOf(early)).toBeLessThan(order.indexOf('ready'));
    for (const early of ['permission', 'request', 'handle']) {
      expect(order.indexOf(early)).toBeGreaterThan(-1);
      expect(order.indexOf(early)).toBeLessThan(order.indexOf('window'));
    }
    expect(notes('permission')).toEqual([[false]]);
    expect(notes('permission-check')).toEqual([[false]]);
    expect(notes('device')).toEqual([[false]]);
    expect(notes('request')).toEqual([[true]]);
    expect(notes('window-open')).toEqual([['deny'], ['deny']]);
  });

  it("opens two windows with a preload each and Electron's safe defaults", () => {
    const preferences = notes('window').map(([one]) => one as Record<string, unknown>);
    expect(preferences.map(({ preload }) => path.basename(String(preload)))).toEqual([
      'prompt.cjs',
      'manager.cjs',
    ]);
    const allowed = new Set(['preload', 'devTools', 'backgroundThrottling']);
    for (const one of preferences) {
      expect(Object.keys(one).filter((key) => !allowed.has(key))).toEqual([]);
      expect(one['devTools']).toBe(false);
    }
    expect(notes('load')).toEqual([['app://prompt/'], ['app://manager/']]);
  });

  it('serves pages under the strict policy', () => {
    expect(report.page.status).toBe(200);
    expect(report.page.csp).toContain("default-src 'none'");
  });

  it('lets a window make the calls of its role only, from its own main frame, in the right shape', () => {
    expect(report.results).toMatchObject({
      'prompt readPrompt': { ok: true },
      'prompt resizePrompt': { ok: true },
      'prompt listRules': { ok: false, code: 'refused' },
      'manager listRules': { ok: true },
      'manager readManager': { ok: false, code: 'refused' },
      'manager setRuleEnabled': { ok: false, code: 'refused' },
    });
    expect(report.bounds).toMatchObject({ height: 300, width: 440 });
  });
});
