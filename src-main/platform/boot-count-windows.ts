/** How often Windows has been started, from the registry. */
import { createRequire } from 'node:module';

import type Koffi from 'koffi';

const LOCAL_MACHINE = 0x80000002n;
const TYPE_DWORD = 0x10;
const KEY =
  'SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\PrefetchParameters';

/** Null where it cannot be read. Call it on Windows only: it loads the native module. */
export function readBootCount(): number | null {
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  const read = koffi
    .load('advapi32.dll')
    .func(
      'int32_t __stdcall RegGetValueW(uintptr_t, str16, str16, uint32_t, _Out_ uint32_t *, _Out_ uint8_t *, _Inout_ uint32_t *)',
    );
  const value = Buffer.alloc(4);
  const status: unknown = read(LOCAL_MACHINE, KEY, 'BootId', TYPE_DWORD, [0], value, [
    value.length,
  ]);
  return status === 0 ? value.readUInt32LE(0) : null;
}
