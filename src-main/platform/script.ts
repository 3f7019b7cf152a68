/** Which script an interpreter runs, from its arguments. */
import { isInterpreter } from './volatile-programs.ts';

/** Options whose value is an argument of its own. */
const withValue = new Set([
  ...['-W', '-X', '-r', '--require', '--import', '--loader', '-I', '-M'],
  ...['-cp', '-classpath', '--class-path', '-o', '-O', '-F', '-File', '-file'],
]);
/** What follows is the program itself: there is no script. */
const inline = new Set(['-', '-c', '-e', '-E', '-p', '--eval', '--print', '-Command', '/c', '/C']);

/** The argument that names the script, a module as `-m name`; null where the program runs none, or text of its own. */
export function scriptOf(programName: string, args: readonly string[]): string | null {
  if (!isInterpreter(programName)) return null;
  for (let index = 1; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    const next = args[index + 1];
    if (inline.has(arg) || /^-[a-z]{0,3}[ce]$/.test(arg)) return null;
    if (arg === '-m' || arg === '--module') return next === undefined ? null : `-m ${next}`;
    if (arg === '-jar' || arg === '-File' || arg === '-file') return next ?? null;
    if (withValue.has(arg)) index += 1;
    else if (!arg.startsWith('-')) return arg;
  }
  return null;
}
