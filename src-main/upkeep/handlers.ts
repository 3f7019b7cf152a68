/** The calls of the manager about Portreeve itself: they work without rules and without a driver. */
import type { Handlers } from '../../src-preload/contract/calls.ts';
import type { ManagerState } from '../../src-preload/contract/model.ts';
import type { AutostartView } from '../../src-preload/contract/upkeep.ts';
import { done } from '../engine/result.ts';
import type { Autostart } from '../platform/autostart.ts';
import { diagnosticsText } from './diagnostics.ts';
import type { LogFile } from './log-file.ts';
import type { PreferencesFile } from './preferences.ts';
import type { UpdateTools, Updates } from './updates/updates.ts';

export type UpkeepNames =
  | 'readSettings'
  | 'setAutostart'
  | 'setAppearance'
  | 'setUpdates'
  | 'runUpdate'
  | 'readDiagnostics';

/** What only the shell knows. */
export interface UpkeepParts {
  /** Null where nothing is installed. */
  readonly autostart: Autostart | null;
  /** Null in development. */
  readonly updates: UpdateTools | null;
}

export interface UpkeepContext extends Pick<UpkeepParts, 'autostart'> {
  readonly version: string;
  readonly log: LogFile;
  readonly preferences: PreferencesFile;
  readonly updates: Pick<Updates, 'know' | 'setOn' | 'run'>;
  readonly state: () => ManagerState;
  readonly listRules: Handlers['listRules'];
}

const notInstalled: AutostartView = { kind: 'not-installed' };

export function upkeepHandlers(context: UpkeepContext): Pick<Handlers, UpkeepNames> {
  const { autostart, version, log, state, updates } = context;
  const readAutostart = async (): Promise<AutostartView> =>
    (await autostart?.read()) ?? notInstalled;
  return {
    async readSettings() {
      await updates.know();
      return done({ autostart: await readAutostart() });
    },
    setAutostart: async ({ on }) => done((await autostart?.set(on)) ?? notInstalled),
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
