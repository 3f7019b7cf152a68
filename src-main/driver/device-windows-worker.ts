/**
 * The thread that waits for the driver: takes requests, keeps any number of overlapped ones under way, reports what is
 * done. Waits are bounded, so that it always ends when it is told to.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { ERROR_IO_PENDING, OVERLAPPED_BYTES, OVERLAPPED_EVENT, loadWin32 } from './win32.ts';
import type { Pointer } from './win32.ts';

export type ToWorker =
  | {
      readonly kind: 'request';
      readonly id: number;
      readonly code: number;
      readonly input: Uint8Array;
      readonly outputBytes: number;
    }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'close' };

/** It has started; from here on silence is the driver's. */
export interface Ready {
  readonly kind: 'ready';
}

/** `error` is a Win32 error code; 0 is success. */
export interface Done {
  readonly kind: 'done';
  readonly id: number;
  readonly error: number;
  readonly output: Uint8Array;
}

export type FromWorker = Ready | Done;

interface Running {
  readonly id: number;
  readonly event: bigint;
  readonly overlapped: Pointer;
  readonly input: Pointer;
  readonly output: Pointer;
}

/** WaitForMultipleObjects takes 64 handles; the client keeps far fewer requests under way. */
const MAX_RUNNING = 63;
const WAIT_MS = 1000;
const CLOSE_WAITS = 5;
const ERROR_BUSY = 170;
const ERROR_IO_INCOMPLETE = 996;

const win32 = loadWin32();
const { handle, wake } = workerData as { readonly handle: bigint; readonly wake: bigint };
const running: Running[] = [];

/** However it ends, the handle is closed: one that stayed open would keep the device in use. */
function serve(): void {
  try {
    while (takeMessages()) {
      win32.waitForAny([wake, ...running.map(({ event }) => event)], WAIT_MS);
      finishDone();
    }
    settle();
  } finally {
    win32.close(handle);
  }
}

/** False when it is time to end. */
function takeMessages(): boolean {
  if (parentPort === null) return false;
  for (;;) {
    const received = receiveMessageOnPort(parentPort);
    if (received === undefined) return true;
    const message = received.message as ToWorker;
    if (message.kind === 'close') return false;
    if (message.kind === 'request') start(message);
    else cancel(message.id);
  }
}

function start({ id, code, input, outputBytes }: Extract<ToWorker, { kind: 'request' }>): void {
  if (running.length === MAX_RUNNING) {
    report(id, ERROR_BUSY);
    return;
  }
  const request = allocate(id, input, outputBytes);
  const { overlapped, output } = request;
  const parts = { input: request.input, inputBytes: input.length, output, outputBytes, overlapped };
  const done = win32.control(handle, { code, ...parts });
  const error = done ? 0 : win32.lastError();
  if (done || error === ERROR_IO_PENDING) {
    running.push(request);
    return;
  }
  report(id, error);
  free(request);
}

function cancel(id: number): void {
  const request = running.find((one) => one.id === id);
  if (request !== undefined) win32.cancel(handle, request.overlapped);
}

function finishDone(): void {
  for (const request of [...running]) finish(request);
}

/** Reports a request that is done; one that still runs is left alone. */
function finish(request: Running): void {
  const bytes = win32.result(handle, request.overlapped);
  const error = bytes === null ? win32.lastError() : 0;
  if (error === ERROR_IO_INCOMPLETE) return;
  report(request.id, error, bytes === null ? undefined : win32.read(request.output, bytes));
  running.splice(running.indexOf(request), 1);
  free(request);
}

function report(id: number, error: number, output: Uint8Array = new Uint8Array()): void {
  tell({ kind: 'done', id, error, output });
}

function tell(message: FromWorker): void {
  parentPort?.postMessage(message);
}

/** Memory of a request that never ended stays allocated: the kernel may still write to it. */
function settle(): void {
  win32.cancel(handle, null);
  for (let wait = 0; wait < CLOSE_WAITS && running.length > 0; wait += 1) {
    win32.waitForAny(
      running.map(({ event }) => event),
      WAIT_MS,
    );
    finishDone();
  }
}

function allocate(id: number, input: Uint8Array, outputBytes: number): Running {
  const event = win32.createEvent();
  const overlapped = win32.allocate(OVERLAPPED_BYTES);
  const start = new Uint8Array(OVERLAPPED_BYTES);
  new DataView(start.buffer).setBigUint64(OVERLAPPED_EVENT, event, true);
  win32.write(overlapped, start);
  const memory = win32.allocate(Math.max(input.length, 1));
  win32.write(memory, input);
  return { id, event, overlapped, input: memory, output: win32.allocate(Math.max(outputBytes, 1)) };
}

function free({ event, overlapped, input, output }: Running): void {
  win32.close(event);
  for (const memory of [overlapped, input, output]) win32.free(memory);
}

tell({ kind: 'ready' });
serve();
