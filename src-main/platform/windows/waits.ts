/** Events of Windows, and waiting for them: "WaitForMultipleObjects" (Microsoft Learn). */
import type { Pointer } from './ffi.ts';
import { declare, numberOf, once, pointerOf } from './ffi.ts';

/** MAXIMUM_WAIT_OBJECTS. */
const MAX_HANDLES = 64;

const api = once(() =>
  declare('kernel32.dll', {
    CreateEventW: 'uintptr_t __stdcall CreateEventW(void *, int32_t, int32_t, str16)',
    SetEvent: 'int32_t __stdcall SetEvent(uintptr_t)',
    CloseHandle: 'int32_t __stdcall CloseHandle(uintptr_t)',
    WaitForMultipleObjects:
      'uint32_t __stdcall WaitForMultipleObjects(uint32_t, uintptr_t *, int32_t, uint32_t)',
  }),
);

/** One that ends one wait each time it is set. */
export function createEvent(): Pointer {
  return pointerOf(api().CreateEventW(null, 0, 0, null));
}

export function setEvent(event: Pointer): void {
  api().SetEvent(event);
}

export function closeHandle(handle: Pointer): void {
  api().CloseHandle(handle);
}

/** Whether one of them was signalled in time; of more than 64 the first 64 are waited for. Blocks. */
export function waitForAny(handles: readonly Pointer[], ms: number): boolean {
  const some = handles.slice(0, MAX_HANDLES);
  const list = BigUint64Array.from(some);
  return numberOf(api().WaitForMultipleObjects(some.length, list, 0, ms)) < some.length;
}
