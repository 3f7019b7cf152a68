/** The few Win32 calls that the device needs. Call it on Windows only: it loads the native module. */
import { createRequire } from 'node:module';

import type Koffi from 'koffi';

export const ERROR_IO_PENDING = 997;
export const WAIT_TIMEOUT = 0x102;

const GENERIC_READ_WRITE = 0xc0000000;
const OPEN_EXISTING = 3;
const FILE_FLAG_OVERLAPPED = 0x40000000;
const INVALID_HANDLE = 0xffff_ffff_ffff_ffffn;

/** Memory that stays where it is while the kernel writes to it. */
export type Pointer = bigint;

/** HANDLE values; 0n is none. */
export interface Win32 {
  open(path: string): bigint;
  close(handle: bigint): void;
  lastError(): number;
  createEvent(): bigint;
  setEvent(event: bigint): void;
  /** The index of a signalled event, or WAIT_TIMEOUT. Blocks: worker threads only. */
  waitForAny(events: readonly bigint[], ms: number): number;
  /** True when it is done already. */
  control(handle: bigint, request: ControlRequest): boolean;
  /** Bytes of output, or null when it failed. */
  result(handle: bigint, overlapped: Pointer): number | null;
  /** Null cancels everything of the handle. */
  cancel(handle: bigint, overlapped: Pointer | null): void;
  allocate(bytes: number): Pointer;
  free(memory: Pointer): void;
  write(memory: Pointer, bytes: Uint8Array): void;
  read(memory: Pointer, bytes: number): Uint8Array;
}

export interface ControlRequest {
  readonly code: number;
  readonly input: Pointer;
  readonly inputBytes: number;
  readonly output: Pointer;
  readonly outputBytes: number;
  readonly overlapped: Pointer;
}

/** OVERLAPPED on 64-bit Windows: two pointers, two 32-bit offsets, the event. */
export const OVERLAPPED_BYTES = 32;
export const OVERLAPPED_EVENT = 24;

type Function = (...values: readonly unknown[]) => unknown;

export function loadWin32(): Win32 {
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  const kernel = koffi.load('kernel32.dll');
  const declare = (text: string): Function => kernel.func(text) as Function;
  return { ...handleCalls(declare), ...requestCalls(declare), ...memoryCalls(koffi) };
}

type HandleCalls = 'open' | 'close' | 'lastError' | 'createEvent' | 'setEvent' | 'waitForAny';

function handleCalls(declare: (text: string) => Function): Pick<Win32, HandleCalls> {
  const createFile = declare(
    'uintptr_t __stdcall CreateFileW(str16, uint32_t, uint32_t, void *, uint32_t, uint32_t, uintptr_t)',
  );
  const closeHandle = declare('int32_t __stdcall CloseHandle(uintptr_t)');
  const getLastError = declare('uint32_t __stdcall GetLastError()');
  const createEvent = declare('uintptr_t __stdcall CreateEventW(void *, int32_t, int32_t, str16)');
  const setEvent = declare('int32_t __stdcall SetEvent(uintptr_t)');
  const wait = declare(
    'uint32_t __stdcall WaitForMultipleObjects(uint32_t, uintptr_t *, int32_t, uint32_t)',
  );
  return {
    open(path) {
      const access = [GENERIC_READ_WRITE, 0, null, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, 0];
      const handle = handleOf(createFile(path, ...access));
      return handle === INVALID_HANDLE ? 0n : handle;
    },
    close: (handle) => void closeHandle(handle),
    lastError: () => Number(getLastError()),
    createEvent: () => handleOf(createEvent(null, 0, 0, null)),
    setEvent: (event) => void setEvent(event),
    waitForAny: (events, ms) => Number(wait(events.length, BigUint64Array.from(events), 0, ms)),
  };
}

function requestCalls(
  declare: (text: string) => Function,
): Pick<Win32, 'control' | 'result' | 'cancel'> {
  const control = declare(
    'int32_t __stdcall DeviceIoControl(uintptr_t, uint32_t, void *, uint32_t, void *, uint32_t, void *, void *)',
  );
  const result = declare(
    'int32_t __stdcall GetOverlappedResult(uintptr_t, void *, _Out_ uint32_t *, int32_t)',
  );
  const cancel = declare('int32_t __stdcall CancelIoEx(uintptr_t, void *)');
  return {
    control(handle, { code, input, inputBytes, output, outputBytes, overlapped }) {
      const buffers = [input, inputBytes, output, outputBytes];
      return control(handle, code, ...buffers, null, overlapped) !== 0;
    },
    result(handle, overlapped) {
      const bytes = [0];
      return result(handle, overlapped, bytes, 0) === 0 ? null : (bytes[0] ?? 0);
    },
    cancel: (handle, overlapped) => void cancel(handle, overlapped),
  };
}

function memoryCalls(koffi: typeof Koffi): Pick<Win32, 'allocate' | 'free' | 'write' | 'read'> {
  return {
    allocate: (bytes) => koffi.alloc('uint8_t', bytes) as Pointer,
    free: (memory) => koffi.free(memory),
    write: (memory, bytes) => koffi.encode(memory, 'uint8_t', bytes, bytes.length),
    read: (memory, bytes) =>
      bytes === 0 ? new Uint8Array() : (koffi.decode(memory, 'uint8_t', bytes) as Uint8Array),
  };
}

function handleOf(value: unknown): bigint {
  return typeof value === 'bigint' ? value : BigInt(Number(value));
}
