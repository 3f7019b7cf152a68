/** Values of a key below HKEY_LOCAL_MACHINE, which only administrators can write. Call it on Windows only. */
import {
  declare,
  inArena,
  numberOf,
  once,
  pointerOf,
  read,
  readNumber,
  readText,
  writeNumber,
} from './ffi.ts';
import type { Pointer } from './ffi.ts';

/** Predefined handle, as a sign-extended 32-bit number (winreg.h). */
const HKEY_LOCAL_MACHINE = 0xffff_ffff_8000_0002n;
/** KEY_QUERY_VALUE, of the 64-bit view whatever this program is. */
const ACCESS = 0x0001 | 0x0100;
const ERROR_SUCCESS = 0;
const REG_SZ = 1;
const REG_DWORD = 4;
const MAX_VALUES = 256;
/** Characters of a value's name, with its zero. */
const MAX_NAME = 16_384;
const MAX_BYTES = 131_072;

const api = once(() =>
  declare('advapi32.dll', {
    RegOpenKeyExW:
      'int32_t __stdcall RegOpenKeyExW(uintptr_t, str16, uint32_t, uint32_t, _Out_ uintptr_t *)',
    RegEnumValueW:
      'int32_t __stdcall RegEnumValueW(uintptr_t, uint32_t, void *, void *, void *, void *, void *, void *)',
    RegCloseKey: 'int32_t __stdcall RegCloseKey(uintptr_t)',
  }),
);

/** By name. Text and 32-bit numbers; null for what has another type, or does not fit. Empty where there is no such key. */
export function machineValues(key: string): Readonly<Record<string, string | number | null>> {
  const opened = [0n];
  const code = numberOf(api().RegOpenKeyExW(HKEY_LOCAL_MACHINE, key, 0, ACCESS, opened));
  if (code !== ERROR_SUCCESS) return {};
  const handle = pointerOf(opened[0]);
  try {
    return inArena((arena) => {
      const memory = {
        name: arena.allocate(MAX_NAME * 2),
        data: arena.allocate(MAX_BYTES + 2),
        /** Length of the name, type, length of the data. */
        numbers: arena.allocate(12),
      };
      return Object.fromEntries(valuesOf(handle, memory));
    });
  } finally {
    api().RegCloseKey(handle);
  }
}

interface Memory {
  readonly name: Pointer;
  readonly data: Pointer;
  readonly numbers: Pointer;
}

type Named = readonly [name: string, value: string | number | null];

function valuesOf(handle: Pointer, memory: Memory): Named[] {
  const values: Named[] = [];
  for (let index = 0; index < MAX_VALUES; index += 1) {
    const value = valueAt(handle, index, memory);
    if (value === null) break;
    values.push(value);
  }
  return values;
}

/** Null behind the last one. */
function valueAt(handle: Pointer, index: number, { name, data, numbers }: Memory): Named | null {
  writeNumber(numbers, 0, MAX_NAME);
  writeNumber(numbers, 4, 0);
  writeNumber(numbers, 8, MAX_BYTES);
  const [type, length] = [numbers + 4n, numbers + 8n];
  const code = numberOf(
    api().RegEnumValueW(handle, index, name, numbers, null, type, data, length),
  );
  const named = readText(name);
  // ERROR_MORE_DATA: larger than anything that is used here.
  if (code === 234) return [named, null];
  if (code !== ERROR_SUCCESS) return null;
  return [named, valueOf(readNumber(numbers, 4), read(data, 0, readNumber(numbers, 8)))];
}

/** Expandable text is not taken: the environment, from which it would be filled, is the user's. */
function valueOf(type: number, bytes: Buffer): string | number | null {
  if (type === REG_DWORD && bytes.length === 4) return bytes.readUInt32LE();
  if (type !== REG_SZ) return null;
  return (
    bytes
      .subarray(0, bytes.length & ~1)
      .toString('utf16le')
      .split('\0')[0] ?? ''
  );
}
