/** The rows of docs/rules.md, "Real life", that can run here: real processes where who asks is the point. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { linuxIdentity } from '../../../src-main/platform/identity-linux.ts';
import { scriptOf } from '../../../src-main/platform/script.ts';
import { startBench } from '../fakes/engine-bench.ts';
import type { Bench, FakeIdentity } from '../fakes/engine-bench.ts';
import { fakeIdentity } from '../fakes/engine-bench.ts';
import { hands } from '../fakes/hands.ts';
import { createdOf } from '../fakes/process-times.ts';
import { sample } from '../fakes/sample.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

let bench: Bench;
const children: ChildProcess[] = [];
const { card, cards, answer, rules, verdicts } = hands(() => bench);

/** The system's own, but for the life of processes and the start of the computer. */
function realIdentity(): FakeIdentity {
  const { callerOf, subjectOf, isVolatile } = linuxIdentity();
  return { ...fakeIdentity(), callerOf, subjectOf, isVolatile };
}

beforeEach(async () => {
  bench = await startBench(undefined, { identity: realIdentity() });
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill();
  await bench.engine.stop();
});

async function run(program: string, args: readonly string[], cwd: string): Promise<number> {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  await new Promise((resolve) => {
    child.stdout?.once('data', resolve);
  });
  return child.pid ?? 0;
}

function connectionOf(pid: number, given: Parameters<typeof sample>[0] = {}) {
  const program = readlinkSync(`/proc/${pid}/exe`);
  return sample({ pid, created: createdOf(pid), path: program, ...given });
}

/** Facts of processes are read in the background. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 200 && bench.engine.managerState().held > 0; turn += 1) {
    if (cards().length > 0) return;
    // oxlint-disable-next-line no-await-in-loop -- turn after turn
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

describe('a versioned folder', () => {
  const version = (number: string) => `/opt/discord/app-${number}/Discord`;

  test('one answer lasts over its updates, and for nothing else', async () => {
    bench.driver.hold(sample({ path: version('1.0.9005') }));
    await answer('allow', 'anything', 'always');
    expect(await rules()).toMatchObject([
      { subject: { kind: 'path-pattern', name: 'Discord', path: version('1.0.9005') } },
    ]);
    const ids = bench.driver.hold(
      sample({ path: version('1.0.9006') }),
      sample({ path: version('evil') }),
      sample({ path: '/opt/discord/app-1.0.9006/Update' }),
    );
    expect(verdicts(ids)).toEqual(['allow', 'waiting', 'waiting']);
  });

  test('two versions that wait are one question', () => {
    bench.driver.hold(sample({ path: version('1.0') }), sample({ path: version('1.1') }));
    expect(cards()).toHaveLength(1);
    expect(card().waiting).toBe(2);
  });
});

describe('an interpreter', () => {
  const wait = 'console.log(1); setInterval(() => 0, 1000);';

  test('running two scripts is two questions, and each has its own rule', async () => {
    const folder = temporaryFolder();
    for (const name of ['one.js', 'two.js']) writeFileSync(path.join(folder, name), wait);
    const one = await run(process.execPath, ['one.js'], folder);
    const two = await run(process.execPath, ['--no-warnings', path.join(folder, 'two.js')], folder);
    bench.driver.hold(connectionOf(one));
    await settled();
    expect(card().subject).toMatchObject({ kind: 'interpreter-script', name: 'one.js' });
    expect(card().recommended.lifetime).toBe('while-it-runs');
    await answer('allow', 'anything', 'always');
    writeFileSync(path.join(folder, 'one.js'), `${wait}\n`);
    const again = await run(process.execPath, [path.join(folder, 'one.js')], '/');
    const ids = bench.driver.hold(connectionOf(again), connectionOf(two));
    // The two are looked at side by side: which is known first is open.
    await vi.waitFor(() => expect(verdicts(ids)).toEqual(['allow', 'waiting']));
    await settled();
    expect(card().subject.name).toBe('two.js');
  });

  test('without a script is itself the question', async () => {
    const pid = await run(process.execPath, ['-e', wait], '/');
    bench.driver.hold(connectionOf(pid));
    await settled();
    expect(card().subject).toMatchObject({ kind: 'path', path: process.execPath });
    expect(card().recommended.lifetime).toBe('while-it-runs');
  });

  test('that has ended is asked about by its path, and waits for nobody', async () => {
    const [id] = bench.driver.hold(sample({ path: '/usr/bin/python3.12', pid: 4_000_000 }));
    await settled();
    expect(card().subject.name).toBe('python3.12');
    bench.driver.settle(id ?? 0n, 'process-exited');
    expect(bench.engine.managerState().held).toBe(0);
  });

  test('that is still looked at when its connection ends leaves nothing behind', async () => {
    const [id] = bench.driver.hold(sample({ path: '/usr/bin/python3.12', pid: 4_000_000 }));
    expect(bench.engine.managerState()).toMatchObject({ held: 1, cards: 0 });
    bench.driver.settle(id ?? 0n, 'watchdog');
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    expect(bench.engine.managerState()).toMatchObject({ held: 0, cards: 0 });
    expect(bench.engine.managerState().away).toHaveLength(1);
  });

  test.each([
    ['python3.12', ['python3', 'a.py', 'b.py'], 'a.py'],
    ['python3', ['python3', '-W', 'ignore', '-u', 'a.py'], 'a.py'],
    ['python3', ['python3', '-m', 'http.server', '80'], '-m http.server'],
    ['python3', ['python3', '-c', 'a.py'], null],
    ['python3', ['python3', '-'], null],
    ['python3', ['python3'], null],
    ['bash', ['bash', '-ec', 'x'], null],
    ['bash', ['bash', '-e', 'run.sh'], null],
    ['java', ['java', '-cp', 'x', '-jar', 'app.jar'], 'app.jar'],
    ['powershell.exe', ['powershell', '-File', 'a.ps1'], 'a.ps1'],
    ['node', ['node', '--import', 'tsx', 'a.ts'], 'a.ts'],
    ['curl', ['curl', 'http://x/a.py'], null],
  ])('%s %j runs %s', (name, args, script) => {
    expect(scriptOf(name, args)).toBe(script);
  });
});

describe('a browser and its helpers', () => {
  test('helpers of the same file share its card and its rule', async () => {
    const path = '/opt/browser/browser';
    bench.driver.hold(sample({ path, pid: 1 }), sample({ path, pid: 2 }));
    expect(card().waiting).toBe(2);
    await answer('allow', 'anything', 'always');
    expect(verdicts(bench.driver.hold(sample({ path, pid: 3 })))).toEqual(['allow']);
  });

  test('what it starts is covered when its rule says so, and only then', async () => {
    const folder = path.join(temporaryFolder(), 'browser');
    mkdirSync(folder);
    const browser = path.join(folder, 'launcher');
    copyFileSync('/bin/sh', browser);
    // The helper writes its own id once it is another program: before that, a fork is still the browser.
    const script = `sh -c 'echo $$; exec sleep 60' & wait`;
    const child = spawn(browser, ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    const helper = await new Promise<number>((resolve) => {
      child.stdout.once('data', (text) => resolve(Number(String(text))));
    });
    bench.driver.hold(connectionOf(child.pid ?? 0));
    await answer('allow', 'anything', 'always');
    const ids = bench.driver.hold(connectionOf(helper));
    expect(verdicts(ids)).toEqual(['waiting']);
    const [rule] = await rules();
    await bench.engine.handlers.editRule({ ruleId: rule?.ruleId ?? '', withChildren: true });
    expect(verdicts(ids)).toEqual(['allow']);
    process.kill(helper);
  });
});

test('a VPN client: its gateway, then anywhere after three destinations', async () => {
  const path = '/opt/vpn/client';
  bench.driver.hold(sample({ path, address: '192.0.2.1', port: 51_820, protocol: 17 }));
  expect(card().recommended.scope).toBe('address');
  await answer('allow', 'address', 'always');
  const port = { path, address: '192.0.2.1', port: 443 };
  expect(verdicts(bench.driver.hold(sample(port)))).toEqual(['allow']);
  bench.driver.hold(
    ...['10.8.0.1', '10.8.0.2', '8.8.8.8'].map((address) => sample({ path, address })),
  );
  expect(card().recommended.scope).toBe('anything');
});
