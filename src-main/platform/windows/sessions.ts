/**
 * Who is signed in, and each session's token. "WTSEnumerateSessionsW", "WTSQueryUserToken", "WTSQuerySessionInformationW"
 * (Microsoft Learn): the token is of the session's user as it signed in, primary, without an administrator's rights where User
 * Account Control has split them off; only SYSTEM gets it, with SE_TCB_NAME in force; a session that nobody is signed in to, and
 * session 0, have none.
 */
import type { UserSession } from '../../service/agents-port.ts';
import type { Pointer } from './ffi.ts';
import { declare, numberOf, once, pointerOf, readNumber, readText } from './ffi.ts';
import { enablePrivileges } from './privileges.ts';
import { accountOfToken, isAdministratorsToken, signInOfToken } from './tokens.ts';

/** WTS_CURRENT_SERVER_HANDLE. */
const HERE = 0;
/** WTS_SESSION_INFOW: session, name of its station, state. */
const SESSION_INFO_BYTES = 24;
/** WTS_INFO_CLASS WTSUserName: what winlogon knows, so no other computer is asked for it. */
const USER_NAME = 5;

const api = once(() => ({
  ...declare('wtsapi32.dll', {
    WTSEnumerateSessionsW:
      'int32_t __stdcall WTSEnumerateSessionsW(uintptr_t, uint32_t, uint32_t, _Out_ uintptr_t *, _Out_ uint32_t *)',
    WTSQueryUserToken: 'int32_t __stdcall WTSQueryUserToken(uint32_t, _Out_ uintptr_t *)',
    WTSQuerySessionInformationW:
      'int32_t __stdcall WTSQuerySessionInformationW(uintptr_t, uint32_t, uint32_t, _Out_ uintptr_t *, _Out_ uint32_t *)',
    WTSFreeMemory: 'void __stdcall WTSFreeMemory(uintptr_t)',
  }),
  ...declare('kernel32.dll', { CloseHandle: 'int32_t __stdcall CloseHandle(uintptr_t)' }),
}));

/** Those that somebody is signed in to; none where Windows does not tell, which it does to SYSTEM alone. */
export function userSessions(): UserSession[] {
  return sessionIds().flatMap((id) => withUserToken(id, (token) => sessionOf(id, token)) ?? []);
}

/** Of all sessions, also those that wait for somebody. */
export function sessionIds(): number[] {
  const [list, count] = [[0n], [0]];
  const told = api().WTSEnumerateSessionsW(HERE, 0, 1, list, count);
  const memory = pointerOf(list[0]);
  if (numberOf(told) === 0 || memory === 0n) return [];
  try {
    return Array.from({ length: count[0] ?? 0 }, (_, index) =>
      readNumber(memory, index * SESSION_INFO_BYTES),
    );
  } finally {
    api().WTSFreeMemory(memory);
  }
}

/** Null where nobody is signed in to it. */
export function withUserToken<T>(sessionId: number, work: (token: Pointer) => T | null): T | null {
  enablePrivileges(['SeTcbPrivilege']);
  const token = [0n];
  if (numberOf(api().WTSQueryUserToken(sessionId, token)) === 0) return null;
  const handle = pointerOf(token[0]);
  try {
    return work(handle);
  } finally {
    api().CloseHandle(handle);
  }
}

/** What there is to know of the session that a token is of. */
export function sessionOf(sessionId: number, token: Pointer): UserSession | null {
  const account = accountOfToken(token);
  if (account === null) return null;
  const isAdministrator = isAdministratorsToken(token);
  const signIn = signInText(sessionId, token);
  return { sessionId, account, name: userName(sessionId) ?? account, isAdministrator, signIn };
}

/** Where Windows doesn't tell, the session's number has to do: it comes again only after the session has gone. */
function signInText(sessionId: number, token: Pointer): string {
  const id = signInOfToken(token);
  return id === null ? `session ${sessionId}` : `${id.high.toString(16)}-${id.low.toString(16)}`;
}

function userName(sessionId: number): string | null {
  const text = [0n];
  const told = api().WTSQuerySessionInformationW(HERE, sessionId, USER_NAME, text, [0]);
  const memory = pointerOf(text[0]);
  if (numberOf(told) === 0 || memory === 0n) return null;
  const name = readText(memory);
  api().WTSFreeMemory(memory);
  return name === '' ? null : name;
}
