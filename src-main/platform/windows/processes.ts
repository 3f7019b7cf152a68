/**
 * One process: its image, arguments, folder, parent, user. A handle is opened for each question and proves itself by the
 * time at which its process was created, since an id alone is used again. Protected processes grant
 * PROCESS_QUERY_LIMITED_INFORMATION, which is enough for all but the folder.
 */
import type { ProcessKey } from '../../engine/ports.ts';
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
  readText,
} from './ffi.ts';

const PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;
const PROCESS_VM_READ = 0x10;
const PROCESS_NAME_NATIVE = 1;
/** PROCESSINFOCLASS (winternl.h; 60 is documented with NtQueryInformationProcess since Windows 8.1). */
const BASIC_INFORMATION = 0;
const IMAGE_FILE_MAPPING = 44;
const COMMAND_LINE_INFORMATION = 60;
const STATUS_NOT_IMPLEMENTED = 0xc0000002;
const STATUS_INVALID_INFO_CLASS = 0xc0000003;
/** 32 767 characters, the longest path, and the longest command line. */
const MAX_TEXT_BYTES = 65_536;
const BASIC_BYTES = 48;
/** PROCESS_BASIC_INFORMATION: PebBaseAddress, InheritedFromUniqueProcessId. */
const BASIC_PEB = 8;
const BASIC_PARENT = 40;
/** PEB: ProcessParameters. RTL_USER_PROCESS_PARAMETERS: CurrentDirectory and CommandLine, as UNICODE_STRING. */
const PEB_PARAMETERS = 0x20;
const PARAMETERS_FOLDER = 0x38;
const PARAMETERS_COMMAND_LINE = 0x70;

const api = once(() => ({
  ...declare('kernel32.dll', {
    OpenProcess: 'uintptr_t __stdcall OpenProcess(uint32_t, int32_t, uint32_t)',
    CloseHandle: 'int32_t __stdcall CloseHandle(uintptr_t)',
    GetProcessTimes: 'int32_t __stdcall GetProcessTimes(uintptr_t, void *, void *, void *, void *)',
    GetExitCodeProcess: 'int32_t __stdcall GetExitCodeProcess(uintptr_t, _Out_ uint32_t *)',
    QueryFullProcessImageNameW:
      'int32_t __stdcall QueryFullProcessImageNameW(uintptr_t, uint32_t, void *, _Inout_ uint32_t *)',
    ReadProcessMemory:
      'int32_t __stdcall ReadProcessMemory(uintptr_t, uintptr_t, void *, size_t, void *)',
  }),
  ...declare('ntdll.dll', {
    NtQueryInformationProcess:
      'uint32_t __stdcall NtQueryInformationProcess(uintptr_t, uint32_t, void *, uint32_t, void *)',
  }),
  ...declare('shell32.dll', {
    CommandLineToArgvW: 'uintptr_t __stdcall CommandLineToArgvW(str16, _Out_ int32_t *)',
  }),
}));

const localFree = once(() =>
  declare('kernel32.dll', { LocalFree: 'uintptr_t __stdcall LocalFree(uintptr_t)' }),
);

/** A process that is open, while `withProcess` runs. */
export interface OpenProcess {
  readonly handle: Pointer;
  readonly key: ProcessKey;
}

/** Null where the process has gone, is another one by now, or may not be looked at. */
export function withProcess<T>(key: ProcessKey, work: (process: OpenProcess) => T): T | null {
  return withHandle(key.id, PROCESS_QUERY_LIMITED_INFORMATION, (process) =>
    process.key.created === key.created ? work(process) : null,
  );
}

function withHandle<T>(
  id: bigint,
  access: number,
  work: (process: OpenProcess) => T | null,
): T | null {
  if (id <= 0n || id > 0xffff_ffffn) return null;
  const handle = pointerOf(api().OpenProcess(access, 0, Number(id)));
  if (handle === 0n) return null;
  try {
    const created = createdAt(handle);
    return created === null ? null : work({ handle, key: { id, created } });
  } finally {
    api().CloseHandle(handle);
  }
}

function createdAt(handle: Pointer): bigint | null {
  const times = [0, 0, 0, 0].map(() => Buffer.alloc(8));
  const known = numberOf(api().GetProcessTimes(handle, ...times)) !== 0;
  return known ? (times[0]?.readBigUInt64LE() ?? null) : null;
}

/** Whether it has not ended: an open handle keeps the id of a process that has. */
export function isRunning({ handle }: OpenProcess): boolean {
  const STILL_ACTIVE = 259;
  const code = [0];
  return numberOf(api().GetExitCodeProcess(handle, code)) !== 0 && code[0] === STILL_ACTIVE;
}

/** `\Device\HarddiskVolume3\…`, the form in which the driver tells it; null where it can't be told. */
export function imagePath({ handle }: OpenProcess): string | null {
  const text = Buffer.alloc(MAX_TEXT_BYTES);
  const units = [MAX_TEXT_BYTES / 2];
  const known = api().QueryFullProcessImageNameW(handle, PROCESS_NAME_NATIVE, text, units);
  return numberOf(known) === 0 ? null : text.toString('utf16le', 0, (units[0] ?? 0) * 2);
}

/**
 * Whether this open file (FILE_EXECUTE) is the one that the process runs: a program may rename its own file and put
 * another in its place. Null where Windows has no such answer.
 */
export function runsFile({ handle }: OpenProcess, file: Pointer): boolean | null {
  const given = Buffer.alloc(8);
  given.writeBigUInt64LE(file);
  const answer = api().NtQueryInformationProcess(handle, IMAGE_FILE_MAPPING, given, 8, null);
  const status = numberOf(answer);
  return isUnknown(status) ? null : status === 0;
}

/** This Windows does not know the question. */
function isUnknown(status: number): boolean {
  return status === STATUS_INVALID_INFO_CLASS || status === STATUS_NOT_IMPLEMENTED;
}

/** As the process has it now, cut by Windows into arguments; the process may have written over it. */
export function readArguments(process: OpenProcess): string[] | null {
  const line = commandLine(process);
  if (line === null || line.trim() === '') return null;
  const count = [0];
  const list = pointerOf(api().CommandLineToArgvW(line, count));
  if (list === 0n) return null;
  try {
    return Array.from({ length: count[0] ?? 0 }, (_, index) =>
      readText(readPointer(list, index * 8)),
    );
  } finally {
    localFree().LocalFree(list);
  }
}

export function commandLine(process: OpenProcess): string | null {
  return inArena((arena) => {
    const memory = arena.allocate(MAX_TEXT_BYTES + 16);
    const answer = api().NtQueryInformationProcess(
      ...[process.handle, COMMAND_LINE_INFORMATION, memory, MAX_TEXT_BYTES + 16, null],
    );
    // Wine 8 has no such question.
    if (isUnknown(numberOf(answer))) return parameterText(process, PARAMETERS_COMMAND_LINE);
    if (numberOf(answer) !== 0) return null;
    const bytes = readNumber(memory, 0) & 0xffff;
    const text = readPointer(memory, 8);
    return text === 0n ? '' : read(text, 0, bytes).toString('utf16le');
  });
}

/** The folder that relative paths of the process are in; null where it may not be read. */
export function currentFolder(process: OpenProcess): string | null {
  return parameterText(process, PARAMETERS_FOLDER);
}

/** A UNICODE_STRING of the process's RTL_USER_PROCESS_PARAMETERS. */
function parameterText({ key }: OpenProcess, at: number): string | null {
  const access = PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_VM_READ;
  return withHandle(key.id, access, (process) => {
    if (process.key.created !== key.created) return null;
    const peb = basicOf(process)?.readBigUInt64LE(BASIC_PEB) ?? 0n;
    const parameters = foreign(process, peb + BigInt(PEB_PARAMETERS), 8)?.readBigUInt64LE();
    if (parameters === undefined) return null;
    const text = foreign(process, parameters + BigInt(at), 16);
    if (text === null) return null;
    const characters = foreign(process, text.readBigUInt64LE(8), text.readUInt16LE());
    return characters?.toString('utf16le') ?? null;
  });
}

function foreign({ handle }: OpenProcess, address: bigint, bytes: number): Buffer | null {
  if (address === 0n || bytes === 0) return null;
  const copy = Buffer.alloc(bytes);
  const done = api().ReadProcessMemory(handle, address, copy, bytes, null);
  return numberOf(done) === 0 ? null : copy;
}

/** The process that started it, if that still runs: one with its id that is younger is another one. */
export function parentOf(process: OpenProcess): ProcessKey | null {
  const id = basicOf(process)?.readBigUInt64LE(BASIC_PARENT) ?? 0n;
  return withHandle(id, PROCESS_QUERY_LIMITED_INFORMATION, ({ key }) =>
    key.created <= process.key.created ? key : null,
  );
}

function basicOf({ handle }: OpenProcess): Buffer | null {
  const basic = Buffer.alloc(BASIC_BYTES);
  const answer = api().NtQueryInformationProcess(
    ...[handle, BASIC_INFORMATION, basic, BASIC_BYTES, null],
  );
  return numberOf(answer) === 0 ? basic : null;
}
