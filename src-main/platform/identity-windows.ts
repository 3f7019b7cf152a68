/**
 * Identity on Windows: by path and pattern. Signers, services, packages, scripts, hashes, parents and drive letters are
 * not found out yet; rules about them are kept and match nothing (docs/windows-validation.md).
 */
import { randomUUID } from 'node:crypto';

import { generalised } from '../engine/policy/path-pattern.ts';
import type { Caller, IdentityPort, Subject } from '../engine/ports.ts';
import { readBootCount } from './boot-count-windows.ts';
import { isHostProgram, isVolatileProgram } from './volatile-programs.ts';

export function windowsIdentity(): IdentityPort {
  const boot = bootId();
  // Signing out ends Portreeve, so its own life is never longer than the sign-in.
  const signIn = randomUUID();
  return {
    subjectOf: windowsSubject,
    callerOf: (_process, path) => windowsCaller(path),
    processFacts: () => Promise.resolve({ commandLine: null, startedBy: null, user: null }),
    isAlive: () => Promise.resolve(true),
    bootId: () => boot,
    signInId: () => signIn,
    fileExists: () => null,
    isHost: isHostProgram,
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

/** A versioned folder is remembered without its number. */
export function windowsCaller(path: string): Caller {
  const subject = windowsSubject(path);
  const pattern = generalised(subject.key);
  const own: Subject | null =
    pattern === null ? null : { ...subject, kind: 'path-pattern', key: pattern };
  const subjects = own === null ? [subject] : [own, subject];
  return { subject: own ?? subject, subjects, ancestors: [], complete: true };
}

/** Where the count cannot be read, "until restart" ends with Portreeve itself: shorter, never longer. */
function bootId(): string {
  const count = readBootCount();
  return count === null ? randomUUID() : `boot ${count}`;
}
