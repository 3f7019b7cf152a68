/** The thread that waits for processes to end. Waits are bounded, so that it always ends when it is told to. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { waitForAny } from './waits.ts';

/** A process to wait for, by a handle that stays open until its end was told; null: end. */
export type ToExits = bigint | null;

const WAIT_MS = 1000;
const { wake } = workerData as { readonly wake: bigint };
const waiting = new Set<bigint>();

/** False when it is time to end. */
function takeMessages(): boolean {
  if (parentPort === null) return false;
  for (;;) {
    const received = receiveMessageOnPort(parentPort);
    if (received === undefined) return true;
    const handle = received.message as ToExits;
    if (handle === null) return false;
    waiting.add(handle);
  }
}

function tellEnded(): void {
  for (const handle of waiting) {
    if (waitForAny([handle], 0)) {
      waiting.delete(handle);
      parentPort?.postMessage(handle);
    }
  }
}

while (takeMessages()) {
  waitForAny([wake, ...waiting], WAIT_MS);
  tellEnded();
}
parentPort?.close();
