/** Concurrent holds up to the driver's caps and beyond, and the memory of many holds one after the other: real lab. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { DriverEvent, DriverPort, Reason } from '../../src-main/engine/ports.ts';
import type { DoorAnswer, LabDoor } from '../../test/main/fakes/lab-door.ts';
import { doorLoad, doorOf, driverOf, labIn, PROCESS } from './lab.ts';
import { mebibytes, residentBytes } from './memory.ts';
import type { Row } from './row.ts';

const TOTAL = 4096;
const PER_PROCESS = 256;
/** Processes that fill the driver: the last one brings what is one too many. */
const PROCESSES = TOTAL / PER_PROCESS;
const EARLY = 10_000;
const LATE = 1_000_000;
/** Flat: less than a byte for each hold. */
const GROWTH = LATE;

export async function run(): Promise<readonly Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-bench-'));
  try {
    return [...(await capRows(folder)), await memoryRow(folder)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One process fills its share and asks once more; then others fill the driver, and a newcomer asks. */
async function capRows(folder: string): Promise<Row[]> {
  const lab = await labIn(path.join(folder, 'caps'));
  const driver = driverOf(lab);
  const seen = watch(driver);
  await seen.connected;
  const door = await doorOf(lab);
  const own = await oneTooMany(door, PROCESS, PER_PROCESS, seen);
  const start = performance.now();
  for (let index = 1; index < PROCESSES; index += 1) {
    startProcess(door, PROCESS + index);
    attempts(door, PROCESS + index, PER_PROCESS);
  }
  await seen.held(TOTAL);
  const rate = (TOTAL - PER_PROCESS) / ((performance.now() - start) / 1000);
  startProcess(door, PROCESS + PROCESSES);
  const all = await oneTooMany(door, PROCESS + PROCESSES, 0, seen);
  const released = performance.now();
  const accepted = await driver.answer(seen.ids, 'allow');
  const answerMs = performance.now() - released;
  await driver.stop();
  door.close();
  await lab.stop();
  return [
    capRow('held of one process, then the counted default', PER_PROCESS, own),
    capRow('held of all processes, then the counted default', TOTAL, all),
    {
      what: 'the same: held together, then answered in one call',
      budget: '',
      measured: `${Math.round(rate)} holds/s, ${accepted} answers in ${answerMs.toFixed(0)} ms`,
      ok: accepted === TOTAL,
    },
  ];
}

interface Beyond {
  readonly held: number;
  readonly answer: DoorAnswer;
  readonly reason: Reason;
  readonly ms: number;
}

/** Holds `count` connections of a process, then asks once more. */
async function oneTooMany(
  door: LabDoor,
  processId: number,
  count: number,
  seen: Watched,
): Promise<Beyond> {
  const before = seen.ids.length;
  attempts(door, processId, count);
  await seen.held(before + count);
  const start = performance.now();
  const answer = await door.attempt({ processId, address: '127.4.0.2', port: 80 }).answer;
  const ms = performance.now() - start;
  return { held: seen.ids.length, answer, reason: await seen.decided(), ms };
}

function capRow(what: string, cap: number, { held, answer, reason, ms }: Beyond): Row {
  return {
    what,
    budget: `${cap}`,
    measured: `${held} held, the next ${answer} (${reason}) after ${ms.toFixed(1)} ms`,
    ok: held === cap && answer === 'blocked' && reason === 'full',
  };
}

/** Holds that are released as they come: the lab's resident memory after the first ones and after all. */
async function memoryRow(folder: string): Promise<Row> {
  const lab = await labIn(path.join(folder, 'memory'));
  const driver = driverOf(lab);
  const release = (events: readonly DriverEvent[]): void => {
    const ids = events.flatMap((event) => (event.kind === 'held' ? [event.id] : []));
    if (ids.length > 0) void driver.answer(ids, 'allow');
  };
  await new Promise<void>((resolve) => {
    driver.start({ connected: () => resolve(), lost: complain, events: release });
  });
  const first = await doorLoad(lab, EARLY);
  const early = residentBytes(lab.process.pid);
  const second = await doorLoad(lab, LATE - EARLY);
  const late = residentBytes(lab.process.pid);
  await driver.stop();
  await lab.stop();
  return {
    what: `memory of the lab over ${LATE} holds, released as they come`,
    budget: 'flat',
    measured: `${mebibytes(early)} MiB after ${EARLY}, ${mebibytes(late)} MiB after all`,
    ok: late - early < GROWTH && first.permitted + second.permitted === LATE,
  };
}

interface Watched {
  readonly connected: Promise<void>;
  readonly ids: bigint[];
  /** When so many have been held. */
  held(count: number): Promise<void>;
  /** Why the driver decided the next connection that it didn't hold. */
  decided(): Promise<Reason>;
}

function watch(driver: DriverPort): Watched {
  const ids: bigint[] = [];
  const reasons: Reason[] = [];
  let wake: () => void = () => undefined;
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) {
      // oxlint-disable-next-line no-await-in-loop -- one batch after the other
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const take = (events: readonly DriverEvent[]): void => {
    for (const event of events) {
      if (event.kind === 'held') ids.push(event.id);
      if (event.kind === 'decided') reasons.push(event.reason);
    }
    wake();
  };
  const connected = new Promise<void>((resolve) => {
    driver.start({ connected: () => resolve(), lost: complain, events: take });
  });
  return {
    connected,
    ids,
    held: (count) => until(() => ids.length >= count),
    async decided() {
      await until(() => reasons.length > 0);
      return reasons.shift() ?? 'none';
    },
  };
}

function complain({ reason }: { readonly reason: string }): void {
  process.stderr.write(`${reason}\n`);
}

function startProcess(door: LabDoor, id: number): void {
  door.startProcess(id, `/opt/bench-${id}`);
}

function attempts(door: LabDoor, processId: number, count: number): void {
  for (let port = 1; port <= count; port += 1) {
    door.attempt({ processId, address: '127.4.0.1', port });
  }
}
