/** The state of the whole: driver, and how much is held. */
import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import type { Bridge } from '../../../src-preload/contract/calls.ts';
import type {
  DriverState,
  ErrorCode,
  KernelView,
  ManagedView,
  ManagerState,
  NoClientView,
  Result,
} from '../../../src-preload/contract/model.ts';
import type {
  Appearance,
  SelfTestView,
  UpdatesView,
} from '../../../src-preload/contract/upkeep.ts';
import type { OnlookerView } from '../../../src-preload/contract/onlooker.ts';
import { asTheSystem } from '../../theme/appearance.ts';
import type { ModeName, ModeView } from '../../../src-preload/contract/rules.ts';

export interface StatusModel {
  readonly driver: DriverState;
  readonly held: number;
  readonly cards: number;
  readonly away: number;
  readonly mode: ModeView;
  readonly kernel: KernelView | null;
  /** Null where nobody manages this computer. */
  readonly managed: ManagedView | null;
  readonly noClient: NoClientView;
  /** Null where none was made. */
  readonly selfTest: SelfTestView | null;
  readonly ruleVersion: number;
  /** Null where everything may be changed that is not locked. */
  readonly onlooker: OnlookerView | null;
  /** Portreeve goes on without this window and its tray. */
  readonly isService: boolean;
  readonly appearance: Appearance;
  readonly updates: UpdatesView;
  /** What went wrong last; null when nothing did. */
  readonly error: ErrorCode | null;
}

export interface StatusStore {
  readonly model: StoreApi<StatusModel>;
  receive(state: ManagerState): void;
  showPrompt(): void;
  /** Until it is changed, but for learning, which ends after a week. */
  setMode(mode: ModeName): Promise<void>;
  pause(minutes: number): Promise<void>;
  resume(pauseId: string): Promise<void>;
  dismiss(): void;
}

const noUpdates: UpdatesView = { kind: 'unavailable', why: 'development' };
const weekMs = 7 * 24 * 3600 * 1000;

/** A store over the bridge of the manager window. */
export function createStatusStore(bridge: Bridge<'manager'>): StatusStore {
  const model = createStore<StatusModel>(() => ({
    driver: { kind: 'connecting' },
    held: 0,
    cards: 0,
    away: 0,
    mode: { mode: 'ask', until: null, pauses: [] },
    kernel: null,
    managed: null,
    noClient: { verdict: 'block', by: 'nobody' },
    selfTest: null,
    ruleVersion: 0,
    onlooker: null,
    isService: false,
    appearance: asTheSystem,
    updates: noUpdates,
    error: null,
  }));
  const tell = (result: Result<null>): void => {
    model.setState({ error: result.ok ? null : result.code });
  };
  return {
    model,
    receive({ managed = null, selfTest = null, away, ...state }) {
      const { appearance = asTheSystem, updates = noUpdates, onlooker = null } = state;
      const { driver, held, cards, mode, kernel, noClient, ruleVersion } = state;
      const whole = { driver, held, cards, mode, kernel, noClient, ruleVersion };
      model.setState({
        ...whole,
        managed,
        selfTest,
        onlooker,
        isService: state.isService === true,
        appearance,
        updates,
        away: away.length,
      });
    },
    showPrompt() {
      void bridge.calls.showPrompt(null);
    },
    async setMode(mode) {
      const until = mode === 'learn' ? Date.now() + weekMs : null;
      tell(await bridge.calls.setMode({ mode, until }));
    },
    async pause(minutes) {
      tell(await bridge.calls.pause({ ruleId: null, minutes }));
    },
    async resume(pauseId) {
      tell(await bridge.calls.resume({ pauseId }));
    },
    dismiss() {
      model.setState({ error: null });
    },
  };
}

const StoreContext = createContext<StatusStore | null>(null);
export const StatusStoreProvider = StoreContext.Provider;

/** The store of this window. */
export function useStatusStore(): StatusStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('the view is outside of its store provider');
  return store;
}

/** A part of the model; the component renders again when that part changes. */
export function useStatus<Part>(select: (model: StatusModel) => Part): Part {
  return useStore(useStatusStore().model, select);
}
