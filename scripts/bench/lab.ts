/** A lab of their own for benchmarks, what asks at its door, and the driver's client. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { createDriverClient } from '../../src-main/driver/client.ts';
import { labDevice } from '../../src-main/driver/device-lab.ts';
import { defaultPolicy } from '../../src-main/driver/policy.ts';
import type { DriverPort } from '../../src-main/engine/ports.ts';
import { systemClock } from '../../src-main/platform/clock.ts';
import { LabDoor } from '../../test/main/fakes/lab-door.ts';
import { startLab } from '../../test/main/fakes/lab.ts';
import type { Lab } from '../../test/main/fakes/lab.ts';

/** The first process at a door. */
export const PROCESS = 600_000;
const LOAD_PROCESSES = 8;

export function labIn(folder: string): Promise<Lab> {
  mkdirSync(folder, { recursive: true });
  return startLab(folder);
}

export function driverOf(lab: Lab): DriverPort {
  const policy = defaultPolicy({ loopback: 'ask' });
  const kind = labDevice(lab.socket);
  return createDriverClient({ kind, policy, clock: systemClock, version: 1, name: 'Lab driver' });
}

export async function doorOf(lab: Lab, program = '/opt/bench'): Promise<LabDoor> {
  const door = new LabDoor(lab.door);
  await door.ready();
  door.startProcess(PROCESS, program);
  return door;
}

export interface Load {
  readonly perSecond: number;
  readonly permitted: number;
}

/** So many connections from a process of its own, 1 024 under way at a time; ends when all are decided. */
export async function doorLoad(lab: Lab, connections: number): Promise<Load> {
  const load = path.join(import.meta.dirname, 'children/door-load.ts');
  const args = [load, lab.door, String(connections), String(LOAD_PROCESSES)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Load;
}
