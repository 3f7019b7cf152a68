/**
 * Changes of sessions: somebody signs in or out, comes or goes. "WTSWaitSystemEvent" (Microsoft Learn): it blocks until one of
 * the events of its mask, and WTS_EVENT_FLUSH ends every wait of this process, with WTS_EVENT_NONE.
 */
import { Worker } from 'node:worker_threads';

import { declare, numberOf, once } from './ffi.ts';

/** WTS_EVENT_CREATE, _DELETE, _CONNECT, _DISCONNECT, _LOGON, _LOGOFF (wtsapi32.h). */
const CHANGES = 0x1 | 0x2 | 0x8 | 0x10 | 0x20 | 0x40;
const FLUSH = 0x8000_0000;
/** WTS_CURRENT_SERVER_HANDLE. */
const HERE = 0;
/** What comes between two waits is told to nobody, and a token may come later than its event: so it is looked at once more. */
const SETTLED_MS = 3000;
const STEP_MS = 20;
const EXIT_STEPS = 100;

/** Places in the memory that both threads have. */
export const state = { stop: 0, ended: 1 } as const;

const api = once(() =>
  declare('wtsapi32.dll', {
    WTSWaitSystemEvent:
      'int32_t __stdcall WTSWaitSystemEvent(uintptr_t, uint32_t, _Out_ uint32_t *)',
  }),
);

/** Blocks: in a thread of its own. False where Windows can't be waited for. */
export function waitForChange(): boolean {
  return numberOf(api().WTSWaitSystemEvent(HERE, CHANGES, [0])) !== 0;
}

function flush(): void {
  api().WTSWaitSystemEvent(HERE, FLUSH, [0]);
}

export interface SessionEvents {
  /** Resolves when the thread has ended. */
  end(): Promise<void>;
}

/** Calls at every change, once more a little later, and every few seconds where Windows can't be waited for. */
export function watchSessions(changed: () => void): SessionEvents {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const options = { workerData: shared };
  const worker = new Worker(new URL('./session-events-worker.ts', import.meta.url), options);
  worker.unref();
  const isOn = (): boolean => Atomics.load(shared, state.stop) === 0;
  let later: NodeJS.Timeout | undefined;
  worker.on('message', () => {
    if (!isOn()) return;
    clearTimeout(later);
    later = setTimeout(() => isOn() && changed(), SETTLED_MS).unref();
    changed();
  });
  worker.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => resolve());
  });
  // A thread that is inside of Windows would keep the process from ending.
  const atExit = (): void => endNow(shared);
  process.once('exit', atExit);
  return {
    async end() {
      askToEnd(shared);
      clearTimeout(later);
      // A flush before the wait has begun ends nothing.
      const again = setInterval(flush, STEP_MS);
      await ended;
      clearInterval(again);
      process.removeListener('exit', atExit);
    },
  };
}

function askToEnd(shared: Int32Array<SharedArrayBuffer>): void {
  Atomics.store(shared, state.stop, 1);
  Atomics.notify(shared, state.stop);
  flush();
}

/** Waits, for at most two seconds. */
function endNow(shared: Int32Array<SharedArrayBuffer>): void {
  askToEnd(shared);
  for (let step = 0; step < EXIT_STEPS && Atomics.load(shared, state.ended) === 0; step += 1) {
    Atomics.wait(shared, state.ended, 0, STEP_MS);
    flush();
  }
}
