/** What the phases share: where things are, what is remembered, how Windows is spoken to. */
import { setTimeout as pause } from 'node:timers/promises';

import type { Store } from './state.ts';
import type { Windows } from './windows.ts';

export const SERVICE = 'portreeve';
export const DEVICE = '\\\\.\\Portreeve';
export const FIRST_BUILD = 18362;
const SERVICE_MS = 30_000;

export interface Kit {
  readonly windows: Windows;
  readonly store: Store;
  /** The folder of the kit: package, package-next, the certificate of the image. */
  readonly folder: string;
  /** Asks the person for something that no program can do, and waits for Enter. */
  readonly ask: (text: string) => Promise<void>;
}

/** 'RUNNING', 'STOPPED', 'none' when there is no such service. These words are the same in every language. */
export async function stateOfService({ windows }: Kit): Promise<string> {
  const { output } = await windows.run('sc.exe', ['query', SERVICE]);
  return /\b(RUNNING|STOPPED|START_PENDING|STOP_PENDING)\b/.exec(output)?.[1] ?? 'none';
}

/** The file that the service runs; throws when there is no service. */
export async function imageOfService({ windows }: Kit): Promise<string> {
  const key = `HKLM:\\SYSTEM\\CurrentControlSet\\Services\\${SERVICE}`;
  const script = `(Get-ItemProperty ${key}).ImagePath -replace '^\\\\SystemRoot', $env:SystemRoot`;
  return (await windows.powershell(script)).trim();
}

export async function startService(kit: Kit): Promise<void> {
  if ((await stateOfService(kit)) !== 'RUNNING')
    await kit.windows.must('sc.exe', ['start', SERVICE]);
  await untilState(kit, 'RUNNING');
}

export async function stopService(kit: Kit): Promise<void> {
  if ((await stateOfService(kit)) !== 'RUNNING') return;
  await kit.windows.must('sc.exe', ['stop', SERVICE]);
  await untilState(kit, 'STOPPED');
}

async function untilState(kit: Kit, wanted: string): Promise<void> {
  const end = performance.now() + SERVICE_MS;
  // oxlint-disable-next-line no-await-in-loop -- one look after the other
  while ((await stateOfService(kit)) !== wanted) {
    if (performance.now() > end) throw new Error(`the service does not become ${wanted}`);
    // oxlint-disable-next-line no-await-in-loop
    await pause(500);
  }
}
