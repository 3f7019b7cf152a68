/** Electron's main as the service, as its windows, and as an agent; each a process of its own. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { endChild, exitOf } from '../../scripts/process.ts';
import { agentTerms } from '../../src-main/service/line-terms.ts';
import { tellAgent } from '../../src-main/service/agent-told.ts';
import { type LineBench, makeLine } from '../main/service/line-bench.ts';
import { type Told, buildBundle, startBundle, tellOf } from './bundle-bench.ts';

const bundle = 'main-of-service-test';
let folder: string;
let state: string;
const running: ChildProcess[] = [];

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const child = startBundle({ folder, bundle }, args, env);
  running.push(child);
  return child;
}

const over = (): string[] => ['--state', state, '--lab', path.join(folder, 'no-lab.sock')];
const startService = async (): Promise<ChildProcess> => {
  const service = start(['--service', ...over()]);
  await expect.poll(() => existsSync(path.join(state, 'service.json'))).toBe(true);
  return service;
};
const want = (answerers: boolean): void => {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  writeFileSync(path.join(state, 'preferences.json'), JSON.stringify({ answerers }));
};
const noted = (log: [string, ...unknown[]][], what: string) =>
  log.filter(([name]) => name === what).map(([, ...rest]) => rest);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'portreeve-service-'));
  await buildBundle({ folder, bundle });
});
let turn = 0;
afterEach(async () => {
  await Promise.all(running.splice(0).map((child) => endChild(child)));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the service', () => {
  it('opens no window and no tray, paints nothing, and ends in order', async () => {
    state = path.join(folder, `state-${(turn += 1)}`);
    const service = await startService();
    const { log } = await tellOf(service, { only: 0 });
    const said = log.map(([what]) => what);
    for (const none of ['window', 'tray', 'load', 'toast', 'error', 'shown']) {
      expect(said).not.toContain(none);
    }
    expect(said.indexOf('no graphics')).toBeGreaterThan(-1);
    expect(said.indexOf('no graphics')).toBeLessThan(said.indexOf('ready'));
    expect(said.indexOf('sandbox')).toBeLessThan(said.indexOf('ready'));
    expect(noted(log, 'path')).toEqual([['userData', path.join(state, 'electron-service')]]);
    service.kill('SIGTERM');
    expect(await exitOf(service)).toBe(0);
    expect(existsSync(path.join(state, 'service.json'))).toBe(false);
  });

  it.each([
    [['--service'], 0],
    [['--service', '--remote-debugging-port=1'], 1],
    [['--agent'], 1],
    [['--agent', '--no-sandbox'], 1],
    [['--agent', '--no-sandbox', '--inspect'], 1],
    [['--agent', '--no-sandbox', '--state'], 1],
    [['--no-sandbox'], 1],
    [['--service', '--no-sandbox'], 1],
    [['--no-sandbox', '--agent'], 1],
    [['--agent', '--manager'], 1],
  ])('does not run packaged as %j where nobody wants it', async (args, code) => {
    state = path.join(folder, `state-${(turn += 1)}`);
    const child = start(args, { PACKAGED: '1', PORTREEVE_STATE: state });
    expect(await exitOf(child)).toBe(code);
    expect(existsSync(path.join(state, 'service.json'))).toBe(false);
  });

  it('waits for the Portreeve that has the rules, and takes them when it has gone', async () => {
    state = path.join(folder, `state-${(turn += 1)}`);
    const app = start(over());
    app.send({ calls: [] });
    await once(app, 'message');
    const service = start(['--service', ...over()]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(existsSync(path.join(state, 'service.json'))).toBe(false);
    app.kill('SIGKILL');
    await expect.poll(() => existsSync(path.join(state, 'service.json'))).toBe(true);
    expect(service.exitCode).toBeNull();
  });
});

describe('windows of an administrator', () => {
  const calls = [
    { as: 'prompt', name: 'readPrompt', input: null },
    { as: 'manager', name: 'readManager', input: null },
    { as: 'manager', name: 'listRules', input: { text: '', offset: 0, limit: 10 } },
    { as: 'prompt', name: 'listRules', input: { text: '', offset: 0, limit: 10 } },
    { as: 'prompt', name: 'resizePrompt', input: { height: 300 } },
    { as: 'manager', name: 'setRuleEnabled', input: { ruleId: 7 } },
  ];

  it('are those of the service where one is wanted, with a tray; its end they survive', async () => {
    state = path.join(folder, `state-${(turn += 1)}`);
    want(true);
    const service = await startService();
    const app = start(over());
    app.send({ calls });
    const [told] = (await once(app, 'message')) as unknown[];
    expect(told).toMatchObject({
      results: {
        'prompt readPrompt': { ok: true },
        'manager readManager': { ok: true, value: { isService: true } },
        'manager listRules': { ok: true },
        'prompt listRules': { ok: false, code: 'refused' },
        'prompt resizePrompt': { ok: true },
        'manager setRuleEnabled': { ok: false, code: 'refused' },
      },
      bounds: { height: 300, width: 440 },
    });
    service.kill('SIGKILL');
    await exitOf(service);
    app.send({ calls });
    await expect
      .poll(async () => {
        app.send({ calls });
        const [again] = (await once(app, 'message')) as [{ results: unknown }];
        return again.results;
      })
      .toMatchObject({
        'manager readManager': { value: { driver: { kind: 'lost', cause: 'app-gone' } } },
        'manager listRules': { ok: false, code: 'driver-lost' },
      });
    expect(app.exitCode).toBeNull();
  });

  it('become the app again when the service has ended and is no longer wanted', async () => {
    state = path.join(folder, `state-${(turn += 1)}`);
    want(true);
    const service = await startService();
    const app = start(over());
    app.send({ calls: [] });
    await once(app, 'message');
    want(false);
    const relaunched = once(app, 'message');
    service.kill('SIGKILL');
    const [said] = (await relaunched) as unknown[];
    expect(said).toEqual({ relaunched: true });
    expect(await exitOf(app)).toBe(0);
  });

  it('say so when no service comes, and run as ever', async () => {
    state = path.join(folder, `state-${(turn += 1)}`);
    want(true);
    const app = start(over());
    app.send({ calls });
    const [{ log, results }] = (await once(app, 'message')) as [Pick<Told, 'log' | 'results'>];
    expect(noted(log, 'error')).toEqual([[expect.stringContaining('does not answer')]]);
    expect(results).toMatchObject({ 'manager listRules': { ok: true } });
    expect(JSON.stringify(results)).not.toContain('isService');
  });
});

describe('an agent', () => {
  let bench: LineBench;
  const agentOf = (one: LineBench): Record<string, string> => ({
    PORTREEVE_AGENT: tellAgent({ address: one.address, secret: one.secret, folder: state }),
  });

  it('is one window with the preload of the prompt, as locked down as every other, and no tray', async () => {
    state = path.join(folder, `state-${(turn += 1)}`);
    bench = await makeLine(agentTerms, '0.1.0');
    const agent = start(['--agent'], agentOf(bench));
    const told = await tellOf(agent, {
      only: 1,
      calls: [
        { as: 'prompt', name: 'readPrompt', input: null },
        { as: 'prompt', name: 'postponePrompt', input: { cardId: '1' } },
        { as: 'prompt', name: 'resizePrompt', input: { height: 300 } },
        { as: 'prompt', name: 'notePainted', input: { cardId: '1' } },
        { as: 'prompt', name: 'listRules', input: { text: '', offset: 0, limit: 10 } },
      ],
    });
    expect(told.results).toMatchObject({
      'prompt readPrompt': { ok: true, value: { mark: 'first' } },
      'prompt postponePrompt': { ok: true },
      'prompt resizePrompt': { ok: true },
      'prompt notePainted': { ok: false },
      'prompt listRules': { ok: false },
    });
    expect(bench.reached).toEqual(['postponePrompt']);
    expect(told.preferences).toHaveLength(1);
    expect(told.preferences[0]).toMatchObject({ alwaysOnTop: true, skipTaskbar: true });
    const [page] = noted(told.log, 'window') as [[Record<string, unknown>]];
    expect(path.basename(String(page[0]['preload']))).toBe('prompt.cjs');
    expect(Object.keys(page[0]).toSorted()).toEqual([
      'backgroundThrottling',
      'devTools',
      'preload',
    ]);
    expect(told.log.map(([what]) => what)).not.toContain('tray');
    expect(noted(told.log, 'load')).toEqual([['app://prompt/']]);
    expect(noted(told.log, 'path')).toEqual([['userData', path.join(state, 'electron')]]);
    expect(told.probes.filter(({ prevented }) => !prevented)).toEqual([]);
  });

  it('is, installed, without the sandbox that would open its pages to its user’s programs', async () => {
    state = path.join(folder, `state-${(turn += 1)}`);
    bench = await makeLine(agentTerms, '0.1.0');
    const agent = start(['--agent', '--no-sandbox'], { ...agentOf(bench), PACKAGED: '1' });
    const { log } = await tellOf(agent, { only: 1 });
    expect(noted(log, 'load')).toEqual([['app://prompt/']]);
    expect(log.map(([what]) => what)).not.toContain('sandbox');
  });

  it('ends when its line is gone for a while, and without one does not begin', async () => {
    state = path.join(folder, `state-${(turn += 1)}`);
    bench = await makeLine(agentTerms, '0.1.0');
    const agent = start(['--agent'], agentOf(bench));
    await tellOf(agent, { only: 1 });
    bench.line.close();
    const began = performance.now();
    expect(await exitOf(agent)).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(2500);
    expect(await exitOf(start(['--agent'], agentOf(bench)))).toBe(1);
    expect(await exitOf(start(['--agent'], { PORTREEVE_AGENT: '{}' }))).toBe(1);
    expect(await exitOf(start(['--agent']))).toBe(1);
  });

  it('does not talk to a service of another version, nor to one that does not know the secret', async () => {
    state = path.join(folder, `state-${(turn += 1)}`);
    const other = await makeLine(agentTerms, '0.2.0');
    expect(await exitOf(start(['--agent'], agentOf(other)))).toBe(1);
    const stranger = { ...other, secret: '0'.repeat(64) };
    expect(await exitOf(start(['--agent'], agentOf(stranger)))).toBe(1);
    expect(other.reached).toEqual([]);
    other.line.close();
  });
});
