/**
 * A process of another account, raised above the account's other programs: the agent. The token is the user's own, so it can
 * do nothing that the user can't; at high integrity the user's programs, which run at medium, neither send its windows input
 * (User Interface Privilege Isolation) nor write to it or read it ("Mandatory Integrity Control", Microsoft Learn). It is never
 * the system's token: a window of the system's in a user's session would be a way up.
 *
 * "DuplicateTokenEx", "SetTokenInformation", "CreateProcessAsUserW", "STARTUPINFOW" (Microsoft Learn). CreateProcessAsUser needs
 * SE_ASSIGNPRIMARYTOKEN_NAME and SE_INCREASE_QUOTA_NAME, raising a token SE_TCB_NAME; all are SYSTEM's.
 */
import { withAttributes } from './access.ts';
import type { Arena, Pointer } from './ffi.ts';
import {
  declare,
  inArena,
  numberOf,
  once,
  pointerOf,
  read,
  write,
  writeNumber,
  writePointer,
} from './ffi.ts';
import { enablePrivileges } from './privileges.ts';
import { sidBytes } from './sid.ts';
import { accountOfToken, integrityOfToken, withToken } from './tokens.ts';

const MAXIMUM_ALLOWED = 0x200_0000;
const SECURITY_IMPERSONATION = 2;
const TOKEN_PRIMARY = 1;
/** TOKEN_INFORMATION_CLASS. */
const TOKEN_INTEGRITY_LEVEL = 25;
const TOKEN_MANDATORY_POLICY = 27;
/**
 * TOKEN_MANDATORY_POLICY_NO_WRITE_UP alone. A standard user's token has TOKEN_MANDATORY_POLICY_NEW_PROCESS_MIN too, by which a
 * process is no higher than its program's file.
 */
const NO_WRITE_UP = 1;
const SE_GROUP_INTEGRITY = 0x20;
/** TOKEN_MANDATORY_LABEL: address of the identifier, its attributes. */
const LABEL = { bytes: 16, attributes: 8 };
/** S-1-16-12288, SECURITY_MANDATORY_HIGH_RID. */
const high = sidBytes(16, 0x3000);

const CREATE_SUSPENDED = 0x4;
const CREATE_UNICODE_ENVIRONMENT = 0x400;
const CREATE_BREAKAWAY_FROM_JOB = 0x100_0000;
const CREATE_DEFAULT_ERROR_MODE = 0x400_0000;
const EXTENDED_STARTUPINFO_PRESENT = 0x8_0000;
/** STARTUPINFOEXW: its size, the desktop, the list of attributes. */
const STARTUP = { bytes: 112, desktop: 16, attributes: 104 };
const MITIGATION_POLICY = 0x2_0007;
/**
 * What user settings could bring into the process: libraries of input methods and hooks (EXTENSION_POINT_DISABLE), and files of
 * other computers or of low integrity (IMAGE_LOAD_NO_REMOTE, IMAGE_LOAD_NO_LOW_LABEL), each always on.
 */
const MITIGATIONS = (1n << 32n) | (1n << 52n) | (1n << 56n);
/** PROCESS_INFORMATION: process, thread, the process's id. */
const STARTED = { bytes: 24, thread: 8, id: 16 };
const DESKTOP = String.raw`winsta0\default`;
const STOPPED = 1;

const api = once(() => ({
  ...declare('advapi32.dll', {
    DuplicateTokenEx:
      'int32_t __stdcall DuplicateTokenEx(uintptr_t, uint32_t, uintptr_t, int32_t, int32_t, _Out_ uintptr_t *)',
    SetTokenInformation:
      'int32_t __stdcall SetTokenInformation(uintptr_t, uint32_t, void *, uint32_t)',
    CreateProcessAsUserW:
      'int32_t __stdcall CreateProcessAsUserW(uintptr_t, str16, void *, uintptr_t, uintptr_t, int32_t, uint32_t, void *, str16, void *, void *)',
  }),
  ...declare('kernel32.dll', {
    InitializeProcThreadAttributeList:
      'int32_t __stdcall InitializeProcThreadAttributeList(uintptr_t, uint32_t, uint32_t, _Inout_ size_t *)',
    UpdateProcThreadAttribute:
      'int32_t __stdcall UpdateProcThreadAttribute(uintptr_t, uint32_t, uintptr_t, uintptr_t, size_t, uintptr_t, uintptr_t)',
    CloseHandle: 'int32_t __stdcall CloseHandle(uintptr_t)',
    ResumeThread: 'uint32_t __stdcall ResumeThread(uintptr_t)',
    TerminateProcess: 'int32_t __stdcall TerminateProcess(uintptr_t, uint32_t)',
  }),
}));

export interface Program {
  /** An absolute path. */
  readonly file: string;
  readonly args: string;
  readonly folder: string;
  /** Block for CreateProcess. */
  readonly environment: Buffer;
}

export interface StartedProcess {
  readonly id: number;
  /** Whoever has it closes it. */
  readonly handle: Pointer;
}

/** Starts a program for the user of `token`, at high integrity; null where that could not be done in full. */
export function startAs(token: Pointer, program: Program): StartedProcess | null {
  enablePrivileges(['SeTcbPrivilege', 'SeAssignPrimaryTokenPrivilege', 'SeIncreaseQuotaPrivilege']);
  const account = accountOfToken(token);
  if (account === null) return null;
  const whose = objectSecurity(account);
  return withAttributes(whose, (attributes) =>
    withRaised(token, attributes, (raised) => create(raised, attributes, program)),
  );
}

/**
 * Of token, process and first thread. SYSTEM and administrators may do everything with them, and so may the account, but not
 * from below high integrity; without the last of the three flags its other programs could still end the agent.
 */
function objectSecurity(account: string): string {
  return `D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;${account})S:(ML;;NWNRNX;;;HI)`;
}

function withRaised<T>(
  token: Pointer,
  attributes: Pointer,
  work: (raised: Pointer) => T | null,
): T | null {
  const copy = [0n];
  const kind = [SECURITY_IMPERSONATION, TOKEN_PRIMARY];
  const given = [token, MAXIMUM_ALLOWED, attributes, ...kind, copy];
  if (numberOf(api().DuplicateTokenEx(...given)) === 0) return null;
  const raised = pointerOf(copy[0]);
  try {
    return raise(raised) ? work(raised) : null;
  } finally {
    api().CloseHandle(raised);
  }
}

function raise(token: Pointer): boolean {
  return inArena((arena) => {
    const policy = arena.allocate(4);
    writeNumber(policy, 0, NO_WRITE_UP);
    // Whether it has worked is seen by the integrity of the process.
    api().SetTokenInformation(token, TOKEN_MANDATORY_POLICY, policy, 4);
    const sid = arena.allocate(high.length);
    write(sid, 0, high);
    const label = arena.allocate(LABEL.bytes);
    writePointer(label, 0, sid);
    writeNumber(label, LABEL.attributes, SE_GROUP_INTEGRITY);
    const bytes = LABEL.bytes + high.length;
    return numberOf(api().SetTokenInformation(token, TOKEN_INTEGRITY_LEVEL, label, bytes)) !== 0;
  });
}

/**
 * Task Scheduler runs what it starts in a job, which a process in another session can't be in; whether that job lets its
 * processes out is not documented, so both are tried.
 */
function create(token: Pointer, attributes: Pointer, program: Program): StartedProcess | null {
  const flags =
    CREATE_SUSPENDED |
    CREATE_UNICODE_ENVIRONMENT |
    CREATE_DEFAULT_ERROR_MODE |
    EXTENDED_STARTUPINFO_PRESENT;
  return (
    createWith(token, attributes, program, flags | CREATE_BREAKAWAY_FROM_JOB) ??
    createWith(token, attributes, program, flags)
  );
}

function createWith(
  token: Pointer,
  attributes: Pointer,
  { file, args, folder, environment }: Program,
  flags: number,
): StartedProcess | null {
  return inArena((arena) => {
    const startup = startupOf(arena);
    if (startup === null) return null;
    const started = arena.allocate(STARTED.bytes);
    // CreateProcess may write into it.
    const line = arena.text(`"${file}" ${args}`);
    const block = arena.allocate(environment.length);
    write(block, 0, environment);
    const inherit = 0;
    const made = api().CreateProcessAsUserW(
      ...[token, file, line, attributes, attributes, inherit, flags, block, folder],
      ...[startup, started],
    );
    return numberOf(made) === 0 ? null : checked(read(started, 0, STARTED.bytes));
  });
}

/** Null where Windows has no such list. "UpdateProcThreadAttribute" (Microsoft Learn). */
function startupOf(arena: Arena): Pointer | null {
  const bytes = [0];
  api().InitializeProcThreadAttributeList(0, 1, 0, bytes);
  const list = arena.allocate(bytes[0] ?? 0);
  // It holds no memory of its own, so that it goes with the arena.
  if (numberOf(api().InitializeProcThreadAttributeList(list, 1, 0, bytes)) === 0) return null;
  const policy = arena.allocate(8);
  writePointer(policy, 0, MITIGATIONS);
  const given = [list, 0, MITIGATION_POLICY, policy, 8, 0, 0];
  if (numberOf(api().UpdateProcThreadAttribute(...given)) === 0) return null;
  const startup = arena.allocate(STARTUP.bytes);
  writeNumber(startup, 0, STARTUP.bytes);
  writePointer(startup, STARTUP.desktop, arena.text(DESKTOP));
  writePointer(startup, STARTUP.attributes, list);
  return startup;
}

/** It has not run yet, and does not when it is not as high as it has to be. */
function checked(started: Buffer): StartedProcess | null {
  const handle = started.readBigUInt64LE();
  const thread = started.readBigUInt64LE(STARTED.thread);
  const isHigh = withToken(handle, integrityOfToken) === 'high';
  if (isHigh) api().ResumeThread(thread);
  else end(handle);
  api().CloseHandle(thread);
  if (isHigh) return { id: started.readUInt32LE(STARTED.id), handle };
  api().CloseHandle(handle);
  return null;
}

/** Does nothing to one that has ended. */
export function end(process: Pointer): void {
  api().TerminateProcess(process, STOPPED);
}
