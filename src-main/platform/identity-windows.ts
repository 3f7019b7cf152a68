/**
 * Identity on Windows. Signatures, services, packages, arguments and parents are asked for in a thread of its own
 * (windows/facts-worker.ts); what is made of the answers is in windows-caller.ts.
 */
import { randomUUID } from 'node:crypto';

import type { IdentityPort, ProcessFacts } from '../engine/ports.ts';
import { readBootCount } from './boot-count-windows.ts';
import { isHostProgram, isVolatileProgram } from './volatile-programs.ts';
import { callerFrom, folded, unfoundCaller, windowsSubject } from './windows-caller.ts';
import { WindowsFacts } from './windows/facts.ts';
import { ownSignIn } from './windows/tokens.ts';
import { devicePath, fileExists, letteredPath } from './windows/volumes.ts';

const nothing: ProcessFacts = { commandLine: null, startedBy: null, user: null };

export function windowsIdentity(): IdentityPort {
  // Programs and what is told about them apart: a large file takes its time.
  const [programs, facts] = [new WindowsFacts(), new WindowsFacts()];
  const boot = bootId();
  const signIn = `${boot} ${ownSignIn() ?? randomUUID()}`;
  return {
    subjectOf: (path) => windowsSubject(devicePath(path), letteredPath(path)),
    folded,
    async callerOf(process, path, wanted) {
      const found = await programs.ask('program', { process, path, wanted });
      const file = windowsSubject(path, found?.path ?? letteredPath(path));
      return found ? callerFrom(file, found, wanted) : unfoundCaller(file, wanted);
    },
    processFacts: async (process) => (await facts.ask('facts', process)) ?? nothing,
    isAlive: async (process) => (await facts.ask('isAlive', process)) ?? true,
    bootId: () => boot,
    signInId: () => signIn,
    fileExists,
    isHost: isHostProgram,
    isVolatile: isVolatileProgram,
  };
}

/** Where the count cannot be read, "until restart" ends with Portreeve itself: shorter, never longer. */
function bootId(): string {
  const count = readBootCount();
  return count === null ? randomUUID() : `boot ${count}`;
}
