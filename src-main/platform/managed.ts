/** Where an administrator's settings are: the policy keys of Windows' registry; for development, a JSON file. */
import { readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';

import { MAX_TEXT } from '../engine/exchange/format.ts';
import { replaceFile } from '../engine/durable-file.ts';
import type { ManagedValues } from '../engine/managed/settings.ts';
import type { Log, ManagedPort } from '../engine/ports.ts';

/** Below HKEY_LOCAL_MACHINE: what is set by policy, and what the installer was told. */
export interface MachineKeys {
  readonly policyKey: string;
  readonly settingsKey: string;
}

/** The values of a key below HKEY_LOCAL_MACHINE. */
export type MachineValues = (key: string) => ManagedValues;

export interface ManagedSource {
  /** Of the store: the rules in force are kept there. */
  readonly folder: string;
  /** Null outside Windows. */
  readonly machine: MachineValues | null;
  readonly keys: MachineKeys;
  /** JSON with the same names, read where there is no registry; null for none. */
  readonly file: string | null;
  readonly log: Log;
}

/** A share that does not answer holds the start up no longer. */
const READ_MS = 5000;
/** UTF-8 takes at most three bytes for a character of UTF-16. */
const MAX_BYTES = 3 * MAX_TEXT;

type TextRead = Awaited<ReturnType<ManagedPort['readFile']>>;

export function createManaged({ folder, machine, keys, file, log }: ManagedSource): ManagedPort {
  const keptFile = path.join(folder, 'managed-rules.json');
  let reading: Promise<TextRead> | null = null;
  return {
    values: () => (machine === null ? fileValues(file, log) : machine(keys.policyKey)),
    installed: () => (machine === null ? {} : machine(keys.settingsKey)),
    async readFile(name) {
      // One that hangs holds a thread: there is never a second one.
      if (reading !== null) return tooLong;
      const own = readText(name);
      reading = own;
      void own.then(() => (reading = null));
      return inTime(own);
    },
    kept: () => keptText(keptFile),
    keep: (text) => keep(keptFile, text, log),
  };
}

/** The settings of this computer; `PORTREEVE_POLICY` names the file of development. */
export async function machineManaged(
  folder: string,
  keys: MachineKeys,
  log: Log,
): Promise<ManagedPort> {
  if (process.platform === 'win32') {
    // Brings FFI with it, so it is loaded only where it is used.
    const { machineValues } = await import('./windows/registry.ts');
    return createManaged({ folder, keys, machine: machineValues, file: null, log });
  }
  const file = process.env['PORTREEVE_POLICY'] ?? null;
  return createManaged({ folder, keys, machine: null, file: file === '' ? null : file, log });
}

function fileValues(file: string | null, log: Log): ManagedValues {
  if (file === null) return {};
  try {
    const values: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof values === 'object' && values !== null) return { ...values };
  } catch {
    // Told below.
  }
  log.warn('The file of the policy could not be read; it has to be a JSON object.');
  return {};
}

const tooLong: TextRead = { ok: false, problem: 'it took too long' };

async function inTime(reading: Promise<TextRead>): Promise<TextRead> {
  const waiting = new AbortController();
  const late = after(READ_MS, tooLong, { signal: waiting.signal, ref: false });
  const read = await Promise.race([reading, late.catch(() => tooLong)]);
  waiting.abort();
  return read;
}

async function readText(file: string): Promise<TextRead> {
  try {
    // Without O_NONBLOCK, opening a pipe waits for its writer. Windows has no such flag and no such pipes.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      return await readHandle(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    return failed(code === 'ENOENT' ? 'it is not there' : 'it may not be read');
  }
}

async function readHandle(handle: FileHandle): Promise<TextRead> {
  const stat = await handle.stat();
  if (!stat.isFile()) return failed('it is no file');
  if (stat.size > MAX_BYTES) return failed('it is too big');
  return { ok: true, text: await handle.readFile('utf8') };
}

function failed(problem: string): TextRead {
  return { ok: false, problem };
}

function keptText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function keep(file: string, text: string | null, log: Log): void {
  try {
    if (text === null) rmSync(file, { force: true });
    else replaceFile(file, Buffer.from(text));
  } catch {
    log.warn(
      'The copy of the rules file could not be saved; a new start will need the file itself.',
    );
  }
}
