/** Where the shell's own completion of files is wanted, which the commands do not tell. */

const pathOptions = new Set(['--program', '--script', '--state']);
const fileCommands = new Set(['import', 'export']);
/** "Let the shell complete files" in the words of the completion scripts. */
export const FILES = ':0\n';

/** Whether `args`, as a completion script gives them, end where a path is typed. */
export function wantsFile(args: readonly string[]): boolean {
  const [first, second, ...words] = args;
  if (first !== 'complete' || second !== '--') return false;
  const current = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  if (pathOptions.has(before)) return true;
  return fileCommands.has(before) && words.at(-3) === 'rules' && !current.startsWith('-');
}
