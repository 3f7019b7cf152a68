/** For whom a process runs, on the system that this runs on. */
import { readFileSync } from 'node:fs';

import type { AccountsPort } from '../engine/ports.ts';
import { isSameNow } from './proc.ts';

/** Windows' part brings FFI with it, so it is loaded only where it is used. */
export async function createAccounts(): Promise<AccountsPort> {
  if (process.platform !== 'win32') return linuxAccounts;
  const { withProcess } = await import('./windows/processes.ts');
  const { accountOfProcess } = await import('./windows/tokens.ts');
  return {
    accountOf: (process) => withProcess(process, ({ handle }) => accountOfProcess(handle)),
  };
}

/** The effective user, as proc(5) has it: the second number of "Uid:". */
const linuxAccounts: AccountsPort = {
  accountOf(process) {
    try {
      const status = readFileSync(`/proc/${process.id}/status`, 'latin1');
      const uid = /^Uid:\s+\d+\s+(\d+)/mu.exec(status)?.[1] ?? null;
      return isSameNow(process) ? uid : null;
    } catch {
      return null;
    }
  },
};
