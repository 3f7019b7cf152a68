/** Privileges of this process that are there but not in force: SYSTEM has many, of which some wait to be switched on. */
import { declare, once, numberOf, pointerOf, read, inArena, write, writeNumber } from './ffi.ts';
import { withToken } from './tokens.ts';

const TOKEN_ADJUST_AND_QUERY = 0x20 | 8;
const SE_PRIVILEGE_ENABLED = 2;
/** TOKEN_PRIVILEGES with one entry: count, LUID, attributes. */
const ONE = { bytes: 16, luid: 4, attributes: 12 };
const LUID_BYTES = 8;

const api = once(() => ({
  ...declare('kernel32.dll', {
    GetCurrentProcess: 'uintptr_t __stdcall GetCurrentProcess()',
  }),
  ...declare('advapi32.dll', {
    LookupPrivilegeValueW: 'int32_t __stdcall LookupPrivilegeValueW(str16, str16, void *)',
    AdjustTokenPrivileges:
      'int32_t __stdcall AdjustTokenPrivileges(uintptr_t, int32_t, void *, uint32_t, void *, void *)',
  }),
}));

/**
 * Switches them on for as long as this process runs. One that the process does not have stays away, and what needs it fails:
 * AdjustTokenPrivileges says no to it in no way that is worth another look.
 */
export function enablePrivileges(names: readonly string[]): void {
  const own = pointerOf(api().GetCurrentProcess());
  for (const name of names) {
    withToken(own, (token) => enable(token, name), TOKEN_ADJUST_AND_QUERY);
  }
}

function enable(token: bigint, name: string): null {
  return inArena((arena) => {
    const luid = arena.allocate(LUID_BYTES);
    if (numberOf(api().LookupPrivilegeValueW(null, name, luid)) === 0) return null;
    const wanted = arena.allocate(ONE.bytes);
    writeNumber(wanted, 0, 1);
    write(wanted, ONE.luid, read(luid, 0, LUID_BYTES));
    writeNumber(wanted, ONE.attributes, SE_PRIVILEGE_ENABLED);
    api().AdjustTokenPrivileges(token, 0, wanted, 0, null, null);
    return null;
  });
}
