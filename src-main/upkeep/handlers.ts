/** The calls of the manager about Portreeve itself: they work without rules and without a driver. */
import type { Handlers } from '../../src-preload/contract/calls.ts';
import type { ManagerState } from '../../src-preload/contract/model.ts';
import type { AutostartView } from '../../src-preload/contract/upkeep.ts';
import { done } from '../engine/result.ts';
import type { Autostart } from '../platform/autostart.ts';
import type { BootLockdown } from '../platform/boot-lockdown.ts';
import { diagnosticsText } from './diagnostics.ts';
import type { LogFile } from './log-file.ts';
import type { PreferencesFile } from './preferences.ts';
import type { UpdateTools, Updates } from './updates/updates.ts';

export type UpkeepNames =
  | 'readSettings'
  | 'setAutostart'
  | 'setBootLockdown'
  | 'setOnlookers'
  | 'setAppearance'
  | 'setUpdates'
  | 'runUpdate'
  | 'readDiagnostics';

/** What only the shell knows. */
export interface UpkeepParts {
  /** Null where nothing is installed. */
  readonly autostart: Autostart | null;
  /** Null where nothing is installed. */
  readonly bootLockdown: BootLockdown | null;
  /** Null in development. */
  readonly updates: UpdateTools | null;
  /** Makes a folder that users may read and nobody else change, or finds it so. */
  readonly isReadable: (folder: string) => boolean;
}

/** Where Portreeve is developed: nothing is installed, and what there is belongs to its user alone. */
export const noUpkeep: UpkeepParts = {
  autostart: null,
  bootLockdown: null,
  updates: null,
  isReadable: () => true,
};

export interface UpkeepContext extends Pick<UpkeepParts, 'autostart' | 'bootLockdown'> {
  readonly version: string;
  readonly log: LogFile;
  readonly preferences: PreferencesFile;
  readonly updates: Pick<Updates, 'know' | 'setOn' | 'run'>;
  readonly state: () => ManagerState;
  readonly listRules: Handlers['listRules'];
}

const notInstalled = { kind: 'not-installed' } as const;

export function upkeepHandlers(context: UpkeepContext): Pick<Handlers, UpkeepNames> {
  const { autostart, bootLockdown, version, log, state, updates } = context;
  const readAutostart = async (): Promise<AutostartView> =>
    (await autostart?.read()) ?? notInstalled;
  return {
    async readSettings() {
      await updates.know();
      const lockdown = bootLockdown?.read() ?? notInstalled;
      return done({
        autostart: await readAutostart(),
        bootLockdown: lockdown,
        onlookers: context.preferences.now.onlookers,
      });
    },
    setAutostart: async ({ on }) => done((await autostart?.set(on)) ?? notInstalled),
    setBootLockdown: async ({ on }) => done((await bootLockdown?.set(on)) ?? notInstalled),
    setOnlookers: async ({ on }) => {
      const kept = context.preferences.change({ onlookers: on });
      return kept.ok ? done({ on }) : kept;
    },
    setUpdates: ({ on }) => updates.setOn(on),
    runUpdate: ({ step }) => updates.run(step),
    setAppearance: async (appearance) => context.preferences.change({ appearance }),
    readDiagnostics: async ({ withNames }) => {
      const page = await context.listRules({ text: '', offset: 0, limit: 1 });
      const rules = page.ok ? page.value.total : null;
      const known = { version, state: state(), rules, lines: log.last(), withNames };
      return done({ text: diagnosticsText({ ...known, autostart: await readAutostart() }) });
    },
  };
}
