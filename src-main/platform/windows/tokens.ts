/** Whom a process runs for: account, integrity, sign-in. From its token, which protected processes may refuse. */
import type { Pointer } from './ffi.ts';
import {
  declare,
  inArena,
  numberOf,
  once,
  pointerOf,
  read,
  readNumber,
  readPointer,
} from './ffi.ts';
import { sidText } from './sid.ts';

const TOKEN_QUERY = 8;
/** TOKEN_INFORMATION_CLASS (winnt.h). */
const TOKEN_USER = 1;
const TOKEN_GROUPS = 2;
const TOKEN_STATISTICS = 10;
const TOKEN_ELEVATION_TYPE = 18;
const TOKEN_ELEVATION = 20;
const TOKEN_INTEGRITY_LEVEL = 25;
/** TokenElevationTypeLimited: an administrator who has not elevated. */
const ELEVATION_LIMITED = 3;
/** TokenElevationTypeDefault: an account without a second token, such as a standard user's. */
const ELEVATION_DEFAULT = 1;
const MAX_BYTES = 1024;
/** TOKEN_USER with the longest identifier (SECURITY_MAX_SID_SIZE). */
const USER_BYTES = 16 + 68;
/** TOKEN_GROUPS: a count, and from 8 on an address and attributes for each; a token has at most 1024 groups. */
const GROUPS = { first: 8, bytes: 16 };
const MAX_GROUPS_BYTES = 131_072;
const SYSTEM = 'S-1-5-18';
const ADMINISTRATORS = 'S-1-5-32-544';
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
    integrity: integrityOfToken(token),
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

/** The sign-in that a token is of, a LUID ("TOKEN_STATISTICS", AuthenticationId); null where that is not told. */
export function signInOfToken(token: Pointer): { high: number; low: number } | null {
  return information(token, TOKEN_STATISTICS, (memory) => ({
    low: readNumber(memory, AUTHENTICATION_ID),
    high: readNumber(memory, AUTHENTICATION_ID + 4),
  }));
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

/** Whether this process is the system's own, which no user's is. */
export function isSystem(): boolean {
  return accountOfProcess(pointerOf(api().GetCurrentProcess())) === SYSTEM;
}

/** Security identifier, as text, of the account that an open process runs for; null where its token may not be read. */
export function accountOfProcess(process: Pointer): string | null {
  return withToken(process, accountOfToken);
}

export function accountOfToken(token: Pointer): string | null {
  const text = (memory: Pointer): string | null => sidText(readPointer(memory, 0));
  return information(token, TOKEN_USER, text, USER_BYTES);
}

export function integrityOfToken(token: Pointer): Integrity | null {
  return information(token, TOKEN_INTEGRITY_LEVEL, (memory) => levelOf(readPointer(memory, 0)));
}

/**
 * Whether a token is of somebody who could be an administrator. The list of groups is walked, since CheckTokenMembership says
 * no for a group that may only deny, which is what Administrators are in the token of one who has not elevated. The kind of
 * elevation catches those for whom Windows has two tokens for another reason, such as Backup Operators. True where it can't be
 * told. "TOKEN_ELEVATION_TYPE", "CheckTokenMembership", "TOKEN_GROUPS" (Microsoft Learn).
 */
export function isAdministratorsToken(token: Pointer): boolean {
  const kind = information(token, TOKEN_ELEVATION_TYPE, (memory) => readNumber(memory, 0));
  return kind !== ELEVATION_DEFAULT || groupsOf(token)?.includes(ADMINISTRATORS) !== false;
}

/** Whatever they may do: also those that only deny. */
function groupsOf(token: Pointer): (string | null)[] | null {
  const list = (memory: Pointer): (string | null)[] =>
    Array.from({ length: readNumber(memory, 0) }, (_, index) =>
      sidText(readPointer(memory, GROUPS.first + index * GROUPS.bytes)),
    );
  return information(token, TOKEN_GROUPS, list, MAX_GROUPS_BYTES);
}

/** Null where the token can't be opened. */
export function withToken<T>(
  process: Pointer,
  work: (token: Pointer) => T | null,
  access = TOKEN_QUERY,
): T | null {
  const token = [0n];
  if (numberOf(api().OpenProcessToken(process, access, token)) === 0) return null;
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
  bytes = MAX_BYTES,
): T | null {
  return inArena((arena) => {
    const memory = arena.allocate(bytes);
    const known = api().GetTokenInformation(token, kind, memory, bytes, [0]);
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
