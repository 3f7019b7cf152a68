/** The version resource of a file: who made it says so himself, so that it counts only together with a signature. */
import { declare, inArena, numberOf, once, pointerOf, readNumber, readText } from './ffi.ts';
import type { Pointer } from './ffi.ts';

/** FILE_VER_GET_NEUTRAL: of the file itself, which its signature covers, and not of a translation that lies beside it. */
const NEUTRAL = 2;
const MAX_BYTES = 4_194_304;

const api = once(() =>
  declare('version.dll', {
    GetFileVersionInfoSizeExW:
      'uint32_t __stdcall GetFileVersionInfoSizeExW(uint32_t, str16, void *)',
    GetFileVersionInfoExW:
      'int32_t __stdcall GetFileVersionInfoExW(uint32_t, str16, uint32_t, uint32_t, void *)',
    VerQueryValueW:
      'int32_t __stdcall VerQueryValueW(void *, str16, _Out_ uintptr_t *, _Out_ uint32_t *)',
  }),
);

export interface VersionNames {
  /** Empty where the resource has none. */
  readonly product: string;
  readonly originalName: string;
}

const none: VersionNames = { product: '', originalName: '' };

export function versionNames(path: string): VersionNames {
  const bytes = numberOf(api().GetFileVersionInfoSizeExW(NEUTRAL, path, null));
  if (bytes === 0 || bytes > MAX_BYTES) return none;
  return inArena((arena) => {
    const block = arena.allocate(bytes);
    if (numberOf(api().GetFileVersionInfoExW(NEUTRAL, path, 0, bytes, block)) === 0) return none;
    const language = languageOf(block);
    return {
      product: valueOf(block, language, 'ProductName'),
      originalName: valueOf(block, language, 'OriginalFilename'),
    };
  });
}

/** The first language of the resource and its code page: two 16-bit numbers. */
function languageOf(block: Pointer): string {
  const found = query(block, '\\VarFileInfo\\Translation');
  if (found === null || found.length < 4) return '040904b0';
  const both = readNumber(found.at, 0);
  const hex = (value: number): string => value.toString(16).padStart(4, '0');
  return `${hex(both & 0xffff)}${hex(both >>> 16)}`;
}

function valueOf(block: Pointer, language: string, name: string): string {
  const found = query(block, `\\StringFileInfo\\${language}\\${name}`);
  return found === null || found.length === 0 ? '' : readText(found.at).trim();
}

function query(block: Pointer, path: string): { at: Pointer; length: number } | null {
  const [at, length] = [[0n], [0]];
  if (numberOf(api().VerQueryValueW(block, path, at, length)) === 0) return null;
  return { at: pointerOf(at[0]), length: length[0] ?? 0 };
}
