/** Rule tables, mappings and hits between the client and the real driver code in the lab. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createDriverClient } from '../../../src-main/driver/client.ts';
import { labDevice } from '../../../src-main/driver/device-lab.ts';
import { defaultPolicy } from '../../../src-main/driver/policy.ts';
import { compile } from '../../../src-main/engine/policy/compile/compile.ts';
import type { PlainPolicy, PlainRule } from '../../../src-main/engine/policy/compile/plain.ts';
import type { DriverEvent, DriverPort } from '../../../src-main/engine/ports.ts';
import { systemClock } from '../../../src-main/platform/clock.ts';
import { LabDoor } from '../fakes/lab-door.ts';
import { labProgram, startLab } from '../fakes/lab.ts';
import type { Lab } from '../fakes/lab.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const CREATED = 133_500_000_000_000_000n;
const process = { id: 4001n, created: CREATED };

let folder: string;
let lab: Lab;
let door: LabDoor;
let client: DriverPort;
let sessions: number;
let held: DriverEvent[];
let wake: () => void;

beforeAll(labProgram, 300_000);

beforeEach(async () => {
  folder = temporaryFolder();
  await startBoth();
  client = createDriverClient({
    kind: labDevice(lab.socket),
    policy: defaultPolicy({ loopback: 'ask' }),
    clock: systemClock,
    version: 1,
    name: 'Lab driver',
  });
  sessions = 0;
  held = [];
  wake = () => undefined;
  client.start({
    connected: () => {
      sessions += 1;
      wake();
    },
    lost: () => undefined,
    events: (events) => {
      held.push(...events.filter(({ kind }) => kind === 'held'));
      wake();
    },
  });
  await until(() => sessions === 1);
});

afterEach(async () => {
  await client.stop();
  door.close();
  await lab.stop();
});

async function startBoth(): Promise<void> {
  lab = await startLab(folder);
  door = new LabDoor(lab.door);
  await door.ready();
  door.startProcess(4001, '/usr/bin/mapped', CREATED);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    // oxlint-disable-next-line no-await-in-loop -- one piece of news after the other
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

const rule: PlainRule = {
  rank: 10,
  ruleId: 70,
  outcome: 'block',
  direction: 'outbound',
  protocol: 6,
  addresses: [{ family: 4, first: 0x7f00_0001, last: 0x7f00_0009 }],
  ports: [{ first: 80, last: 89 }],
};

function policy(version: number, outcome: PlainRule['outcome']): PlainPolicy {
  return {
    version,
    subjects: [{ subjectId: 7, paths: ['/usr/bin/known'], rules: [{ ...rule, outcome }] }],
    everybody: [],
  };
}

function connect(port: number, processId = 4001) {
  return door.attempt({ processId, address: '127.0.0.1', port }).answer;
}

async function set(version: number, outcome: PlainRule['outcome']): Promise<void> {
  expect(await client.setTable(compile(policy(version, outcome)).bytes, version)).toEqual({
    ok: true,
  });
}

describe('rule tables in the lab', () => {
  test('decide for a mapped process, count, and leave the rest to the engine', async () => {
    await set(1, 'block');
    expect(await client.mapProcesses([{ process, subjectId: 7 }])).toBe(1);
    expect(await connect(80)).toBe('blocked');
    await set(2, 'allow');
    expect(await connect(89)).toBe('permitted');
    expect(await client.ruleHits()).toEqual([{ ruleId: 70, hits: 2 }]);
    expect(await client.ruleHits()).toEqual([]);
    const asked = connect(90);
    await until(() => held.length === 1);
    const [event] = held;
    if (event?.kind === 'held') await client.answer([event.id], 'allow');
    expect(await asked).toBe('permitted');
  });

  test('know a program by its path, and no process that is not there', async () => {
    await set(1, 'block');
    door.startProcess(4002, '/usr/bin/KNOWN');
    expect(await connect(80, 4002)).toBe('blocked');
    const other = { id: process.id, created: CREATED + 1n };
    const gone = { id: 9999n, created: CREATED };
    const mappings = [process, other, gone].map((one) => ({ process: one, subjectId: 7 }));
    expect(await client.mapProcesses(mappings)).toBe(1);
    expect(await client.mapProcesses([{ process, subjectId: null }])).toBe(1);
  });

  test('are used whole or not at all', async () => {
    await set(1, 'allow');
    await client.mapProcesses([{ process, subjectId: 7 }]);
    const damaged = compile(policy(2, 'block')).bytes;
    damaged[16] = 9; // the number of subjects
    const outcome = await client.setTable(damaged, 2);
    expect(outcome).toEqual({ ok: false, problem: 'the driver does not take it for a rule table' });
    expect(await connect(80)).toBe('permitted');
  });

  test('of many parts arrive', async () => {
    const rules = Array.from({ length: 20_000 }, (_, index) => ({
      ...rule,
      rank: index,
      ruleId: index + 1,
      addresses: [{ family: 4 as const, first: index * 16, last: index * 16 + 7 }],
    }));
    const many = { version: 3, subjects: [{ subjectId: 7, paths: [], rules }], everybody: [] };
    const { bytes, left } = compile(many);
    expect(left).toEqual([]);
    expect(bytes.length).toBeGreaterThan(400_000);
    expect(await client.setTable(bytes, 3)).toEqual({ ok: true });
  });

  test('and mappings are there again when the driver comes back', async () => {
    await set(5, 'block');
    await client.mapProcesses([{ process, subjectId: 7 }]);
    door.close();
    await lab.kill();
    await startBoth();
    await until(() => sessions === 2);
    // The tables of one client go one after the other: this one follows the one that is sent again.
    expect(await client.setTable(compile(policy(6, 'block')).bytes, 6)).toEqual({ ok: true });
    await client.mapProcesses([]);
    expect(await connect(80)).toBe('blocked');
  });

  test('are remembered while nobody is there', async () => {
    await client.stop();
    expect(await client.setTable(compile(policy(1, 'block')).bytes, 1)).toEqual({
      ok: false,
      problem: null,
    });
    expect(await client.mapProcesses([{ process, subjectId: 7 }])).toBe(0);
    expect(await client.ruleHits()).toEqual([]);
  });
});
