/** What /proc tells of processes, nearly never blocking the caller. */
import { readFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';

import type { ProcessKey } from '../engine/ports.ts';

const MAX_COMMAND_LINE = 4096;
/** 1970-01-01 in 100 ns units since 1601-01-01. */
const EPOCH = 116_444_736_000_000_000n;
const SECOND = 10_000_000n;
const TICKS_PER_SECOND = 100n;
/** The kernel computes its boot time anew at each reading, a second up or down. */
const CLOCK_SLACK = 2n * SECOND;

/** A process that ends while it is looked at is the usual case, not an error. */
export async function quietly<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work();
  } catch {
    return otherwise;
  }
}

interface Stat {
  readonly parent: string;
  /** 100 ns units since 1601. */
  readonly started: bigint;
}

/** Whether the id still names this process. */
export async function isSame({ id, created }: ProcessKey): Promise<boolean> {
  const { started } = await readStat(String(id));
  return isClose(created, started);
}

/** The same, for who can't wait: microseconds. Throws where there is no such process. */
export function isSameNow({ id, created }: ProcessKey): boolean {
  const boot = bootTimeOf(readFileSync('/proc/stat', 'latin1'));
  return isClose(created, statOf(readFileSync(`/proc/${id}/stat`, 'latin1'), boot).started);
}

function isClose(one: bigint, other: bigint): boolean {
  const apart = one - other;
  return apart < CLOCK_SLACK && apart > -CLOCK_SLACK;
}

export async function readStat(processId: string): Promise<Stat> {
  const text = await readFile(`/proc/${processId}/stat`, 'latin1');
  return statOf(text, bootTimeOf(await readFile('/proc/stat', 'latin1')));
}

/** proc(5), /proc/pid/stat: fields 4 (ppid) and 22 (starttime), counted behind the name, which may hold anything. */
function statOf(text: string, bootTime: bigint): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = BigInt(fields[19] ?? '0');
  return { parent: fields[1] ?? '0', started: bootTime + (ticks * SECOND) / TICKS_PER_SECOND };
}

function bootTimeOf(text: string): bigint {
  const seconds = /^btime (\d+)$/m.exec(text)?.[1] ?? '0';
  return EPOCH + BigInt(seconds) * SECOND;
}

/** As the process has them now: it may have written something else over them. */
export async function readArguments(processId: bigint): Promise<string[]> {
  const file = await open(`/proc/${processId}/cmdline`);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_COMMAND_LINE));
    return buffer.toString('utf8', 0, bytesRead).replace(/\0+$/, '').split('\0');
  } finally {
    await file.close();
  }
}
