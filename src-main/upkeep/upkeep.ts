/** What Portreeve does about itself while it runs, beside its engine. */
import type { Handlers } from '../../src-preload/contract/calls.ts';
import type { Clock } from '../engine/ports.ts';
import { type UpkeepNames, type UpkeepParts, upkeepHandlers } from './handlers.ts';
import type { LogFile } from './log-file.ts';
import { Onlookers } from './onlookers.ts';
import type { PreferencesFile } from './preferences.ts';
import { type EngineStates, wholeStates } from './states.ts';
import { Updates } from './updates/updates.ts';

export interface UpkeepSettings extends UpkeepParts {
  /** Portreeve's own folder. */
  readonly folder: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: LogFile;
  readonly preferences: PreferencesFile;
  readonly engine: EngineStates & { readonly handlers: Pick<Handlers, 'listRules'> };
}

export interface Upkeep {
  /** The engine's states, with what Portreeve says about itself. */
  readonly states: EngineStates;
  readonly handlers: Pick<Handlers, UpkeepNames>;
  stop(): void;
}

export function startUpkeep(settings: UpkeepSettings): Upkeep {
  const { engine, preferences, updates: tools } = settings;
  const updates = new Updates({
    ...settings,
    tools,
    isOn: () => preferences.now.updates,
    setOn: (on) => preferences.change({ updates: on }),
    held: () => engine.managerState().held,
  });
  const state = () => engine.managerState();
  const { listRules } = engine.handlers;
  const onlookers = new Onlookers({
    ...settings,
    isOn: () => preferences.now.onlookers,
    state,
    listRules,
    isSafe: settings.isReadable,
  });
  const look = (): void => onlookers.changed();
  preferences.onChange(look);
  engine.onChange((event) => {
    updates.heldChanged();
    if (event === 'managerChanged') look();
  });
  look();
  void updates.start();
  return {
    states: wholeStates(engine, { preferences, updates, isService: settings.isService }),
    handlers: upkeepHandlers({ ...settings, updates, state, listRules }),
    stop() {
      updates.stop();
      onlookers.stop();
    },
  };
}
