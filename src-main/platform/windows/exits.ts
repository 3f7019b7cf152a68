/** Tells of processes that have ended, by the thread of exits-worker.ts, which lives while there is one to wait for. */
import { Worker } from 'node:worker_threads';

import type { ToExits } from './exits-worker.ts';
import type { Pointer } from './ffi.ts';
import { closeHandle, createEvent, setEvent } from './waits.ts';

/** A thread that fails so often is not started again; then nobody is told. */
const MAX_FAILURES = 10;

export class Exits {
  readonly #waiting = new Map<Pointer, () => void>();
  readonly #wake = createEvent();
  #worker: Worker | null = null;
  #failures = 0;

  /** Resolves when the process of this handle has ended, and closes the handle then. */
  of(handle: Pointer): Promise<void> {
    this.#worker ??= this.#start();
    const ended = new Promise<void>((resolve) => {
      this.#waiting.set(handle, resolve);
    });
    this.#send(handle);
    return ended;
  }

  #start(): Worker {
    const options = { workerData: { wake: this.#wake } };
    const worker = new Worker(new URL('./exits-worker.ts', import.meta.url), options);
    worker.unref();
    worker.on('message', (handle: Pointer) => this.#ended(handle));
    worker.on('error', () => undefined);
    worker.on('exit', () => this.#startAgain(worker));
    return worker;
  }

  #ended(handle: Pointer): void {
    this.#waiting.get(handle)?.();
    this.#waiting.delete(handle);
    closeHandle(handle);
    if (this.#waiting.size > 0) return;
    this.#send(null);
    this.#worker = null;
  }

  /** The thread has ended by itself: who is waited for still is. */
  #startAgain(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#failures += 1;
    if (this.#failures > MAX_FAILURES) return;
    this.#worker = this.#start();
    for (const handle of this.#waiting.keys()) this.#send(handle);
  }

  #send(message: ToExits): void {
    this.#worker?.postMessage(message);
    setEvent(this.#wake);
  }
}
