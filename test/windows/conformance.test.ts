/** The kit's checks of connections and of hostile clients, tried on the driver in the lab: the kit has to work before Windows does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { node, scriptArgs } from '../../scripts/process.ts';
import { labDevice } from '../../src-main/driver/device-lab.ts';
import { Lab } from '../exec/lab.ts';
import { type Result, runChecks } from './kit/check.ts';
import { conformance } from './kit/conformance.ts';
import { HoldClient } from './kit/hold-client.ts';
import { hostile } from './kit/hostile.ts';

const FLOOD = 100;
let lab: Lab;
const started = new Set<ChildProcess>();

beforeAll(async () => {
  lab = await Lab.start();
  await lab.client.stop();
});

afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await lab.stop();
  rmSync(lab.folder, { recursive: true, force: true });
});

function kind(): ReturnType<typeof labDevice> {
  return labDevice(path.join(lab.folder, 'lab.sock'));
}

function startProgram(args: readonly string[]): ChildProcess {
  const program = scriptArgs('test/windows/kit/main.ts', ['program', ...args]);
  const behind = ['exec', '--door', lab.door, '--', node, ...program];
  const child = spawn(lab.program, behind, { stdio: ['ignore', 'pipe', 'inherit'] });
  started.add(child);
  return child;
}

test('real programs are held and answered', async () => {
  const client = new HoldClient(kind());
  await client.start();
  const results: Result[] = [];
  const bench = { client, start: startProgram, floodCount: FLOOD };
  await runChecks(conformance, bench, (result) => results.push(result));
  await client.stop();
  expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
}, 120_000);

test('hostile clients are refused', async () => {
  const results: Result[] = [];
  await runChecks(hostile, kind(), (result) => results.push(result));
  expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
}, 120_000);
