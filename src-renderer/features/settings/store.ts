/** What Portreeve says about itself, asked for when the page is opened, and how it is changed. */
import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import type { Bridge } from '../../../src-preload/contract/calls.ts';
import type { ErrorCode, Result, Verdict } from '../../../src-preload/contract/model.ts';
import type { Appearance, SettingsView, UpdateStep } from '../../../src-preload/contract/upkeep.ts';

export interface SettingsModel {
  /** Null until it is known. */
  readonly settings: SettingsView | null;
  /** Being changed. */
  readonly busy: boolean;
  /** Windows did not switch the service's task as it was asked to. */
  readonly isRefused: boolean;
  /** Portreeve is on its way to start anew. */
  readonly isEnding: boolean;
  readonly error: ErrorCode | null;
}

export interface SettingsStore {
  readonly model: StoreApi<SettingsModel>;
  read(): Promise<void>;
  setAutostart(on: boolean): Promise<void>;
  setNoClient(verdict: Verdict): Promise<void>;
  setBootLockdown(on: boolean): Promise<void>;
  setOnlookers(on: boolean): Promise<void>;
  setAnswerers(on: boolean): Promise<void>;
  startAnew(): Promise<void>;
  setAppearance(appearance: Appearance): Promise<void>;
  setUpdates(on: boolean): Promise<void>;
  runUpdate(step: UpdateStep): Promise<void>;
  /** Null where there is none. */
  readDiagnostics(withNames: boolean): Promise<string | null>;
  startSelfTest(): Promise<void>;
  stopSelfTest(): Promise<void>;
  dismiss(): void;
}

/** A store over the bridge of the manager window. */
export function createSettingsStore({ calls }: Bridge<'manager'>): SettingsStore {
  const model = createStore<SettingsModel>(() => ({
    settings: null,
    busy: false,
    isRefused: false,
    isEnding: false,
    error: null,
  }));
  const settle = async <T>(call: Promise<Result<T>>): Promise<T | null> => {
    model.setState({ busy: true });
    const result = await call;
    model.setState({ busy: false, error: result.ok ? null : result.code });
    return result.ok ? result.value : null;
  };
  return {
    model,
    async read() {
      const settings = await settle(calls.readSettings(null));
      if (settings !== null) model.setState({ settings, isRefused: false, isEnding: false });
    },
    async setAutostart(on) {
      const autostart = await settle(calls.setAutostart({ on }));
      const { settings } = model.getState();
      if (autostart !== null && settings !== null) {
        model.setState({ settings: { ...settings, autostart } });
      }
    },
    async setBootLockdown(on) {
      const bootLockdown = await settle(calls.setBootLockdown({ on }));
      const { settings } = model.getState();
      if (bootLockdown !== null && settings !== null) {
        model.setState({ settings: { ...settings, bootLockdown } });
      }
    },
    async setOnlookers(on) {
      const now = await settle(calls.setOnlookers({ on }));
      const { settings } = model.getState();
      if (now !== null && settings !== null) {
        model.setState({ settings: { ...settings, onlookers: now.on } });
      }
    },
    async setAnswerers(on) {
      const answerers = await settle(calls.setAnswerers({ on }));
      const { settings } = model.getState();
      if (answerers === null || settings === null) return;
      const isRefused = answerers.wanted !== on || (answerers.task.kind === 'on') !== on;
      model.setState({ settings: { ...settings, answerers }, isRefused });
    },
    async startAnew() {
      const result = await calls.startAnew(null);
      model.setState({ isEnding: result.ok, error: result.ok ? null : result.code });
    },
    async setNoClient(verdict) {
      await settle(calls.setNoClient({ verdict }));
    },
    async setAppearance(appearance) {
      await settle(calls.setAppearance(appearance));
    },
    async setUpdates(on) {
      await settle(calls.setUpdates({ on }));
    },
    async runUpdate(step) {
      await settle(calls.runUpdate({ step }));
    },
    async readDiagnostics(withNames) {
      return (await settle(calls.readDiagnostics({ withNames })))?.text ?? null;
    },
    async startSelfTest() {
      await settle(calls.startSelfTest(null));
    },
    async stopSelfTest() {
      await settle(calls.stopSelfTest(null));
    },
    dismiss() {
      model.setState({ error: null });
    },
  };
}

const StoreContext = createContext<SettingsStore | null>(null);
export const SettingsStoreProvider = StoreContext.Provider;

/** The store of this window. */
export function useSettingsStore(): SettingsStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('the settings are outside of their store provider');
  return store;
}

/** A part of the model; the component renders again when that part changes. */
export function useSettings<Part>(select: (model: SettingsModel) => Part): Part {
  return useStore(useSettingsStore().model, select);
}
