/** The subscriptions: their files, when they are looked at again, and what they say about a connection. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { BlocklistView, ListFailure, ListHit } from '../../../src-preload/contract/model.ts';
import { replaceFile } from '../durable-file.ts';
import { allNames } from '../policy/names.ts';
import type { Clock, ListPorts, Log, Target, Timer } from '../ports.ts';
import type { Store, StoreResult } from '../store/store.ts';
import type { CompiledList } from './compile.ts';
import { matchAddress, matchName } from './match.ts';
import type { ListEntry } from './match.ts';
import type { Subscription } from './subscription.ts';

const UPDATE_MS = 24 * 3_600_000;
const RETRY_MS = 3_600_000;
export const MAX_LISTS = 64;

interface Entry {
  saved: Subscription;
  state: BlocklistView['state'];
  list: CompiledList | null;
}

export interface BlocklistParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly lists: ListPorts;
  /** Something that pages show, or what is matched, has changed. */
  readonly changed: () => void;
}

export class Blocklists {
  readonly #parts: BlocklistParts;
  readonly #entries = new Map<number, Entry>();
  #timer: Timer | null = null;
  #stopped = false;

  constructor(parts: BlocklistParts) {
    this.#parts = parts;
  }

  /** Takes the subscriptions from the disk; resolves when what was there before is in force. */
  async load(): Promise<void> {
    const loaded = this.#parts.store.loadSubscriptions();
    if (!loaded.ok) return this.#parts.log.warn(loaded.error.message);
    for (const saved of loaded.value) {
      this.#entries.set(saved.listId, { saved, state: 'waiting', list: null });
    }
    this.#dropOrphans();
    for (const entry of this.#entries.values()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other needs the memory of one
      await this.#loadFile(entry);
    }
    this.#plan();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  views(): BlocklistView[] {
    return [...this.#entries.values()].map(viewOf);
  }

  /** The first enabled list that has one of the target's names, or anything above it, or its address; loopback is on no list. */
  readonly hitOf = (target: Target): ListHit | null =>
    target.loopback
      ? null
      : this.#find((list) => matchNames(list, target) ?? matchAddress(list, target.address));

  #find(match: (list: CompiledList) => ListEntry | null): ListHit | null {
    for (const { saved, list } of this.#entries.values()) {
      if (list === null || !saved.enabled) continue;
      const found = match(list);
      if (found !== null) return { listId: String(saved.listId), listName: saved.name, ...found };
    }
    return null;
  }

  /** The sets of the lists that are in force, for the kernel's table. */
  inForce(): CompiledList[] {
    return [...this.#entries.values()].flatMap(({ saved, list }) =>
      saved.enabled && list !== null ? [list] : [],
    );
  }

  /** Null: there is such a list already, or no room for another. Its first update begins at once. */
  add(name: string, source: string): StoreResult<number> | null {
    const all = [...this.#entries.values()];
    if (all.length >= MAX_LISTS || all.some(({ saved }) => saved.source === source)) return null;
    const added = this.#parts.store.addSubscription({ name, source });
    if (!added.ok) return added;
    this.#entries.set(added.value.listId, { saved: added.value, state: 'waiting', list: null });
    void this.update(added.value.listId);
    return { ok: true, value: added.value.listId };
  }

  /** Null: no such list. */
  setEnabled(listId: number, enabled: boolean): StoreResult<null> | null {
    const entry = this.#entries.get(listId);
    if (entry === undefined) return null;
    const saved = this.#save(entry, { enabled });
    this.#plan();
    return saved;
  }

  /** Null: no such list. */
  remove(listId: number): StoreResult<null> | null {
    if (!this.#entries.has(listId)) return null;
    const removed = this.#parts.store.removeSubscription(listId);
    if (!removed.ok) return removed;
    this.#entries.delete(listId);
    rmSync(this.#fileOf(listId), { force: true });
    this.#parts.changed();
    return removed;
  }

  /** Asks the source now. What was there before stays in force until the new content is, and if there is none. */
  async update(listId: number): Promise<void> {
    const entry = this.#entries.get(listId);
    if (entry === undefined || entry.state === 'updating') return;
    const before = entry.state;
    this.#show(entry, 'updating');
    const failure = await this.#fetch(entry);
    if (this.#stopped || this.#entries.get(listId) !== entry) return;
    entry.state = entry.list === null ? before : 'ready';
    this.#save(entry, { failure, checkedAt: this.#parts.clock.now() });
    this.#plan();
  }

  async #fetch(entry: Entry): Promise<ListFailure | null> {
    const { source, etag, lastModified } = entry.saved;
    const known = entry.list === null ? { etag: null, lastModified: null } : { etag, lastModified };
    const answer = await this.#parts.lists.read(source, known);
    if (answer.kind === 'failed') return answer.failure;
    if (answer.kind === 'unchanged') return null;
    const compiled = await this.#parts.lists.compile(answer.bytes);
    if (!compiled.ok) return compiled.refusal;
    if (this.#stopped || !this.#entries.has(entry.saved.listId)) return null;
    if (!this.#write(entry.saved.listId, answer.bytes)) return 'not-saved';
    entry.list = compiled.list;
    const { validators } = answer;
    const saved = this.#save(entry, { ...validators, updatedAt: this.#parts.clock.now() });
    return saved.ok ? null : 'not-saved';
  }

  async #loadFile(entry: Entry): Promise<void> {
    const file = this.#fileOf(entry.saved.listId);
    if (!existsSync(file)) return;
    try {
      const compiled = await this.#parts.lists.compile(readFileSync(file));
      if (!compiled.ok) return;
      entry.list = compiled.list;
      this.#show(entry, 'ready');
    } catch (error) {
      this.#parts.log.warn(`A blocklist could not be read: ${String(error)}`);
    }
  }

  #write(listId: number, bytes: Uint8Array): boolean {
    try {
      mkdirSync(this.#parts.lists.folder, { recursive: true, mode: 0o700 });
      replaceFile(this.#fileOf(listId), bytes);
      return true;
    } catch {
      return false;
    }
  }

  #save(entry: Entry, change: Partial<Subscription>): StoreResult<null> {
    const saved = { ...entry.saved, ...change };
    const result = this.#parts.store.saveSubscription(saved);
    if (result.ok) entry.saved = saved;
    else this.#parts.log.warn(result.error.message);
    this.#parts.changed();
    return result;
  }

  #show(entry: Entry, state: BlocklistView['state']): void {
    entry.state = state;
    this.#parts.changed();
  }

  /** One timer, for the list that is due first. */
  #plan(): void {
    this.#timer?.cancel();
    this.#timer = null;
    const now = this.#parts.clock.now();
    const due = Math.min(...[...this.#entries.values()].map(dueAt));
    if (this.#stopped || due === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#parts.clock.after(Math.max(0, due - now), () => void this.#updateDue());
  }

  async #updateDue(): Promise<void> {
    const now = this.#parts.clock.now();
    const due = [...this.#entries.values()].filter((entry) => dueAt(entry) <= now);
    for (const { saved } of due) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other needs the memory of one
      await this.update(saved.listId);
    }
  }

  #fileOf(listId: number): string {
    return path.join(this.#parts.lists.folder, `${listId}.list`);
  }

  /** Files of lists that were removed while the disk could not be written, and drafts of a crash. */
  #dropOrphans(): void {
    const { folder } = this.#parts.lists;
    if (!existsSync(folder)) return;
    const known = new Set([...this.#entries.keys()].map((listId) => `${listId}.list`));
    const orphans = readdirSync(folder).filter((name) => !known.has(name));
    for (const name of orphans) rmSync(path.join(folder, name), { force: true });
  }
}

function dueAt({ saved, list }: Entry): number {
  const { enabled, checkedAt, failure } = saved;
  if (!enabled) return Number.POSITIVE_INFINITY;
  // Its file was lost or damaged.
  const missing = list === null && failure === null;
  return checkedAt === null || missing ? 0 : checkedAt + (failure === null ? UPDATE_MS : RETRY_MS);
}

function viewOf({ saved, state, list }: Entry): BlocklistView {
  const { listId, name, source, enabled, updatedAt, checkedAt, failure } = saved;
  return {
    listId: String(listId),
    name,
    source,
    enabled,
    state,
    names: list?.names.lines.length ?? 0,
    ranges: (list?.ipv4.lines.length ?? 0) + (list?.ipv6.lines.length ?? 0),
    updatedAt,
    checkedAt,
    failure,
    problems: list?.problems ?? [],
    problemCount: list?.problemCount ?? 0,
  };
}

function matchNames(list: CompiledList, target: Target): ListEntry | null {
  for (const name of allNames(target)) {
    const entry = matchName(list, name);
    if (entry !== null) return entry;
  }
  return null;
}
