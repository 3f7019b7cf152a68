/** Whom a process runs for: account, integrity, sign-in. From its token, which protected processes may refuse. */
import type { Pointer } from './ffi.ts';
import { declare, inArena, numberOf, once, pointerOf, read, readPointer } from './ffi.ts';

const TOKEN_QUERY = 8;
/** TOKEN_INFORMATION_CLASS (winnt.h). */
const TOKEN_USER = 1;
const TOKEN_STATISTICS = 10;
const TOKEN_ELEVATION_TYPE = 18;
const TOKEN_ELEVATION = 20;
const TOKEN_INTEGRITY_LEVEL = 25;
/** TokenElevationTypeLimited: an administrator who has not elevated. */
const ELEVATION_LIMITED = 3;
const MAX_BYTES = 1024;
/** TOKEN_STATISTICS: AuthenticationId, a LUID that is another for each sign-in of one start of Windows. */
const AUTHENTICATION_ID = 8;
/** SECURITY_MANDATORY_*_RID: the level is the last part of its SID. */
const levels: readonly (readonly [from: number, level: Integrity])[] = [
  [0x4000, 'system'],
  [0x3000, 'high'],
  [0x2000, 'medium'],
  [0x1000, 'low'],
  [0, 'untrusted'],
];

export type Integrity = 'untrusted' | 'low' | 'medium' | 'high' | 'system';

const api = once(() => ({
  ...declare('kernel32.dll', {
    GetCurrentProcess: 'uintptr_t __stdcall GetCurrentProcess()',
    CloseHandle: 'int32_t __stdcall CloseHandle(uintptr_t)',
  }),
  ...declare('advapi32.dll', {
    OpenProcessToken: 'int32_t __stdcall OpenProcessToken(uintptr_t, uint32_t, _Out_ uintptr_t *)',
    GetTokenInformation:
      'int32_t __stdcall GetTokenInformation(uintptr_t, uint32_t, void *, uint32_t, _Out_ uint32_t *)',
    LookupAccountSidW:
      'int32_t __stdcall LookupAccountSidW(str16, uintptr_t, void *, _Inout_ uint32_t *, void *, _Inout_ uint32_t *, _Out_ uint32_t *)',
  }),
}));

export interface TokenFacts {
  readonly user: string | null;
  readonly integrity: Integrity | null;
}

export function tokenFacts(process: Pointer): TokenFacts {
  const facts = withToken(process, (token) => ({
    user: information(token, TOKEN_USER, (memory) => accountName(readPointer(memory, 0))),
    integrity: information(token, TOKEN_INTEGRITY_LEVEL, (memory) =>
      levelOf(readPointer(memory, 0)),
    ),
  }));
  return facts ?? { user: null, integrity: null };
}

/** Another text for each sign-in of one start of Windows; null where it can't be told. */
export function ownSignIn(): string | null {
  return withToken(pointerOf(api().GetCurrentProcess()), (token) =>
    information(token, TOKEN_STATISTICS, (memory) =>
      read(memory, AUTHENTICATION_ID, 8).readBigUInt64LE().toString(16),
    ),
  );
}

export interface OwnRights {
  /** Has an administrator's rights. */
  readonly elevated: boolean;
  /** Its user is an administrator, who can consent to more rights. */
  readonly administrator: boolean;
}

/** Of this process. Where Windows does not tell, it has none. */
export function ownRights(): OwnRights {
  const rights = withToken(pointerOf(api().GetCurrentProcess()), (token) => {
    const number = (memory: Pointer): number => read(memory, 0, 4).readUInt32LE();
    const elevated = information(token, TOKEN_ELEVATION, number) === 1;
    const isLimited = information(token, TOKEN_ELEVATION_TYPE, number) === ELEVATION_LIMITED;
    return { elevated, administrator: elevated || isLimited };
  });
  return rights ?? { elevated: false, administrator: false };
}

function withToken<T>(process: Pointer, work: (token: Pointer) => T | null): T | null {
  const token = [0n];
  if (numberOf(api().OpenProcessToken(process, TOKEN_QUERY, token)) === 0) return null;
  const handle = pointerOf(token[0]);
  try {
    return work(handle);
  } finally {
    api().CloseHandle(handle);
  }
}

function information<T>(
  token: Pointer,
  kind: number,
  work: (memory: Pointer) => T | null,
): T | null {
  return inArena((arena) => {
    const memory = arena.allocate(MAX_BYTES);
    const known = api().GetTokenInformation(token, kind, memory, MAX_BYTES, [0]);
    return numberOf(known) === 0 ? null : work(memory);
  });
}

function accountName(sid: Pointer): string | null {
  const name = Buffer.alloc(MAX_BYTES);
  const domain = Buffer.alloc(MAX_BYTES);
  const [units, domainUnits] = [[MAX_BYTES / 2], [MAX_BYTES / 2]];
  const known = api().LookupAccountSidW(null, sid, name, units, domain, domainUnits, [0]);
  return numberOf(known) === 0 ? null : name.toString('utf16le', 0, (units[0] ?? 0) * 2);
}

function levelOf(sid: Pointer): Integrity | null {
  const parts = read(sid, 1, 1).readUInt8();
  if (parts === 0) return null;
  const level = read(sid, 8 + (parts - 1) * 4, 4).readUInt32LE();
  return levels.find(([from]) => level >= from)?.[1] ?? null;
}
