import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endChild, exitOf, node, root, run } from '../../scripts/process.ts';
import { Onlookers } from '../../src-main/upkeep/onlookers.ts';
import { managerState } from '../fakes/views.ts';
import { buildBundle, startBundle } from './bundle-bench.ts';

let folder: string;
let child: ChildProcess;
let report: {
  log: [string, ...unknown[]][];
  results: Record<string, unknown>;
  page: { status: number; csp: string };
  bounds: unknown;
  secondInstance: unknown[];
  probes: { event: string; prevented: boolean; answers: unknown[][] }[];
  preferences: Record<string, unknown>[];
  promptId: number;
  installed: unknown[];
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

const start = (...how: DropFirst<Parameters<typeof startBundle>>): ChildProcess =>
  startBundle({ folder, bundle: 'main' }, ...how);
type DropFirst<List extends unknown[]> = List extends [unknown, ...infer Rest] ? Rest : never;

const lookingCalls = [
  { as: 'manager', name: 'readManager', input: null },
  { as: 'manager', name: 'listRules', input: { text: '', offset: 0, limit: 10 } },
  { as: 'manager', name: 'setMode', input: { mode: 'learn', until: null } },
  { as: 'manager', name: 'setOnlookers', input: { on: true } },
];

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** As portreeve.com starts it. */
async function command(
  input: string,
  env: Record<string, string>,
  words: readonly string[],
): Promise<Said> {
  const child = start(['--command-line', '--', ...words], env, 'pipe');
  let [out, err] = ['', ''];
  child.stdout?.on('data', (bytes) => (out += String(bytes)));
  child.stderr?.on('data', (bytes) => (err += String(bytes)));
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'portreeve-electron-'));
  await buildBundle({ folder, bundle: 'main' });
  child = start(['--state', path.join(folder, 'state'), '--lab', path.join(folder, 'no-lab.sock')]);
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
    expect(notes('display-media')).toEqual([[{}]]);
    expect(notes('pairing')).toEqual([[{ confirmed: false }]]);
    expect(notes('spell')).toEqual([[false]]);
    expect(
      notes('request').map(([url, cancelled]) => `${String(url)} ${String(cancelled)}`),
    ).toEqual([
      'app://prompt/ false',
      'app://manager/assets/a.js false',
      'app://other/ true',
      'https://evil.example/ true',
      'http://127.0.0.1/ true',
      'file:///etc/passwd true',
      'ws://prompt/ true',
      'data:text/html,x true',
    ]);
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

  it('prevents navigation, webviews, downloads, sign-ins and every picker of devices', () => {
    const wrong = report.probes.filter(({ prevented }) => !prevented);
    expect(wrong).toEqual([]);
    const chosen = report.probes.flatMap(({ answers }) => answers.flat()).filter(Boolean);
    expect(chosen).toEqual([]);
  });

  it('closes developer tools that are opened in an installed app, and leaves them to who develops it', () => {
    expect(notes('devtools closed')).toEqual([]);
    expect(report.installed).toContainEqual(['devtools closed']);
  });

  it('takes nothing from a second instance but that it raises the manager', () => {
    expect(report.secondInstance).toEqual([['shown', report.promptId + 1]]);
  });

  it('makes the prompt hidden, on top and out of the task bar', () => {
    expect(report.preferences[0]).toMatchObject({
      show: false,
      alwaysOnTop: true,
      skipTaskbar: true,
      frame: false,
    });
  });

  it('has a tray whose picture is there, and a menu that opens', () => {
    const images = notes('tray').map(([file]) => String(file));
    expect(images[0]).toMatch(/lost-dark\.ico$/);
    for (const file of images) expect(existsSync(file)).toBe(true);
    const [menu] = notes('menu')[0] as [{ label: string }[]];
    expect(menu.at(-1)?.label).toBe('Quit ...');
  });

  it('loads a page again whose process is gone, all of them after the GPU process, and ends one that hangs', () => {
    const reloaded = notes('reload').map(([id]) => Number(id));
    // The prompt for its own process, then both for the GPU's, and none for another process.
    expect(reloaded.toSorted((one, other) => one - other)).toEqual([
      report.promptId,
      report.promptId,
      report.promptId + 1,
    ]);
    expect(notes('crash')).toEqual([[report.promptId + 1]]);
  });

  it.each([['--remote-debugging-port=1'], ['--state'], ['--inspect']])(
    'ends at once when it is packaged and started with %s',
    async (argument) => {
      const refused = start([argument], { PACKAGED: '1' });
      const code = await exitOf(refused);
      expect(code).toBe(1);
    },
  );

  it('opens the manager alone for somebody who may only look, without a tray, and refuses all but looking', async () => {
    const seen = path.join(folder, 'seen');
    const clock = { now: () => 1, after: () => ({ cancel: () => {} }) };
    const rules = { rules: [], total: 0, version: 1 };
    await new Onlookers({
      folder: seen,
      version: '0.1.0',
      clock,
      log: { warn: (line) => expect.fail(line) },
      isOn: () => true,
      isSafe: () => true,
      state: () => managerState(),
      listRules: async () => ({ ok: true, value: rules }),
    }).write();
    const onlooker = start(['--look', seen]);
    onlooker.send({ only: 1, calls: lookingCalls });
    const [told] = (await once(onlooker, 'message')) as [typeof report];
    await endChild(onlooker);
    expect(told.log.filter(([what]) => what === 'load')).toEqual([['load', 'app://manager/']]);
    expect(told.log.map(([what]) => what)).not.toContain('tray');
    expect(told.results).toMatchObject({
      'manager readManager': { ok: true, value: { onlooker: { leftOut: 0 } } },
      'manager listRules': { ok: true },
      'manager setMode': { ok: false, code: 'refused' },
      'manager setOnlookers': { ok: false, code: 'refused' },
    });
  });

  it('runs one command for portreeve.com, and starts nothing', async () => {
    const state = path.join(folder, 'commands');
    const run = (input: string, ...words: string[]) =>
      command(input, { PORTREEVE_STATE: state, PACKAGED: '1' }, words);
    expect(await run('', 'rules', 'list', '--json')).toMatchObject({ code: 0, out: '[\n]\n' });
    const rule = ['rules', 'add', 'block', '--everybody', '--to', '192.0.2.1'];
    expect(await run('', ...rule)).toMatchObject({ code: 0, err: '' });
    const file = (await run('', 'rules', 'export')).out;
    expect(await run(file, 'rules', 'import', '-')).toMatchObject({ code: 0 });
    expect(await run('{', 'rules', 'import', '-')).toMatchObject({ code: 2, out: '' });
    const wrong = await run('', '--remote-debugging-port=1');
    expect(wrong).toMatchObject({ code: 2, out: '' });
    expect(wrong.err).toContain('--remote-debugging-port');
    expect(existsSync(path.join(state, 'electron'))).toBe(false);
  });

  it('has what looks for newer versions in a file of its own, and loads it with the rest of it', async () => {
    const file = path.join(root, 'build/main/finder.js');
    const script = `import(${JSON.stringify(pathToFileURL(file).href)}).then((m) => console.log(Object.keys(m)))`;
    const { code, output } = await run(node, ['-e', script]);
    expect(output).toContain('findUpdate');
    expect(code).toBe(0);
    expect(readFileSync(path.join(root, 'build/main/electron.js'), 'utf8')).not.toContain(
      'AppUpdater',
    );
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
