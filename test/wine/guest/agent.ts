/** A process that says what it was started with, into the file that PORTREEVE_AGENT names, and ends after a while. */
import { renameSync, writeFileSync } from 'node:fs';

import {
  declare,
  inArena,
  numberOf,
  once,
  pointerOf,
  readText,
} from '../../../src-main/platform/windows/ffi.ts';
import {
  accountOfToken,
  integrityOfToken,
  withToken,
} from '../../../src-main/platform/windows/tokens.ts';

const UOI_NAME = 2;
const NAME_BYTES = 256;

const api = once(() => ({
  ...declare('kernel32.dll', {
    GetCurrentProcess: 'uintptr_t __stdcall GetCurrentProcess()',
    GetCurrentThreadId: 'uint32_t __stdcall GetCurrentThreadId()',
    ReleaseSemaphore: 'int32_t __stdcall ReleaseSemaphore(uintptr_t, int32_t, void *)',
  }),
  ...declare('user32.dll', {
    GetThreadDesktop: 'uintptr_t __stdcall GetThreadDesktop(uint32_t)',
    GetProcessWindowStation: 'uintptr_t __stdcall GetProcessWindowStation()',
    GetUserObjectInformationW:
      'int32_t __stdcall GetUserObjectInformationW(uintptr_t, int32_t, void *, uint32_t, void *)',
  }),
}));

/** JSON text of PORTREEVE_AGENT. */
export interface AgentTask {
  readonly report: string;
  /** A semaphore of the process that has started this one. */
  readonly semaphore: string;
  readonly livesMs: number;
}

export interface AgentReport {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly args: readonly string[];
  readonly folder: string;
  readonly integrity: string | null;
  readonly account: string | null;
  readonly station: string;
  readonly desktop: string;
  /** Whether it could use the semaphore. */
  readonly hasHandle: boolean;
}

function nameOf(object: unknown): string {
  return inArena((arena) => {
    const memory = arena.allocate(NAME_BYTES);
    api().GetUserObjectInformationW(pointerOf(object), UOI_NAME, memory, NAME_BYTES, null);
    return readText(memory);
  });
}

function reportOf({ semaphore }: AgentTask): AgentReport {
  const own = pointerOf(api().GetCurrentProcess());
  return {
    environment: { ...process.env },
    args: process.argv.slice(2),
    folder: process.cwd(),
    integrity: withToken(own, integrityOfToken),
    account: withToken(own, accountOfToken),
    station: nameOf(api().GetProcessWindowStation()),
    desktop: nameOf(api().GetThreadDesktop(api().GetCurrentThreadId())),
    hasHandle: numberOf(api().ReleaseSemaphore(BigInt(semaphore), 1, null)) !== 0,
  };
}

const task = JSON.parse(process.env['PORTREEVE_AGENT'] ?? '{}') as AgentTask;
writeFileSync(`${task.report}.new`, JSON.stringify(reportOf(task)));
renameSync(`${task.report}.new`, task.report);
setTimeout(() => process.exit(7), task.livesMs);
