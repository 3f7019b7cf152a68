/** Windows' own folder of programs. Call it on Windows only. */
import { declare, numberOf, once } from './ffi.ts';

const MAX_PATH = 260;

const api = once(() =>
  declare('kernel32.dll', {
    GetSystemDirectoryW: 'uint32_t __stdcall GetSystemDirectoryW(_Out_ uint8_t *, uint32_t)',
  }),
);

/** Such as `C:\Windows\System32`, whatever the environment says. Throws where Windows does not say. */
export function systemFolder(): string {
  const text = Buffer.alloc(MAX_PATH * 2);
  const length = numberOf(api().GetSystemDirectoryW(text, MAX_PATH));
  if (length === 0 || length >= MAX_PATH) throw new Error('Windows names no system folder');
  return text.toString('utf16le', 0, length * 2);
}
