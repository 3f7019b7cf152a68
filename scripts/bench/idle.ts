/**
 * Main while nobody looks: no window, no question, ten thousand rules, the driver connected. Node runs it here in Electron's
 * place, from a bundle as it ships; what Electron adds can only be seen on Windows.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { storeFile } from '../../src-main/engine/store/kept.ts';
import { openStore } from '../../src-main/engine/store/store.ts';
import { draft } from '../../test/main/fakes/rule-drafts.ts';
import { buildLab } from '../native.ts';
import { endChild, root } from '../process.ts';
import { startLab } from '../start/lab-process.ts';
import { ensurePages } from '../start/pages.ts';
import { mebibytes, residentBytes } from './memory.ts';
import type { Row } from './row.ts';

/** What a computer has after some months, and what nobody has. */
const counts = [300, 10_000];
const maxBytes = 120 * 2 ** 20;
/** Until what a start does is done. */
const settleMs = 15_000;
/** V8 gives back what a start has used by itself, some two minutes later (docs/adr/0081). */
const idleMs = 150_000;
const watchedMs = 65_000;
const fastMs = 60_000;

/** Needs Linux and a C compiler. */
export async function run(): Promise<Row[]> {
  const built = await buildLab(() => {});
  if (!built.ok) throw new Error(built.line);
  if ((await ensurePages(() => {})) !== null) throw new Error('the pages could not be built');
  const program = await bundleMain();
  const parts = { labProgram: built.program, program };
  const [timers, ...memory] = await Promise.all([
    // Timers are the same with any number of rules.
    withMain({ ...parts, count: 300, hook: 'note-timers.ts' }, timerRow),
    ...counts.map((count) => withMain({ ...parts, count, hook: null }, memoryRows(count))),
  ]);
  return [...memory.flat(), timers];
}

interface Parts {
  readonly labProgram: string;
  readonly program: string;
  readonly count: number;
  /** Watches in the same process, and takes memory itself. */
  readonly hook: string | null;
}

async function withMain<T>(
  { labProgram, program, count, hook }: Parts,
  measure: (main: ChildProcess, notes: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'portreeve-idle-'));
  const notes = path.join(folder, 'timers.json');
  fill(folder, count);
  const [socket, door] = [path.join(folder, 'lab.sock'), path.join(folder, 'door.sock')];
  const lab = await startLab({ program: labProgram, socket, door, say: () => {} });
  if (lab === null) throw new Error('the lab did not start');
  const main = await startMain({ program, folder, socket, notes, hook });
  try {
    await delay(settleMs);
    return await measure(main, notes);
  } finally {
    await endChild(main);
    await lab.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function fill(folder: string, count: number): void {
  const store = openStore(storeFile(folder));
  if (!store.ok) throw new Error(store.error.message);
  const drafts = Array.from({ length: count }, (_none, place) => draft({ path: `/opt/${place}` }));
  store.value.addRules(drafts, []);
  store.value.close();
}

/** As a bundle: running TypeScript as it is costs Node as much memory again. */
async function bundleMain(): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'error',
    root,
    ssr: { noExternal: true, external: ['koffi'] },
    build: {
      // Main finds the pages beside the folder that it is in.
      outDir: path.join(root, 'test-results'),
      emptyOutDir: false,
      target: 'node24',
      ssr: path.join(root, 'src-main/main-browser.ts'),
      rolldownOptions: {
        external: ['koffi', /^node:/u],
        output: { format: 'es', entryFileNames: 'idle-main.mjs', codeSplitting: false },
      },
    },
  });
  return path.join(root, 'test-results/idle-main.mjs');
}

interface Start {
  readonly program: string;
  readonly folder: string;
  readonly socket: string;
  readonly notes: string;
  readonly hook: string | null;
}

async function startMain({ program, folder, socket, notes, hook }: Start): Promise<ChildProcess> {
  const children = pathToFileURL(path.join(root, 'scripts/bench/children')).href;
  const watched = hook === null ? [] : ['--import', `${children}/${hook}`];
  const child = fork(program, ['--port', '0', '--state', folder, '--lab', socket], {
    env: { ...process.env, PORTREEVE_RUN: folder, NOTE_TIMERS: notes },
    execArgv: [...watched, '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

function memoryRows(count: number): (main: ChildProcess) => Promise<Row[]> {
  const row = (after: number, bytes: number, budget: number | null): Row => ({
    what: `main idle for ${after / 1000} s, ${count} rules, no window (Node): resident memory`,
    budget: budget === null ? '' : '120 MB',
    measured: `${mebibytes(bytes)} MB`,
    ok: budget === null || bytes < budget,
  });
  return async ({ pid }) => {
    const settled = row(settleMs, residentBytes(pid), null);
    await delay(idleMs - settleMs);
    return [settled, row(idleMs, residentBytes(pid), maxBytes)];
  };
}

async function timerRow({ pid }: ChildProcess, notes: string): Promise<Row> {
  await timersOf(pid, notes);
  const before = wakeUps(pid);
  await delay(watchedMs);
  const woken = wakeUps(pid) - before;
  const fast = (await timersOf(pid, notes)).filter((ms) => ms < fastMs);
  return {
    what: 'main idle: timers faster than 1/min that ran out in a minute',
    budget: '0',
    measured: `${fast.length}${fast.length > 0 ? ` (${fast.join(', ')} ms)` : ''}; woken ${woken} times`,
    ok: fast.length === 0,
  };
}

async function timersOf(processId: number | undefined, notes: string): Promise<number[]> {
  rmSync(notes, { force: true });
  process.kill(processId ?? 0, 'SIGUSR2');
  while (!existsSync(notes)) await delay(20);
  await delay(100);
  return JSON.parse(readFileSync(notes, 'utf8')) as number[];
}

/** How often the main thread has waited for something and gone on. */
function wakeUps(processId: number | undefined): number {
  const status = readFileSync(`/proc/${processId}/task/${processId}/status`, 'utf8');
  return Number(/^voluntary_ctxt_switches:\s+(\d+)/mu.exec(status)?.[1]);
}
