/** One command for portreeve.com: nothing of Portreeve is started, no window, no lock, no folder. */
import { runInstalled } from '../../cli/installed.ts';
import { admissionOf, commandRefusal } from './admission.ts';
import { type Start, factsOf, folderOf } from './windows.ts';

/** Resolves with its code. */
export function runCommand(
  start: Start,
  args: readonly string[],
  version: string,
): Promise<number> {
  const refusal = (): string | null => commandRefusal(admissionOf(factsOf(start)));
  return runInstalled({ args, version, folder: folderOf(start), refusal });
}
