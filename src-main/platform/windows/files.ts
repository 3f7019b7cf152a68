/** A program's file, held open so that nobody can change, move or replace it while it is looked at. */
import type { Pointer } from './ffi.ts';
import { declare, numberOf, once, pointerOf } from './ffi.ts';

/** GENERIC_READ and FILE_EXECUTE. */
const READ_AND_EXECUTE = 0x80000020;
const FILE_SHARE_READ = 1;
const OPEN_EXISTING = 3;
const FILE_FLAG_SEQUENTIAL_SCAN = 0x08000000;
const INVALID_HANDLE = 0xffff_ffff_ffff_ffffn;
/** BY_HANDLE_FILE_INFORMATION: last write, volume, size, index (fileapi.h). */
const INFORMATION_BYTES = 52;
/** FSCTL_READ_FILE_USN_DATA, and where USN_RECORD_V2 and V3 have the number. */
const READ_FILE_USN_DATA = 0x900eb;
const USN_AT = new Map([
  [2, 24],
  [3, 40],
]);
const USN_BYTES = 1024;
const CHUNK_BYTES = 1_048_576;

const api = once(() => ({
  ...declare('kernel32.dll', {
    CreateFileW:
      'uintptr_t __stdcall CreateFileW(str16, uint32_t, uint32_t, void *, uint32_t, uint32_t, uintptr_t)',
    CloseHandle: 'int32_t __stdcall CloseHandle(uintptr_t)',
    GetFileInformationByHandle: 'int32_t __stdcall GetFileInformationByHandle(uintptr_t, void *)',
    SetFilePointerEx: 'int32_t __stdcall SetFilePointerEx(uintptr_t, int64_t, void *, uint32_t)',
    ReadFile: 'int32_t __stdcall ReadFile(uintptr_t, void *, uint32_t, _Out_ uint32_t *, void *)',
  }),
  ...declare('ntdll.dll', {
    NtFsControlFile:
      'uint32_t __stdcall NtFsControlFile(uintptr_t, uintptr_t, void *, void *, void *, uint32_t, void *, uint32_t, void *, uint32_t)',
  }),
}));

/** Null where it is not there, may not be read, or is just being written. */
export function withFile<T>(openablePath: string, work: (file: Pointer) => T): T | null {
  const access = [READ_AND_EXECUTE, FILE_SHARE_READ, null, OPEN_EXISTING];
  const given = [...access, FILE_FLAG_SEQUENTIAL_SCAN, 0];
  const file = pointerOf(api().CreateFileW(openablePath, ...given));
  if (file === INVALID_HANDLE) return null;
  try {
    return work(file);
  } finally {
    api().CloseHandle(file);
  }
}

/**
 * Another text after every change of the file, whatever times somebody sets on it: the volume's journal numbers changes.
 * Null where there is no such journal, so that nothing may be remembered of the file.
 */
export function fileStamp(file: Pointer): string | null {
  const usn = changeNumber(file);
  const information = Buffer.alloc(INFORMATION_BYTES);
  const known = numberOf(api().GetFileInformationByHandle(file, information)) !== 0;
  return usn === null || !known ? null : `${usn} ${information.subarray(20).toString('hex')}`;
}

function changeNumber(file: Pointer): bigint | null {
  const [status, record] = [Buffer.alloc(16), Buffer.alloc(USN_BYTES)];
  const output = [record, USN_BYTES];
  const nobody = [0n, null, null];
  const given = [file, ...nobody, status, READ_FILE_USN_DATA, null, 0, ...output];
  if (numberOf(api().NtFsControlFile(...given)) !== 0) return null;
  const at = USN_AT.get(record.readUInt16LE(4));
  const usn = at === undefined ? 0n : record.readBigInt64LE(at);
  return usn === 0n ? null : usn;
}

/** All of it, piece by piece. False where it could not be read to its end. */
export function readPieces(file: Pointer, take: (piece: Uint8Array) => void): boolean {
  if (numberOf(api().SetFilePointerEx(file, 0, null, 0)) === 0) return false;
  const piece = Buffer.alloc(CHUNK_BYTES);
  for (;;) {
    const count = [0];
    if (numberOf(api().ReadFile(file, piece, CHUNK_BYTES, count, null)) === 0) return false;
    if ((count[0] ?? 0) === 0) return true;
    take(piece.subarray(0, count[0]));
  }
}
