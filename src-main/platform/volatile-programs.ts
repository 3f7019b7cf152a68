/** Programs for which short-lived answers are advised: the same file is not the same program tomorrow. */

import type { Subject } from '../engine/ports.ts';

/** They run whatever script they are given (product facts, 4.8). */
const interpreters =
  /^(?:(?:ba|da|z|k|c|tc|fi)?sh|python[\d.]*w?|pypy[\d.]*|perl[\d.]*|ruby[\d.]*|php[\d.]*|lua[\d.]*|node|deno|bun|java|javaw|dotnet|pwsh|powershell|cmd|wscript|cscript|mshta|rundll32|regsvr32)(?:\.exe)?$/i;

const serviceHosts = /^(?:svchost|dllhost|taskhostw|systemd)(?:\.exe)?$/i;

/** Anybody may put a file there. */
const openFolders = /^\/(?:tmp|var\/tmp|dev\/shm)\/|\\(?:temp|tmp|downloads)\\/i;

/** By the name of its file. */
export function isInterpreter(name: string): boolean {
  return interpreters.test(name);
}

/** Whether one file is many programs: what it runs, or which services, is not in its path. */
export function isHostProgram({ name }: Pick<Subject, 'name'>): boolean {
  return isInterpreter(name) || serviceHosts.test(name);
}

export function isVolatileProgram(subject: Omit<Subject, 'key'>): boolean {
  return (
    subject.kind === 'interpreter-script' ||
    interpreters.test(subject.name) ||
    // A package has a name of its own.
    interpreters.test(subject.path.slice(subject.path.lastIndexOf('\\') + 1)) ||
    openFolders.test(subject.path)
  );
}
