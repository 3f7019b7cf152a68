/** The calls of the manager about Portreeve itself: they work without rules and without a driver. */
import type { Handlers } from '../../src-preload/contract/calls.ts';
import type { AutostartView } from '../../src-preload/contract/upkeep.ts';
import { done } from '../engine/result.ts';
import type { Autostart } from '../platform/autostart.ts';

export type UpkeepNames = 'readSettings' | 'setAutostart';

export interface UpkeepParts {
  /** Null where nothing is installed. */
  readonly autostart: Autostart | null;
}

const notInstalled: AutostartView = { kind: 'not-installed' };

export function upkeepHandlers({ autostart }: UpkeepParts): Pick<Handlers, UpkeepNames> {
  return {
    readSettings: async () => done({ autostart: (await autostart?.read()) ?? notInstalled }),
    setAutostart: async ({ on }) => done((await autostart?.set(on)) ?? notInstalled),
  };
}
