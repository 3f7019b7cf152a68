/** Identity on Linux, where the lab's programs are: from /proc, always without blocking the caller. */
import { existsSync, readFileSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';

import type { IdentityPort, ProcessFacts, ProcessKey } from '../engine/ports.ts';
import { linuxCaller, pathSubject } from './callers-linux.ts';
import { isSame, quietly, readArguments, readStat } from './proc.ts';
import { isHostProgram, isVolatileProgram } from './volatile-programs.ts';

const nothing: ProcessFacts = { commandLine: null, startedBy: null, user: null };

export function linuxIdentity(): IdentityPort {
  return {
    subjectOf: pathSubject,
    folded: (name) => name,
    callerOf: linuxCaller,
    processFacts: (process) => quietly(() => readFacts(process), nothing),
    isAlive: (process) => quietly(() => isSame(process), false),
    bootId,
    signInId,
    fileExists: (path) => existsSync(path),
    isHost: isHostProgram,
    isVolatile: isVolatileProgram,
  };
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** The login session of the kernel's audit; without one, until restart is the same. */
function signInId(): string {
  return `${bootId()} ${readFileSync('/proc/self/sessionid', 'utf8').trim()}`;
}

async function readFacts(process: ProcessKey): Promise<ProcessFacts> {
  if (!(await isSame(process))) return nothing;
  const [commandLine, startedBy, user] = await Promise.all([
    quietly(async () => (await readArguments(process.id)).join(' '), null),
    quietly(() => readParent(process.id), null),
    quietly(() => readUser(process.id), null),
  ]);
  return { commandLine, startedBy, user };
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
