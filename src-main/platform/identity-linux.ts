/** Identity on Linux, where the lab's programs are: from /proc, always without blocking the caller. */
import { readFileSync } from 'node:fs';
import { open, readFile, readlink } from 'node:fs/promises';

import type { IdentityPort, ProcessFacts, ProcessKey, Subject } from '../engine/ports.ts';
import { isVolatileProgram } from './volatile-programs.ts';

const MAX_COMMAND_LINE = 4096;
/** 1970-01-01 in 100 ns units since 1601-01-01. */
const EPOCH = 116_444_736_000_000_000n;
const SECOND = 10_000_000n;
const TICKS_PER_SECOND = 100n;
/** The kernel computes its boot time anew at each reading, a second up or down. */
const CLOCK_SLACK = 2n * SECOND;

const nothing: ProcessFacts = { commandLine: null, startedBy: null, user: null };

export function linuxIdentity(): IdentityPort {
  return {
    subjectOf,
    processFacts: (process) => quietly(() => readFacts(process), nothing),
    isAlive: (process) => quietly(() => isSame(process), false),
    bootId,
    isVolatile: isVolatileProgram,
  };
}

/** A path is bytes to Linux: nothing is normalised, and a backslash is a letter like others. */
function subjectOf(path: string): Subject {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return { kind: 'path', key: path, name: name === '' ? path : name, path };
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** A process that ends while it is looked at is the usual case, not an error. */
async function quietly<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
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

async function readFacts(process: ProcessKey): Promise<ProcessFacts> {
  if (!(await isSame(process))) return nothing;
  const [commandLine, startedBy, user] = await Promise.all([
    quietly(() => readCommandLine(process.id), null),
    quietly(() => readParent(process.id), null),
    quietly(() => readUser(process.id), null),
  ]);
  return { commandLine, startedBy, user };
}

async function isSame({ id, created }: ProcessKey): Promise<boolean> {
  const { started } = await readStat(String(id));
  const apart = created - started;
  return apart < CLOCK_SLACK && apart > -CLOCK_SLACK;
}

/** proc(5), /proc/pid/stat: fields 4 (ppid) and 22 (starttime), counted behind the name, which may hold anything. */
async function readStat(processId: string): Promise<Stat> {
  const text = await readFile(`/proc/${processId}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = BigInt(fields[19] ?? '0');
  const started = (await bootTime()) + (ticks * SECOND) / TICKS_PER_SECOND;
  return { parent: fields[1] ?? '0', started };
}

async function bootTime(): Promise<bigint> {
  const text = await readFile('/proc/stat', 'latin1');
  const seconds = /^btime (\d+)$/m.exec(text)?.[1] ?? '0';
  return EPOCH + BigInt(seconds) * SECOND;
}

async function readCommandLine(processId: bigint): Promise<string> {
  const file = await open(`/proc/${processId}/cmdline`);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_COMMAND_LINE));
    return buffer.toString('utf8', 0, bytesRead).replace(/\0+$/, '').replaceAll('\0', ' ');
  } finally {
    await file.close();
  }
}

async function readParent(processId: bigint): Promise<string | null> {
  const { parent } = await readStat(String(processId));
  if (parent === '0') return null;
  const path = await readlink(`/proc/${parent}/exe`);
  return path.slice(path.lastIndexOf('/') + 1);
}

async function readUser(processId: bigint): Promise<string | null> {
  const status = await readFile(`/proc/${processId}/status`, 'latin1');
  const uid = /^Uid:\s+(\d+)/m.exec(status)?.[1];
  if (uid === undefined) return null;
  const users = await quietly(() => readFile('/etc/passwd', 'utf8'), '');
  const line = users.split('\n').find((entry) => entry.split(':')[2] === uid);
  return line?.split(':')[0] ?? uid;
}
