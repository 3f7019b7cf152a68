/** Starts a program with an administrator's rights; Windows asks its user first (User Account Control). */
import path from 'node:path';

import { declare, numberOf, once } from './ffi.ts';

const SHOW_NORMAL = 1;
/** ShellExecute's results up to this are errors (shellapi.h). */
const LAST_ERROR = 32;

const api = once(() =>
  declare('shell32.dll', {
    ShellExecuteW:
      'intptr_t __stdcall ShellExecuteW(uintptr_t, str16, str16, str16, str16, int32_t)',
  }),
);

/** Waits for the answer. False: the user said no, or may not. `argument` is one word without blanks. */
export function startElevated(program: string, argument: string): boolean {
  const folder = path.win32.dirname(program);
  const result = api().ShellExecuteW(0, 'runas', program, argument, folder, SHOW_NORMAL);
  return numberOf(result) > LAST_ERROR;
}
