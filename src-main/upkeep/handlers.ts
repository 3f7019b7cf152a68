/** The calls of the manager about Portreeve itself: they work without rules and without a driver. */
import type { Handlers } from '../../src-preload/contract/calls.ts';
import type { ManagerState, Result } from '../../src-preload/contract/model.ts';
import type { AnswerersView, AutostartView } from '../../src-preload/contract/upkeep.ts';
import { done, refuse } from '../engine/result.ts';
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
  | 'setAnswerers'
  | 'startAnew'
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
  /** The task of the service; null where nothing is installed. */
  readonly service: Autostart | null;
  /** Portreeve runs as the service. */
  readonly isService: boolean;
  /** Ends Portreeve and starts it again; null where nobody could. */
  readonly startAnew: (() => void) | null;
  /** Null in development. */
  readonly updates: UpdateTools | null;
  /** Makes a folder that users may read and nobody else change, or finds it so. */
  readonly isReadable: (folder: string) => boolean;
}

/** Where Portreeve is developed: nothing is installed, and what there is belongs to its user alone. */
export const noUpkeep: UpkeepParts = {
  autostart: null,
  bootLockdown: null,
  service: null,
  isService: false,
  startAnew: null,
  updates: null,
  isReadable: () => true,
};

export interface UpkeepContext extends Pick<
  UpkeepParts,
  'autostart' | 'bootLockdown' | 'service' | 'isService' | 'startAnew'
> {
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
        answerers: await readAnswerers(context),
      });
    },
    setAutostart: async ({ on }) => done((await autostart?.set(on)) ?? notInstalled),
    setBootLockdown: async ({ on }) => done((await bootLockdown?.set(on)) ?? notInstalled),
    setOnlookers: async ({ on }) => {
      const kept = context.preferences.change({ onlookers: on });
      return kept.ok ? done({ on }) : kept;
    },
    setAnswerers: ({ on }) => setAnswerers(context, on),
    startAnew: async () => startAnew(context),
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

async function readAnswerers(context: UpkeepContext): Promise<AnswerersView> {
  return answerersView(context, (await context.service?.read()) ?? notInstalled);
}

function answerersView(
  { isService, preferences }: UpkeepContext,
  task: AutostartView,
): AnswerersView {
  return { wanted: preferences.now.answerers, inForce: isService, task };
}

/** The task first: a wish that Windows does not carry out is not kept. */
async function setAnswerers(context: UpkeepContext, on: boolean): Promise<Result<AnswerersView>> {
  const task = (await context.service?.set(on)) ?? notInstalled;
  if (on && task.kind !== 'on') return done(answerersView(context, task));
  const kept = context.preferences.change({ answerers: on });
  return kept.ok ? done(answerersView(context, task)) : kept;
}

/** The service is started first: it waits until this Portreeve has left its rules. */
async function startAnew(context: UpkeepContext): Promise<Result<null>> {
  const { service, isService, preferences } = context;
  if (context.startAnew === null) return refuse('refused', 'Portreeve can not start itself here.');
  if (preferences.now.answerers && !isService) await service?.run();
  // The answer goes first.
  setImmediate(context.startAnew);
  return done(null);
}
