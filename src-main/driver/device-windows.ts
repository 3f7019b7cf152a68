/**
 * The driver's device on Windows. A worker thread owns the handle and does all waiting; this side only sends it requests
 * and wakes it, so that nothing that the driver does or leaves undone can stop the main process.
 */
import { Worker } from 'node:worker_threads';

import type { LostCause } from '../../src-preload/contract/model.ts';
import type { DriverFailure } from '../engine/ports.ts';
import { failure } from './device.ts';
import type {
  Device,
  DeviceFailure,
  DeviceKind,
  FailureCode,
  IoctlReply,
  Opened,
} from './device.ts';
import type { Done, FromWorker, ToWorker } from './device-windows-worker.ts';
import { loadWin32 } from './win32.ts';
import type { Win32 } from './win32.ts';

const DEVICE = '\\\\.\\Portreeve';

/** Win32 error codes (winerror.h). */
const codes = new Map<number, FailureCode>([
  [2, 'not-installed'], // ERROR_FILE_NOT_FOUND
  [3, 'not-installed'], // ERROR_PATH_NOT_FOUND
  [5, 'access-denied'], // ERROR_ACCESS_DENIED
  [6, 'gone'], // ERROR_INVALID_HANDLE
  [32, 'busy'], // ERROR_SHARING_VIOLATION
  [55, 'gone'], // ERROR_DEV_NOT_EXIST
  [170, 'busy'], // ERROR_BUSY
  [433, 'gone'], // ERROR_NO_SUCH_DEVICE
  [995, 'gone'], // ERROR_OPERATION_ABORTED
  [1167, 'gone'], // ERROR_DEVICE_NOT_CONNECTED
  [1306, 'wrong-version'], // ERROR_REVISION_MISMATCH
]);

/** The installed driver; a test may name another device. */
export function windowsDevice(path = DEVICE): DeviceKind {
  return { open: () => openWindows(path), explain };
}

async function openWindows(path: string): Promise<Opened> {
  const win32 = loadWin32();
  const handle = win32.open(path);
  if (handle === 0n) return failureOf(win32.lastError());
  const device = new WindowsDevice(win32, handle);
  if (await device.started) return { ok: true, device };
  win32.close(handle);
  return failure('refused', 'its thread does not start');
}

function failureOf(error: number): { readonly ok: false; readonly failure: DeviceFailure } {
  const code = codes.get(error);
  const said = code === undefined || code === 'gone' ? `error ${error}` : '';
  return failure(code ?? 'refused', said);
}

class WindowsDevice implements Device {
  readonly #win32: Win32;
  readonly #worker: Worker;
  readonly #wake: bigint;
  readonly #waiting = new Map<number, (reply: IoctlReply) => void>();
  readonly #ended: Promise<void>;
  /** False: the worker has ended before it could take a request, and the handle is still open. */
  readonly started: Promise<boolean>;
  #lastId = 0;
  #closed = false;

  constructor(win32: Win32, handle: bigint) {
    this.#win32 = win32;
    this.#wake = win32.createEvent();
    this.#worker = new Worker(new URL('./device-windows-worker.ts', import.meta.url), {
      workerData: { handle, wake: this.#wake },
    });
    let fault = '';
    this.#ended = new Promise((resolve) => {
      this.#worker.on('error', (error) => {
        fault = `its thread ended: ${String(error)}`;
      });
      this.#worker.on('exit', () => resolve());
    });
    void this.#ended.then(() => this.#end(fault));
    this.started = new Promise((resolve) => {
      this.#worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') resolve(true);
        else this.#settle(message);
      });
      void this.#ended.then(() => resolve(false));
    });
  }

  ioctl(
    code: number,
    input: Uint8Array,
    outputBytes: number,
    signal?: AbortSignal,
  ): Promise<IoctlReply> {
    if (this.#closed) return Promise.resolve(failure('gone'));
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send({ kind: 'request', id, code, input, outputBytes });
      signal?.addEventListener('abort', () => this.#send({ kind: 'cancel', id }), { once: true });
    });
  }

  async close(): Promise<void> {
    if (!this.#closed) this.#send({ kind: 'close' });
    this.#closed = true;
    await this.#ended;
  }

  /** The event outlives the worker, so waking one that has ended does nothing. */
  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
    this.#win32.setEvent(this.#wake);
  }

  #settle({ id, error, output }: Done): void {
    const settle = this.#waiting.get(id);
    this.#waiting.delete(id);
    settle?.(error === 0 ? { ok: true, output } : failureOf(error));
  }

  /** `fault`: of the thread, empty when it has ended as it was told. */
  #end(fault: string): void {
    this.#closed = true;
    for (const settle of this.#waiting.values()) settle(failure('gone', fault));
    this.#waiting.clear();
  }
}

const sentences: Record<FailureCode, readonly [reason: string, remedy: string]> = {
  'not-installed': [
    'The Portreeve driver is not installed or not started.',
    'Run the installer again, or start the driver with `sc start portreeve` as an administrator.',
  ],
  'access-denied': [
    'Windows does not let this account use the Portreeve driver.',
    'Start Portreeve as an administrator.',
  ],
  busy: [
    'Another Portreeve is already in charge of the driver.',
    'Close the other one; this one takes over by itself.',
  ],
  'wrong-version': [
    'The installed driver belongs to another version of Portreeve.',
    'Run the installer again, so that both have the same version.',
  ],
  gone: [
    'The Portreeve driver has stopped.',
    'Portreeve connects again by itself; if that does not help, restart the computer.',
  ],
  protocol: [
    'The Portreeve driver gave an answer that makes no sense.',
    'Run the installer again, so that both have the same version.',
  ],
  refused: [
    'The Portreeve driver refused a request.',
    'Restart the computer; if that does not help, run the installer again.',
  ],
};

/** Those that pages say in their own language. */
const causes = new Map<FailureCode, LostCause>([
  ['not-installed', 'not-installed'],
  ['access-denied', 'access-denied'],
  ['busy', 'in-use'],
  ['wrong-version', 'version-mismatch'],
  ['gone', 'driver-stopped'],
]);

export function explain({ code, detail }: DeviceFailure): DriverFailure {
  const [reason, remedy] = sentences[code];
  const text = detail === '' ? reason : `${reason.slice(0, -1)} (${detail}).`;
  const cause = causes.get(code);
  return { reason: text, remedy, ...(cause === undefined ? {} : { cause }) };
}
