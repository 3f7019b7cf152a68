/** What the shell asks Windows about the desktop. Call it on Windows only: it loads the native module. */
import { createRequire } from 'node:module';

import type Koffi from 'koffi';

export interface DesktopCalls {
  /** QUERY_USER_NOTIFICATION_STATE; null when Windows does not say. */
  notificationState(): number | null;
  /** Whether somebody looks at the session that this process runs in; true when Windows does not say. */
  isSessionActive(): boolean;
  /** The folder for data of all users, whatever the environment says; null when Windows does not say. */
  programData(): string | null;
}

/** WTSGetActiveConsoleSessionId has none to tell. */
const NO_SESSION = 0xffff_ffff;
/** WTSConnectState of WTSQuerySessionInformation, and its value for a session in use, also over the network. */
const CONNECT_STATE = 8;
const WTS_ACTIVE = 0;
/** CSIDL_COMMON_APPDATA, its current path. */
const COMMON_APPDATA = 0x23;
const MAX_PATH = 260;

type Function = (...values: readonly unknown[]) => unknown;

/** Loads the calls once; each of them takes microseconds. */
export function loadDesktopCalls(): DesktopCalls {
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  const declare = (library: string, text: string): Function =>
    koffi.load(library).func(text) as Function;
  const query = declare(
    'shell32.dll',
    'int32_t __stdcall SHQueryUserNotificationState(_Out_ int32_t *)',
  );
  const folder = declare(
    'shell32.dll',
    'int32_t __stdcall SHGetFolderPathW(uintptr_t, int32_t, uintptr_t, uint32_t, _Out_ uint8_t *)',
  );
  return {
    notificationState() {
      const state = [0];
      return query(state) === 0 ? (state[0] ?? null) : null;
    },
    isSessionActive: sessionCall(koffi, declare),
    programData() {
      const text = Buffer.alloc(MAX_PATH * 2);
      if (folder(0, COMMON_APPDATA, 0, 0, text) !== 0) return null;
      return text.toString('utf16le').split('\0')[0] ?? null;
    },
  };
}

function sessionCall(
  koffi: typeof Koffi,
  declare: (library: string, text: string) => Function,
): DesktopCalls['isSessionActive'] {
  const information = declare(
    'wtsapi32.dll',
    'int32_t __stdcall WTSQuerySessionInformationW(uintptr_t, uint32_t, int32_t, _Out_ void **, _Out_ uint32_t *)',
  );
  const free = declare('wtsapi32.dll', 'void __stdcall WTSFreeMemory(void *)');
  return () => {
    const memory: unknown[] = [null];
    // WTS_CURRENT_SERVER_HANDLE and WTS_CURRENT_SESSION.
    if (information(0, NO_SESSION, CONNECT_STATE, memory, [0]) === 0) return true;
    const state: unknown = koffi.decode(memory[0], 'int32_t');
    free(memory[0]);
    return state === WTS_ACTIVE;
  };
}
