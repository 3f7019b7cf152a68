/**
 * The thread that waits for changes of sessions: WTSWaitSystemEvent has no end but a change, or a flush by another thread.
 * Sends whatever message at each change.
 */
import { parentPort, workerData } from 'node:worker_threads';

import { state, waitForChange } from './session-events.ts';

/** Between looks where Windows can't be waited for: the service of sessions may start later than this one. */
const RETRY_MS = 5000;

const shared = workerData as Int32Array<SharedArrayBuffer>;

while (Atomics.load(shared, state.stop) === 0) {
  const changed = waitForChange();
  if (!changed) Atomics.wait(shared, state.stop, 0, RETRY_MS);
  if (Atomics.load(shared, state.stop) === 0) parentPort?.postMessage('changed');
}
Atomics.store(shared, state.ended, 1);
Atomics.notify(shared, state.ended);
parentPort?.close();
