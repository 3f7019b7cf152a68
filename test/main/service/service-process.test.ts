/** The service as a process: beside others, killed, reached by windows and by the command line. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { endChild, exitOf, node, root, scriptArgs } from '../../../scripts/process.ts';
import type { App } from '../../../src-main/app.ts';
import { reachRunning } from '../../../src-main/cli/session.ts';
import { ownVersion } from '../../../src-main/own-version.ts';
import { systemClock } from '../../../src-main/platform/clock.ts';
import { joinAsAdministrator } from '../../../src-main/service/join.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const isRoot = process.getuid?.() === 0;
/** Nobody of this computer has it. */
const uid = '61003';

let folder: string;
let state: string;
const running: ChildProcess[] = [];
const apps: App[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  chmodSync(folder, 0o711);
  state = path.join(folder, 'state');
  process.env['PORTREEVE_RUN'] = path.join(folder, 'run');
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop()));
  await Promise.all(running.splice(0).map((child) => endChild(child)));
  delete process.env['PORTREEVE_RUN'];
});

function spawnService(...more: string[]): ChildProcess {
  const args = ['--state', state, '--lab', path.join(folder, 'no-lab.sock'), ...more];
  const child = spawn(node, scriptArgs('src-main/main-service.ts', args), {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  return child;
}

async function startService(...more: string[]): Promise<ChildProcess> {
  const child = spawnService(...more);
  if (child.stdout === null) throw new Error('no output');
  await once(createInterface(child.stdout), 'line');
  return child;
}

async function join(): Promise<App> {
  const windows = {} as never;
  const around = { stateFolder: state, version: ownVersion(), windows, clock: systemClock };
  const joined = await joinAsAdministrator(around);
  if (!joined.ok) throw new Error(joined.message);
  apps.push(joined.app);
  return joined.app;
}

const rule = {
  subject: { kind: 'anything' },
  withChildren: false,
  verdict: 'block',
  place: '192.0.2.1',
  ports: '',
  protocol: null,
  direction: 'outbound',
  network: null,
  lifetime: 'always',
  minutes: null,
  note: '',
};

test('is reached by windows and the command line of its user alone, and ends leaving nothing', async () => {
  const service = await startService();
  const app = await join();
  expect(app.engine.managerState()).toMatchObject({ isService: true, store: { kind: 'ok' } });
  expect(await app.router.call('manager', 'addRule', rule)).toMatchObject({ ok: true });
  const reached = await reachRunning(state);
  if (reached.kind !== 'running') throw new Error(reached.kind);
  expect(await reached.session.call('listRules', { text: '', offset: 0, limit: 9 })).toMatchObject({
    value: { total: 1 },
  });
  await reached.session.close();
  const file = path.join(state, 'service.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  service.kill('SIGTERM');
  expect(await exitOf(service)).toBe(0);
  expect(existsSync(file)).toBe(false);
});

test('killed at any time, it is joined again by the same windows, with all that was done', async () => {
  let service = await startService();
  const app = await join();
  for (let turn = 1; turn <= 3; turn += 1) {
    const another = { ...rule, place: `192.0.2.${turn}` };
    // oxlint-disable-next-line no-await-in-loop -- one life after the other
    expect(await app.router.call('manager', 'addRule', another)).toMatchObject({ ok: true });
    const open = Array.from({ length: 20 }, () => app.router.call('manager', 'makeBackup', null));
    service.kill('SIGKILL');
    // Each says what became of it, and none is left waiting.
    // oxlint-disable-next-line no-await-in-loop -- as above
    const results = await Promise.all(open);
    for (const result of results) {
      expect(result.ok || ['internal', 'driver-lost'].includes(result.code)).toBe(true);
    }
    // oxlint-disable-next-line no-await-in-loop -- as above
    await expect
      .poll(() => app.engine.managerState().driver)
      .toMatchObject({ kind: 'lost', cause: 'app-gone' });
    // oxlint-disable-next-line no-await-in-loop -- as above
    service = await startService();
    const listed = { text: '', offset: 0, limit: 9 };
    // oxlint-disable-next-line no-await-in-loop -- as above
    await expect
      .poll(() => app.router.call('manager', 'listRules', listed))
      .toMatchObject({ ok: true, value: { total: turn } });
  }
});

test('does not run beside another one, and says why', async () => {
  await startService();
  const second = spawnService('--patience', '1');
  let said = '';
  second.stderr?.on('data', (bytes) => (said += String(bytes)));
  expect(await exitOf(second)).toBe(1);
  expect(said).toContain('Another Portreeve has the rules');
  // The first one is still there.
  expect((await join()).engine.managerState()).toMatchObject({ store: { kind: 'ok' } });
});

test('is not joined by a file that others could have written', async () => {
  await startService();
  chmodSync(path.join(state, 'service.json'), 0o644);
  const around = { version: ownVersion(), windows: {} as never, clock: systemClock };
  const joined = await joinAsAdministrator({ ...around, stateFolder: state, patienceMs: 0 });
  expect(joined).toMatchObject({ ok: false });
});

test.runIf(isRoot)('ends agents with the switch, and after its own death', async () => {
  const agents = (): string => spawnSync('pgrep', ['-u', uid], { encoding: 'utf8' }).stdout.trim();
  mkdirSync(state, { mode: 0o700 });
  let service = await startService('--account', uid);
  await expect.poll(agents).toMatch(/^\d+$/);
  const app = await join();
  expect(await app.router.call('manager', 'setAnswerers', { on: false })).toMatchObject({
    ok: true,
    value: { wanted: false },
  });
  await expect.poll(agents).toBe('');
  service.kill('SIGTERM');
  await exitOf(service);
  service = await startService('--account', uid);
  await expect.poll(agents).toMatch(/^\d+$/);
  service.kill('SIGKILL');
  await expect.poll(agents).toBe('');
});
