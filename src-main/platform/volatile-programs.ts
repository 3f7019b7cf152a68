/** Programs for which short-lived answers are advised: the same file is not the same program tomorrow. */

/** They run whatever script they are given (product facts, 4.8). */
const interpreters =
  /^(?:(?:ba|da|z|k|c|tc|fi)?sh|python[\d.]*w?|pypy[\d.]*|perl[\d.]*|ruby[\d.]*|php[\d.]*|lua[\d.]*|node|deno|bun|java|javaw|dotnet|pwsh|powershell|cmd|wscript|cscript|mshta|rundll32|regsvr32)(?:\.exe)?$/i;

/** Anybody may put a file there. */
const openFolders = /^\/(?:tmp|var\/tmp|dev\/shm)\/|\\(?:temp|tmp|downloads)\\/i;

export function isVolatileProgram(subject: {
  readonly name: string;
  readonly path: string;
}): boolean {
  return interpreters.test(subject.name) || openFolders.test(subject.path);
}
