/**
 * The hostile client against the lab, under AddressSanitizer and UndefinedBehaviorSanitizer, then under ThreadSanitizer.
 * The last line is `N passed, N failed`. test/wine runs the same list against portreeve.sys.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { type Variant, buildLab } from '../../scripts/native.ts';
import { endChild, node, run, scriptArgs } from '../../scripts/process.ts';
import { type LabProcess, startLab } from '../../scripts/start/lab-process.ts';
import { labDevice } from '../../src-main/driver/device-lab.ts';
import { caller } from '../exec/lab.ts';
import type { World } from './handle.ts';
import { honest, hostileCases } from './list.ts';
import { answeredBy, needsConnections, stepNames } from './victim.ts';

/** Nobody listens there: a connection that was permitted is refused by the other side. */
const PORT = '9';

let passed = 0;
let failed = 0;

function worldOf(lab: LabProcess): World {
  return {
    open: () => labDevice(lab.socket).open(),
    async connect(count) {
      const args = ['exec', '--door', lab.door, '--', caller(), 'threads', String(count), PORT];
      const { code, output } = await run(lab.program, args, { timeoutMs: 120_000 });
      assert.equal(code, 0, output);
      return Number(output.split('\n')[0]);
    },
  };
}

/** Resolves when the victim has said the line. */
async function said(child: ChildProcess, line: string): Promise<void> {
  let text = '';
  await new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      text += chunk.toString();
      if (text.includes(line)) resolve();
    };
    child.stdout?.on('data', take);
    child.once('exit', (code) => reject(new Error(`the victim ended by itself: ${code}`)));
  });
}

async function dieAfter(step: string, world: World, socket: string): Promise<void> {
  const child = spawn(node, scriptArgs('test/hostile/lab-victim.ts', [socket, step]), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const there = said(child, 'there');
  try {
    const permitted = needsConnections(step)
      ? said(child, 'listens').then(() => world.connect(2))
      : Promise.resolve(0);
    await there;
    child.kill('SIGKILL');
    assert.equal(await permitted, answeredBy(step));
  } finally {
    await endChild(child);
  }
}

async function one(name: string, test: () => Promise<void>): Promise<void> {
  const started = performance.now();
  try {
    await test();
    passed += 1;
    console.log(`passed  ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
  }
}

async function runAll(lab: LabProcess, variant: Variant): Promise<void> {
  const world = worldOf(lab);
  for (const [name, test] of hostileCases) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await one(`${variant}: ${name}`, async () => {
      await test(world);
      await honest(world);
    });
  }
  for (const step of stepNames) {
    // oxlint-disable-next-line no-await-in-loop
    await one(`${variant}: killed after ${step}`, async () => {
      await dieAfter(step, world, lab.socket);
      await honest(world);
    });
  }
}

/** At the end the driver is unloaded: rules, leaks and what the sanitizers found are its exit code. */
async function runVariant(variant: Variant): Promise<void> {
  const built = await buildLab(console.log, variant);
  if (!built.ok) throw new Error(built.line);
  const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-hostile-'));
  const [socket, door] = ['lab.sock', 'door.sock'].map((name) => path.join(folder, name));
  assert.ok(socket !== undefined && door !== undefined);
  const lab = await startLab({
    ...{ program: built.program, socket, door, restarts: 0 },
    say: console.log,
  });
  assert.ok(lab !== null, 'the lab does not start');
  await runAll(lab, variant);
  await one(`${variant}: nothing is left`, async () => assert.ok(await lab.stop()));
  rmSync(folder, { recursive: true, force: true });
}

for (const variant of ['asan', 'tsan'] as const) {
  // oxlint-disable-next-line no-await-in-loop
  await runVariant(variant);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
