/** Who owns a file or folder and who may use it, as Windows says; and folders that are private from their first moment. */
import type { Pointer } from './ffi.ts';
import {
  declare,
  inArena,
  numberOf,
  once,
  pointerOf,
  readText,
  writeNumber,
  writePointer,
} from './ffi.ts';

const FILE_OBJECT = 1;
const OWNER_AND_DACL = 1 | 4;
const LABEL = 0x10;
const REVISION_1 = 1;
const ERROR_ALREADY_EXISTS = 183;
/** SECURITY_ATTRIBUTES: length, descriptor, inherit. */
const ATTRIBUTES = { bytes: 24, descriptor: 8 };

const api = once(() => ({
  ...declare('advapi32.dll', {
    GetNamedSecurityInfoW:
      'uint32_t __stdcall GetNamedSecurityInfoW(str16, int32_t, uint32_t, void *, void *, void *, void *, _Out_ uintptr_t *)',
    toText:
      'int32_t __stdcall ConvertSecurityDescriptorToStringSecurityDescriptorW(uintptr_t, uint32_t, uint32_t, _Out_ uintptr_t *, void *)',
    fromText:
      'int32_t __stdcall ConvertStringSecurityDescriptorToSecurityDescriptorW(str16, uint32_t, _Out_ uintptr_t *, void *)',
  }),
  ...declare('kernel32.dll', {
    LocalFree: 'uintptr_t __stdcall LocalFree(uintptr_t)',
    CreateDirectoryW: 'int32_t __stdcall CreateDirectoryW(str16, uintptr_t)',
    GetLastError: 'uint32_t __stdcall GetLastError()',
  }),
}));

/** Owner and access list as SDDL; null where Windows does not tell. The file is not opened for its content. */
export function securityOf(path: string): string | null {
  return securityText(path, OWNER_AND_DACL);
}

/** Mandatory label as SDDL, such as "S:(ML;;NW;;;HI)"; empty for none, null where Windows does not tell. */
export function labelOf(path: string): string | null {
  return securityText(path, LABEL);
}

function securityText(path: string, wanted: number): string | null {
  const descriptor = [0n];
  const given = [path, FILE_OBJECT, wanted, null, null, null, null, descriptor];
  if (numberOf(api().GetNamedSecurityInfoW(...given)) !== 0) return null;
  const memory = pointerOf(descriptor[0]);
  try {
    return textOf(memory, wanted);
  } finally {
    api().LocalFree(memory);
  }
}

function textOf(descriptor: Pointer, wanted: number): string | null {
  const text = [0n];
  const told = api().toText(descriptor, REVISION_1, wanted, text, null);
  const memory = pointerOf(text[0]);
  if (numberOf(told) === 0 || memory === 0n) return null;
  const sddl = readText(memory);
  api().LocalFree(memory);
  return sddl;
}

/** `made`: with these rights, which no moment was without; `there`: something had that name already. */
export function makeFolderWith(path: string, sddl: string): 'made' | 'there' | 'failed' {
  const made = withAttributes(sddl, (attributes) => {
    if (numberOf(api().CreateDirectoryW(path, attributes)) !== 0) return 'made';
    return numberOf(api().GetLastError()) === ERROR_ALREADY_EXISTS ? 'there' : 'failed';
  });
  return made ?? 'failed';
}

/** Works with a SECURITY_ATTRIBUTES of a descriptor, not inherited; null for a text that Windows does not take. */
export function withAttributes<T>(sddl: string, work: (attributes: Pointer) => T | null): T | null {
  const descriptor = [0n];
  if (numberOf(api().fromText(sddl, REVISION_1, descriptor, null)) === 0) return null;
  const memory = pointerOf(descriptor[0]);
  try {
    return inArena((arena) => {
      const attributes = arena.allocate(ATTRIBUTES.bytes);
      writeNumber(attributes, 0, ATTRIBUTES.bytes);
      writePointer(attributes, ATTRIBUTES.descriptor, memory);
      return work(attributes);
    });
  } finally {
    api().LocalFree(memory);
  }
}
