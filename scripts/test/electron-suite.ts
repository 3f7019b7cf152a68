/** The suite of the two windows on Electron's own program, where that can run; else it says in one sentence why not. */
import {
  type ElectronChoice,
  type ElectronSearch,
  chooseElectron,
} from '../start/electron-binary.ts';
import type { Suite, SuiteResult } from './suites.ts';

type Run = (name: string, env: Readonly<Record<string, string>>) => Promise<SuiteResult>;
type Choose = (search: ElectronSearch) => Promise<ElectronChoice>;

/** Never passes without Electron: it is left out, and counts as that. */
export function electronSuite(run: Run, choose: Choose = chooseElectron): Suite['run'] {
  return async (name) => {
    const electron = await choose({ say: (line) => process.stdout.write(`${line}\n`) });
    if (electron.ok) return run(name, { PORTREEVE_ELECTRON: electron.program });
    const leftOut = `Electron isn't used: ${electron.why}`;
    return { passed: 0, failed: 0, skipped: 1, output: leftOut, leftOut };
  };
}
