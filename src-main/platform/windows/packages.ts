/** The packaged app that a process belongs to. */
import type { Pointer } from './ffi.ts';
import { declare, numberOf, once } from './ffi.ts';

/** PACKAGE_FAMILY_NAME_MAX_LENGTH (appmodel.h), and its end. */
const MAX_UNITS = 65;

const api = once(() =>
  declare('kernel32.dll', {
    GetPackageFamilyName:
      'int32_t __stdcall GetPackageFamilyName(uintptr_t, _Inout_ uint32_t *, void *)',
  }),
);

/** Such as `Microsoft.WindowsTerminal_8wekyb3d8bbwe`, the same over all versions; null for a program of no package. */
export function packageFamily(process: Pointer): string | null {
  const text = Buffer.alloc(MAX_UNITS * 2);
  const units = [MAX_UNITS];
  if (numberOf(api().GetPackageFamilyName(process, units, text)) !== 0) return null;
  return text.toString('utf16le', 0, ((units[0] ?? 1) - 1) * 2);
}
