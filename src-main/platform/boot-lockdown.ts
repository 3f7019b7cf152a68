/**
 * Lockdown from the start of Windows on (ADR 0034), switched by the installer's program, which keeps what blocks and how to
 * get rid of it in one place. What is so is read from where that program notes it.
 */
import type { BootLockdownView } from '../../src-preload/contract/upkeep.ts';
import { type Ran, saidBy } from './autostart.ts';

export interface BootLockdownTools {
  /** The installer's program, from a folder that only administrators can change (ADR 0075). */
  readonly setup: string;
  /** Values of Portreeve's key below HKEY_LOCAL_MACHINE. */
  values(): Readonly<Record<string, unknown>>;
  run(program: string, args: readonly string[]): Promise<Ran>;
}

export interface BootLockdown {
  read(): BootLockdownView;
  /** What it is after that. Never rejects. */
  set(on: boolean): Promise<BootLockdownView>;
}

/** Written before the first filter is added, and changed after the last is removed: "1" where there may be some. */
const noted = 'Lockdown';

export function createBootLockdown(tools: BootLockdownTools): BootLockdown {
  const { setup } = tools;
  const read = (): BootLockdownView => ({
    kind: tools.values()[noted] === '1' ? 'on' : 'off',
    wayOut: `"${setup}" lockdown off`,
  });
  return {
    read,
    async set(on) {
      const ran = await tools.run(setup, ['lockdown', on ? 'on' : 'off']);
      const is = read();
      if (ran.code === 0 || is.kind === 'not-installed') return is;
      return { ...is, kind: 'failed', isNoted: is.kind === 'on', detail: saidBy(ran) };
    },
  };
}
