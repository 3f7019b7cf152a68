/**
 * Portreeve for a standard user whom an administrator lets look (ADR 0078): a window over a file, and nothing behind it. It
 * has no engine, no driver, no store; its router refuses every call but two.
 */
import { lstatSync, readFileSync } from 'node:fs';

import { type CallName, type Handlers, calls } from '../src-preload/contract/calls.ts';
import type { ManagerState } from '../src-preload/contract/model.ts';
import { noManager, noPrompt } from '../src-preload/contract/nothing.ts';
import type { App } from './app.ts';
import type { Clock } from './engine/ports.ts';
import { done, refuse } from './engine/result.ts';
import { createRouter } from './ipc/router.ts';
import { callSchemas } from './ipc/schemas.ts';
import { type Snapshot, snapshotFile, snapshotFolder } from './upkeep/onlookers.ts';
import { asTheSystem } from './upkeep/preferences.ts';

export interface OnlookerSettings {
  /** Portreeve's own folder. */
  readonly folder: string;
  readonly version: string;
  readonly clock: Clock;
  /** Whether nobody but administrators could have changed this file or folder. */
  readonly isTrusted: (file: string) => boolean;
}

const MAX_BYTES = 67_108_864;
const LOOK_AGAIN_MS = 10_000;
const nobodyAsks = noPrompt({ kind: 'connecting' });

/** Null where there is nothing that this user may look at. */
export function startOnlooker(settings: OnlookerSettings): App | null {
  const first = readSnapshot(settings);
  return first === null ? null : new Onlooker(settings, first).app;
}

/** What lies there counts only when none but administrators can have put it there, and it is of this version. */
function readSnapshot({ folder, version, isTrusted }: OnlookerSettings): Snapshot | null {
  try {
    const file = snapshotFile(folder);
    if (!isTrusted(snapshotFolder(folder)) || !isTrusted(file)) return null;
    const entry = lstatSync(file);
    if (!entry.isFile() || entry.size > MAX_BYTES) return null;
    const snapshot = JSON.parse(readFileSync(file, 'utf8')) as Snapshot;
    return snapshot.version === version && Array.isArray(snapshot.rules) ? snapshot : null;
  } catch {
    return null;
  }
}

class Onlooker {
  readonly app: App;
  readonly #settings: OnlookerSettings;
  readonly #listeners = new Set<(event: 'managerChanged') => void>();
  #snapshot: Snapshot;
  #version = 1;

  constructor(settings: OnlookerSettings, first: Snapshot) {
    this.#settings = settings;
    this.#snapshot = first;
    const router = createRouter({
      handlers: this.#handlers(),
      schemas: callSchemas,
      logError: () => undefined,
    });
    let timer = settings.clock.after(LOOK_AGAIN_MS, () => look());
    const look = (): void => {
      this.#look();
      timer = settings.clock.after(LOOK_AGAIN_MS, look);
    };
    this.app = {
      engine: {
        promptState: () => nobodyAsks,
        managerState: () => this.#state(),
        onChange: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
      },
      // Whatever window a call comes from, it is an onlooker's.
      router: { call: (_caller, name, input) => router.call('onlooker', name, input) },
      appearance: () => asTheSystem,
      readState: (event) => (event === 'promptChanged' ? nobodyAsks : this.#state()),
      stop: async () => timer.cancel(),
    };
  }

  #look(): void {
    const next = readSnapshot(this.#settings);
    if (next === null || next.writtenAt === this.#snapshot.writtenAt) return;
    this.#snapshot = next;
    this.#version += 1;
    for (const listener of this.#listeners) listener('managerChanged');
  }

  #state(): ManagerState {
    const { state, writtenAt, leftOut } = this.#snapshot;
    return {
      ...noManager({ kind: 'connecting' }),
      ...state,
      ruleVersion: this.#version,
      onlooker: { writtenAt, leftOut },
    };
  }

  /** The router refuses the others before; these refuse them once more. */
  #handlers(): Handlers {
    const no = () => Promise.resolve(refuse('refused', 'Only an administrator can do this.'));
    const none = Object.keys(calls).map((name) => [name, no]);
    return {
      ...(Object.fromEntries(none) as Record<CallName, typeof no>),
      readManager: async () => done(this.#state()),
      listRules: async ({ text, offset, limit }) => {
        const words = text.toLowerCase().split(/\s+/u).filter(Boolean);
        const found = this.#snapshot.rules.filter(({ subject, place }) => {
          const said = `${subject.name} ${subject.path} ${JSON.stringify(place)}`.toLowerCase();
          return words.every((word) => said.includes(word));
        });
        const rules = found.slice(offset, offset + limit);
        return done({ rules, total: found.length, version: this.#version });
      },
    };
  }
}
