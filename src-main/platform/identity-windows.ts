/** Identity on Windows. Signers, services, packages and drive letters come behind this port later. */
import { randomUUID } from 'node:crypto';

import type { IdentityPort, Subject } from '../engine/ports.ts';
import { readBootCount } from './boot-count-windows.ts';
import { isVolatileProgram } from './volatile-programs.ts';

export function windowsIdentity(): IdentityPort {
  const boot = bootId();
  return {
    subjectOf: windowsSubject,
    processFacts: () => Promise.resolve({ commandLine: null, startedBy: null, user: null }),
    isAlive: () => Promise.resolve(true),
    bootId: () => boot,
    isVolatile: isVolatileProgram,
  };
}

/**
 * The file system ignores case. Only A to Z are folded here: a rule of Unicode's that NTFS does not have would make two
 * programs one, while a fold too few only asks twice.
 */
export function windowsSubject(path: string): Subject {
  const key = path.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const name = path.slice(path.lastIndexOf('\\') + 1);
  return { kind: 'path', key, name: name === '' ? path : name, path };
}

/** Where the count cannot be read, "until restart" ends with Portreeve itself: shorter, never longer. */
function bootId(): string {
  const count = readBootCount();
  return count === null ? randomUUID() : `boot ${count}`;
}
