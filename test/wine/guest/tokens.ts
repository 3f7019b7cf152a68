/** Tokens with fewer rights than this process has, as Windows makes them: advapi32. */
import { createRequire } from 'node:module';

import type Koffi from 'koffi';

const TOKEN_ALL_ACCESS = 0xf01ff;
const SECURITY_IMPERSONATION = 2;
const TOKEN_TYPE_IMPERSONATION = 2;
const WIN_BUILTIN_ADMINISTRATORS = 26;
const SID_BYTES = 68;

/** `filtered`: Administrators may only deny, as for one who is not elevated. (Wine 8 can't lower a token's integrity.) */
export type Lesser = 'same' | 'filtered';

type Call = (...values: readonly unknown[]) => unknown;

function declare() {
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  const advapi = koffi.load('advapi32.dll');
  const kernel = koffi.load('kernel32.dll');
  const of = (library: typeof advapi, text: string): Call => library.func(text) as Call;
  return {
    koffi,
    currentProcess: of(kernel, 'uintptr_t __stdcall GetCurrentProcess()'),
    closeHandle: of(kernel, 'int32_t __stdcall CloseHandle(uintptr_t)'),
    openToken: of(
      advapi,
      'int32_t __stdcall OpenProcessToken(uintptr_t, uint32_t, _Out_ uintptr_t *)',
    ),
    duplicate: of(
      advapi,
      'int32_t __stdcall DuplicateTokenEx(uintptr_t, uint32_t, void *, int32_t, int32_t, _Out_ uintptr_t *)',
    ),
    restrict: of(
      advapi,
      'int32_t __stdcall CreateRestrictedToken(uintptr_t, uint32_t, uint32_t, void *, uint32_t, void *, uint32_t, void *, _Out_ uintptr_t *)',
    ),
    wellKnownSid: of(
      advapi,
      'int32_t __stdcall CreateWellKnownSid(int32_t, void *, void *, _Inout_ uint32_t *)',
    ),
    setThreadToken: of(advapi, 'int32_t __stdcall SetThreadToken(void *, uintptr_t)'),
  };
}

type Api = ReturnType<typeof declare>;

function must(what: string, result: unknown): void {
  if (Number(result) === 0) throw new Error(`${what} failed`);
}

/** SID_AND_ATTRIBUTES, and the memory of its SID. */
function sidAndAttributes({ koffi }: Api, sid: bigint, attributes: number): bigint {
  const memory = koffi.alloc('uint8_t', 16) as unknown as bigint;
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, sid, true);
  new DataView(bytes.buffer).setUint32(8, attributes, true);
  koffi.encode(memory, 'uint8_t', bytes, 16);
  return memory;
}

function filtered(api: Api, token: bigint): bigint {
  const sid = api.koffi.alloc('uint8_t', SID_BYTES) as unknown as bigint;
  must('the SID', api.wellKnownSid(WIN_BUILTIN_ADMINISTRATORS, null, sid, [SID_BYTES]));
  const disabled = sidAndAttributes(api, sid, 0);
  const made = [0n];
  const nothing = [0, null, 0, null];
  must('restricting', api.restrict(token, 0, 1, disabled, ...nothing, made));
  return BigInt(made[0] ?? 0);
}

/** Runs `act` while this thread acts with a lesser token. */
export async function actingAs<T>(kind: Lesser, act: () => Promise<T>): Promise<T> {
  const api = declare();
  const own = [0n];
  must('opening', api.openToken(api.currentProcess(), TOKEN_ALL_ACCESS, own));
  const base = BigInt(own[0] ?? 0);
  const source = kind === 'filtered' ? filtered(api, base) : base;
  const copy = [0n];
  const shape = [null, SECURITY_IMPERSONATION, TOKEN_TYPE_IMPERSONATION];
  must('copying', api.duplicate(source, TOKEN_ALL_ACCESS, ...shape, copy));
  const token = BigInt(copy[0] ?? 0);
  must('impersonating', api.setThreadToken(null, token));
  try {
    return await act();
  } finally {
    must('reverting', api.setThreadToken(null, 0n));
    for (const handle of new Set([base, source, token])) api.closeHandle(handle);
  }
}
