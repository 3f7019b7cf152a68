/**
 * What standard users may look at, written down for them where an administrator wants that (ADR 0078): mode and rules, in a
 * file that only administrators can change. There is no way from a window over it to the engine.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';

import type { Handlers } from '../../src-preload/contract/calls.ts';
import type { ManagerState, Result } from '../../src-preload/contract/model.ts';
import type { RuleView } from '../../src-preload/contract/rules.ts';
import { replaceFile, tryRemove } from '../engine/durable-file.ts';
import type { Clock, Log, Timer } from '../engine/ports.ts';

/** The file, in a folder of its own below Portreeve's: its access list is another. */
export interface Snapshot {
  /** Of the Portreeve that wrote it; another one does not read it. */
  readonly version: string;
  readonly writtenAt: number;
  readonly state: Pick<ManagerState, 'mode' | 'noClient'>;
  readonly rules: readonly RuleView[];
  /** Rules for programs in somebody's own folder. */
  readonly leftOut: number;
}

export interface OnlookersParts {
  /** Portreeve's own folder. */
  readonly folder: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly isOn: () => boolean;
  readonly state: () => ManagerState;
  readonly listRules: Handlers['listRules'];
  /** Makes the folder that users may read, or finds it as it has to be. */
  readonly isSafe: (folder: string) => boolean;
}

const MAX_RULES = 20_000;
const PAGE = 500;
/** Rules come in bursts. */
const WAIT_MS = 3000;
const mine = { folder: 'view', file: 'rules.json' };
/** Below a user's profile, by letter, by device, and on Linux, where this is developed. */
const ofSomebody = /^(?:[a-z]:|\\device\\[^\\]+)\\users\\(?!public\\)|^\/(?:home|root)\//iu;

export function snapshotFolder(folder: string): string {
  return path.join(folder, mine.folder);
}

export function snapshotFile(folder: string): string {
  return path.join(snapshotFolder(folder), mine.file);
}

export class Onlookers {
  readonly #parts: OnlookersParts;
  #timer: Timer | null = null;
  #written = '';
  #isKept = false;

  constructor(parts: OnlookersParts) {
    this.#parts = parts;
  }

  /** Something has changed; it is written a moment later, if users see any of it. */
  changed(): void {
    if (!this.#parts.isOn()) return this.#remove();
    if (this.#timer !== null || this.#seen() === this.#written) return;
    this.#timer = this.#parts.clock.after(WAIT_MS, () => {
      this.#timer = null;
      void this.write();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  async write(): Promise<void> {
    const { folder, version, clock, log, isOn, state, isSafe } = this.#parts;
    const seen = this.#seen();
    const rules = await this.#rules();
    if (!isOn() || rules === null) return;
    const { mode, noClient } = state();
    const shown = rules.filter(({ subject }) => !ofSomebody.test(subject.path));
    const snapshot: Snapshot = {
      version,
      writtenAt: clock.now(),
      state: { mode: { ...mode, pauses: [] }, noClient },
      rules: shown.map(withoutUse),
      leftOut: rules.length - shown.length,
    };
    try {
      if (!isSafe(snapshotFolder(folder))) throw new Error('others could change its folder');
      mkdirSync(snapshotFolder(folder), { recursive: true, mode: 0o700 });
      replaceFile(snapshotFile(folder), Buffer.from(JSON.stringify(snapshot)));
      this.#written = seen;
    } catch (error) {
      log.warn(`What users may look at was not written: ${String(error)}`);
    }
  }

  #remove(): void {
    this.stop();
    if (this.#written === 'removed') return;
    if (tryRemove(snapshotFile(this.#parts.folder))) this.#written = 'removed';
    else if (!this.#isKept) this.#parts.log.warn('Somebody keeps open what users could look at.');
    this.#isKept = this.#written !== 'removed';
  }

  /** Another text when something of it has changed. */
  #seen(): string {
    const { mode, noClient, ruleVersion } = this.#parts.state();
    return JSON.stringify([mode.mode, mode.until, noClient, ruleVersion]);
  }

  async #rules(): Promise<RuleView[] | null> {
    const rules: RuleView[] = [];
    for (let offset = 0; offset < MAX_RULES; offset += PAGE) {
      // oxlint-disable-next-line no-await-in-loop -- one page after the other
      const page: Result<{ rules: readonly RuleView[]; total: number }> =
        await this.#parts.listRules({ text: '', offset, limit: PAGE });
      if (!page.ok) return null;
      rules.push(...page.value.rules);
      if (rules.length >= page.value.total || page.value.rules.length === 0) break;
    }
    return rules;
  }
}

/** When a rule was used, how often, what for and what was noted about it tells what others do. */
function withoutUse(rule: RuleView): RuleView {
  return {
    ...rule,
    hits: 0,
    lastUsedAt: null,
    asked: null,
    note: '',
    createdAt: 0,
    editedAt: null,
  };
}
