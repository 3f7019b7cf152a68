/** The built main of Electron as a process, with the stand-in in Electron's place. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildElectronMain } from '../../scripts/build-electron.ts';
import { root } from '../../scripts/process.ts';
import { ensurePages } from '../../scripts/start/pages.ts';

export interface Told {
  readonly log: [string, ...unknown[]][];
  readonly results: Record<string, unknown>;
  readonly preferences: Record<string, unknown>[];
  readonly probes: { event: string; prevented: boolean; answers: unknown[][] }[];
}

/** Where a bundle is tested. */
export interface BundlePlace {
  /** For its sockets, and what is loaded into it. */
  readonly folder: string;
  /** Below `build`: files of tests run beside each other, and each has its own. */
  readonly bundle: 'main' | 'main-of-service-test';
}

/** Builds what is missing. Throws what is wrong with it. */
export async function buildBundle({ folder, bundle }: BundlePlace): Promise<void> {
  const problem = await ensurePages(() => {});
  if (problem !== null) throw new Error(problem);
  await buildElectronMain(path.join(root, 'build', bundle));
  const standIn = JSON.stringify(path.join(import.meta.dirname, 'electron-stand-in.ts'));
  writeFileSync(
    path.join(folder, 'hook.mjs'),
    `import { registerHooks } from 'node:module';
     import { pathToFileURL } from 'node:url';
     registerHooks({ resolve: (name, context, next) =>
       name === 'electron' ? { url: pathToFileURL(${standIn}).href, shortCircuit: true } : next(name, context) });`,
  );
}

export function startBundle(
  { folder, bundle }: BundlePlace,
  args: readonly string[],
  env: Record<string, string> = {},
  stdio: 'inherit' | 'pipe' = 'inherit',
): ChildProcess {
  return fork(path.join(root, 'build', bundle, 'electron.js'), args, {
    execArgv: ['--import', path.join(folder, 'hook.mjs'), '--disable-warning=ExperimentalWarning'],
    env: { ...process.env, APP_PATH: root, PORTREEVE_RUN: folder, ...env },
    stdio: [stdio, stdio, stdio, 'ipc'],
  });
}

export interface Script {
  /** Only this many windows open. */
  readonly only: 0 | 1;
  readonly calls?: readonly {
    readonly as: string;
    readonly name: string;
    readonly input: unknown;
  }[];
  /** What is told waits until this was noted. */
  readonly until?: string;
}

export async function tellOf(child: ChildProcess, { calls = [], ...how }: Script): Promise<Told> {
  child.send({ ...how, calls });
  const [told] = (await once(child, 'message')) as [Told];
  return told;
}
