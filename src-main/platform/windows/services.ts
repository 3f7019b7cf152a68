/** Which services run in which process, as the service control manager says. */
import {
  declare,
  inArena,
  numberOf,
  once,
  pointerOf,
  readNumber,
  readPointer,
  readText,
} from './ffi.ts';

const SC_MANAGER_ENUMERATE_SERVICE = 4;
const SC_ENUM_PROCESS_INFO = 0;
const SERVICE_WIN32 = 0x30;
const SERVICE_ACTIVE = 1;
/** The most that the call gives at once (winsvc.h). */
const BUFFER_BYTES = 262_144;
/** ENUM_SERVICE_STATUS_PROCESSW: the name, and the process id in its status. */
const ENTRY_BYTES = 56;
const ENTRY_PROCESS = 44;

const api = once(() =>
  declare('advapi32.dll', {
    OpenSCManagerW: 'uintptr_t __stdcall OpenSCManagerW(str16, str16, uint32_t)',
    CloseServiceHandle: 'int32_t __stdcall CloseServiceHandle(uintptr_t)',
    EnumServicesStatusExW:
      'int32_t __stdcall EnumServicesStatusExW(uintptr_t, uint32_t, uint32_t, uint32_t, void *, uint32_t, _Out_ uint32_t *, _Out_ uint32_t *, _Inout_ uint32_t *, str16)',
  }),
);

export interface RunningService {
  readonly name: string;
  readonly processId: number;
}

/** The services of this process; empty for none, null where nobody says. */
export function servicesOf(processId: bigint): string[] | null {
  const running = runningServices();
  if (running === null) return null;
  const own = running.filter((service) => service.processId === Number(processId));
  return own.map(({ name }) => name);
}

/** All that run now; null where nobody says. */
export function runningServices(): RunningService[] | null {
  const manager = pointerOf(api().OpenSCManagerW(null, null, SC_MANAGER_ENUMERATE_SERVICE));
  if (manager === 0n) return null;
  try {
    return allOf(manager);
  } finally {
    api().CloseServiceHandle(manager);
  }
}

function allOf(manager: bigint): RunningService[] | null {
  return inArena((arena) => {
    const buffer = arena.allocate(BUFFER_BYTES);
    const running: RunningService[] = [];
    const resume = [0];
    for (;;) {
      const count = [0];
      const kinds = [SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_ACTIVE];
      const room = [buffer, BUFFER_BYTES, [0], count, resume, null];
      const isAll = numberOf(api().EnumServicesStatusExW(manager, ...kinds, ...room)) !== 0;
      if (!isAll && (count[0] ?? 0) === 0) return null;
      for (let index = 0; index < (count[0] ?? 0); index += 1) {
        const entry = buffer + BigInt(index * ENTRY_BYTES);
        const name = readText(readPointer(entry, 0));
        running.push({ name, processId: readNumber(entry, ENTRY_PROCESS) });
      }
      if (isAll) return running;
    }
  });
}
