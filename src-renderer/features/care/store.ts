/** Files of rules and backups: what is known of them, and what can be done with them. */
import { createContext, useContext } from 'react';
import { createStore, useStore, type StoreApi } from 'zustand';
import type { Bridge } from '../../../src-preload/contract/calls.ts';
import type { BackupView, ErrorCode, Result } from '../../../src-preload/contract/model.ts';
import type { ImportReport } from '../../../src-preload/contract/rules.ts';
import type { RulesToast } from '../rules/reducer.ts';

export interface CareModel {
  readonly backups: readonly BackupView[] | null;
  /** A file that was chosen, and what it would change. */
  readonly draft: { readonly text: string; readonly report: ImportReport } | null;
  /** What was saved last; null when nothing was. */
  readonly saved: { readonly exported: number; readonly leftOut: number } | null;
  /** A backup of what was in force before one was restored. */
  readonly before: string | null;
  readonly busy: boolean;
  readonly error: ErrorCode | 'cannot-read' | null;
}

export interface CareStore {
  readonly model: StoreApi<CareModel>;
  read(): Promise<void>;
  /** `saveHere` saves by the window's own means, where main says so. */
  save(saveHere: (name: string, text: string) => void): Promise<void>;
  /** Null: it could not be read. */
  choose(text: string | null): Promise<void>;
  apply(): Promise<void>;
  cancel(): void;
  backUp(): Promise<void>;
  restore(backupId: string): Promise<void>;
  resetFactory(): Promise<void>;
  dismiss(): void;
}

const fileName = 'portreeve-rules.json';
const undoMs = 30_000;

const empty: CareModel = {
  backups: null,
  draft: null,
  saved: null,
  before: null,
  busy: false,
  error: null,
};

/** A store over the bridge of the manager window. `toast`: how a change can be taken back. */
export function createCareStore(
  { calls }: Bridge<'manager'>,
  toast: (toast: RulesToast) => void,
): CareStore {
  const model = createStore<CareModel>(() => empty);
  const settle = async <T>(call: Promise<Result<T>>): Promise<T | null> => {
    model.setState({ busy: true, error: null });
    const result = await call;
    model.setState({ busy: false, error: result.ok ? null : result.code });
    return result.ok ? result.value : null;
  };
  const read = async (): Promise<void> => {
    const backups = await settle(calls.listBackups(null));
    if (backups !== null) model.setState({ backups });
  };
  const tell = (kind: 'imported' | 'reset', undoId: string, count: number): void => {
    toast({ kind, undoId, count, until: Date.now() + undoMs });
  };
  return {
    model,
    read,
    async save(saveHere) {
      model.setState({ saved: null });
      const file = await settle(calls.exportRules({ ruleIds: null }));
      if (file === null) return;
      const { text, exported, leftOut } = file;
      const where = await settle(calls.saveFile({ name: fileName, text }));
      if (where?.saved === 'by-page') saveHere(fileName, text);
      if (where !== null && where.saved !== 'no') model.setState({ saved: { exported, leftOut } });
    },
    async choose(text) {
      if (text === null) return model.setState({ draft: null, error: 'cannot-read' });
      const report = await settle(calls.importRules({ text, dryRun: true }));
      model.setState({ draft: report === null ? null : { text, report } });
    },
    async apply() {
      const { draft } = model.getState();
      if (draft === null) return;
      const report = await settle(calls.importRules({ text: draft.text, dryRun: false }));
      if (report === null) return;
      // The rules have changed since it was tried: it is shown anew.
      model.setState({ draft: report.applied ? null : { text: draft.text, report } });
      const { undoId, added, replaced } = report;
      if (undoId !== null) tell('imported', undoId, added + replaced);
    },
    cancel() {
      model.setState({ draft: null });
    },
    async backUp() {
      const made = await calls.makeBackup(null);
      await read();
      if (!made.ok) model.setState({ error: made.code });
    },
    async restore(backupId) {
      const restored = await settle(calls.restoreBackup({ backupId }));
      if (restored === null) return;
      model.setState({ before: restored.undoId });
      await read();
    },
    async resetFactory() {
      const reset = await settle(calls.resetFactory(null));
      if (reset !== null) tell('reset', reset.undoId, reset.rules);
    },
    dismiss() {
      model.setState({ error: null });
    },
  };
}

const StoreContext = createContext<CareStore | null>(null);
export const CareStoreProvider = StoreContext.Provider;

/** The store of this window. */
export function useCareStore(): CareStore {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('files and backups are outside of their store provider');
  return store;
}

/** A part of the model; the component renders again when that part changes. */
export function useCare<Part>(select: (model: CareModel) => Part): Part {
  return useStore(useCareStore().model, select);
}
