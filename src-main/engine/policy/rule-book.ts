/** The rules in memory and on the disk as one thing: a change is on the disk before it counts. */
import { randomUUID } from 'node:crypto';

import type { RulePage, RuleQuery } from '../../../src-preload/contract/model.ts';
import { MAX_RULES_OF_PLACE, MAX_TIMER_MS, MAX_UNDOS, UNDO_MS, USE_MS } from '../limits.ts';
import type { Caller, Clock, Connection, IdentityPort, Log, Timer, WantedFacts } from '../ports.ts';
import { storeError } from '../store/errors.ts';
import type { Store, StoreResult } from '../store/store.ts';
import { hasEnded } from './covering.ts';
import { ManagedRules, isManaged } from './managed-rules.ts';
import type { ManagedDraft } from './managed-rules.ts';
import type { Rule, RuleDraft, RuleTerms } from './rule.ts';
import { RuleSearch } from './rule-search.ts';
import { RuleTable } from './rule-table.ts';

/** What can be taken back: these rules were added, those were taken away. */
interface Change {
  readonly added: readonly Rule[];
  readonly removed: readonly Rule[];
  readonly until: number;
}

/** What a load does with rules that have ended: whoever may not know the user's sign-in leaves them in the store. */
export type EndedRules = 'remove-ended' | 'leave-ended';

export interface RuleBookPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly identity: IdentityPort;
  readonly log: Log;
}

export class RuleBook {
  readonly #ports: RuleBookPorts;
  readonly #table = new RuleTable();
  readonly #search = new RuleSearch();
  readonly #changes = new Map<string, Change>();
  readonly #used = new Set<Rule>();
  readonly #ended: () => void;
  readonly #unsubscribe: (() => void) | undefined;
  #managed: ManagedRules | null = null;
  #useTimer: Timer | null = null;
  #endTimer: Timer | null = null;

  /** `ended`: rules ended by themselves. */
  constructor(ports: RuleBookPorts, ended: () => void) {
    this.#ports = ports;
    this.#ended = ended;
    this.#unsubscribe = ports.identity.onSignOut?.(() => {
      if (this.dropSignedOut()) ended();
    });
  }

  /** For whoever reads all rules; changes go through this book. */
  get table(): RuleTable {
    return this.#table;
  }

  get version(): number {
    return this.#table.version;
  }

  /** Takes all rules from the disk, but those of an earlier start of the host, of an earlier sign-in, or ended. */
  load(ended: EndedRules = 'remove-ended'): StoreResult<null> {
    const loaded = this.#ports.store.loadRules();
    if (!loaded.ok) return loaded;
    const boot = this.#ports.identity.bootId();
    const signIn = this.#ports.identity.signInId();
    const now = this.#ports.clock.now();
    const leaves = ended === 'leave-ended';
    const isOver = (rule: Rule) =>
      (rule.bootId ?? boot) !== boot ||
      (!leaves && (rule.signInId ?? signIn) !== signIn) ||
      hasEnded(rule, now);
    for (const rule of loaded.value) if (!isOver(rule)) this.#table.put(rule);
    this.#expire();
    const over = loaded.value.filter(isOver).map(({ ruleId }) => ruleId);
    if (leaves || over.length === 0) return { ok: true, value: null };
    return this.#ports.store.removeRules(over);
  }

  /** What has to be known of a caller before a rule may decide. */
  wanted(): WantedFacts {
    return this.#table.wanted();
  }

  /** The rule for this connection, and counts its use. */
  match(caller: Caller, connection: Connection): Rule | null {
    const now = this.#ports.clock.now();
    const rule = this.#table.match({
      caller,
      connection,
      now,
      network: connection.network ?? null,
    });
    if (rule !== null) this.#use(rule);
    return rule;
  }

  /** `undoId` takes it back, and puts back what it replaced. */
  add(draft: RuleDraft): StoreResult<{ readonly rule: Rule; readonly undoId: string }> {
    const removed = this.#table.replacedBy(draft);
    const added = this.make(draft);
    if (!added.ok) return added;
    const undoId = this.#remember({ added: [added.value], removed });
    return { ok: true, value: { rule: added.value, undoId } };
  }

  /** Adds a rule that nobody will want to take back at once. */
  make(draft: RuleDraft): StoreResult<Rule> {
    const refused = this.#refusal([draft]);
    if (refused !== null) return refused;
    const ids = this.#table.replacedBy(draft).map(({ ruleId }) => ruleId);
    const added = this.#ports.store.addRule(draft, ids);
    if (!added.ok) return added;
    this.#table.put(added.value);
    this.#expire();
    return added;
  }

  /** The rules that this one would take the place of. */
  replacedBy(draft: RuleDraft): Rule[] {
    return this.#table.replacedBy(draft);
  }

  /** Adds all of these or none, in place of those that they equal. Gives what takes them back. */
  addAll(drafts: readonly (RuleDraft & Pick<Rule, 'enabled'>)[]): StoreResult<string> {
    const refused = this.#refusal(drafts);
    if (refused !== null) return refused;
    const removed = [...new Set(drafts.flatMap((draft) => this.#table.replacedBy(draft)))];
    const ids = removed.map(({ ruleId }) => ruleId);
    const added = this.#ports.store.addRules(drafts, ids);
    if (!added.ok) return added;
    for (const ruleId of ids) this.#table.remove(ruleId);
    for (const rule of added.value) this.#table.put(rule);
    return { ok: true, value: this.#remember({ added: added.value, removed }) };
  }

  /** Changes the terms of a rule, in place of others that it now equals. Null: no such rule. */
  edit(ruleId: number, terms: RuleTerms): StoreResult<{ readonly undoId: string }> | null {
    const before = this.#table.get(ruleId);
    if (before === undefined) return null;
    if (isManaged(before)) return storeError('managed');
    const editedAt = this.#ports.clock.now();
    const after: Rule = { ...before, ...terms, editedAt, needsReview: false };
    const replaced = this.#table.replacedBy(after).filter((rule) => rule !== before);
    const refused = this.#refusal([after]);
    if (refused !== null) return refused;
    const saved = this.#exchange([before, ...replaced], [after]);
    if (!saved.ok) return saved;
    const undoId = this.#remember({ added: [after], removed: [before, ...replaced] });
    return { ok: true, value: { undoId } };
  }

  /** Puts these in place of all that come from the factory. Gives what takes that back. */
  resetFactory(drafts: readonly RuleDraft[]): StoreResult<string> {
    const old = [...this.#table.all()].filter(({ factoryId }) => factoryId !== null);
    const clashes = drafts.flatMap((draft) => this.#table.replacedBy(draft));
    const removed = [...new Set([...old, ...clashes])];
    if (removed.some(isManaged)) return storeError('managed');
    const ids = removed.map(({ ruleId }) => ruleId);
    const added = this.#ports.store.addRules(drafts, ids);
    if (!added.ok) return added;
    for (const ruleId of ids) this.#table.remove(ruleId);
    for (const rule of added.value) this.#table.put(rule);
    return { ok: true, value: this.#remember({ added: added.value, removed }) };
  }

  get(ruleId: number): Rule | undefined {
    return this.#table.get(ruleId);
  }

  /** All rules, in the order in which they were made. */
  all(): Iterable<Rule> {
    return this.#table.all();
  }

  /** Every rule that could be about this caller. */
  about(caller: Caller): Iterable<Rule> {
    return this.#table.about(caller);
  }

  /** Null: no such rule. */
  setEnabled(ruleId: number, enabled: boolean): StoreResult<null> | null {
    const rule = this.#table.get(ruleId);
    if (rule === undefined) return null;
    if (isManaged(rule)) return storeError('managed');
    const saved = this.#ports.store.setEnabled(ruleId, enabled);
    if (!saved.ok) return saved;
    this.#table.setEnabled(rule, enabled);
    return saved;
  }

  remove(
    ruleIds: readonly number[],
  ): StoreResult<{ readonly undoId: string; readonly removed: number }> {
    const rules = [...new Set(ruleIds)].flatMap((ruleId) => this.#table.get(ruleId) ?? []);
    if (rules.some(isManaged)) return storeError('managed');
    const saved = this.#exchange(rules, []);
    if (!saved.ok) return saved;
    const undoId = this.#remember({ added: [], removed: rules });
    return { ok: true, value: { undoId, removed: rules.length } };
  }

  /**
   * Takes a change back. Rules that have been replaced by newer answers since stay as they are now. How many came back;
   * null when there is no such change any more.
   */
  undo(undoId: string): StoreResult<number> | null {
    const change = this.#changes.get(undoId);
    if (change === undefined || change.until < this.#ports.clock.now()) return null;
    const gone = change.added.filter((rule) => this.#table.get(rule.ruleId) === rule);
    if (gone.length < change.added.length) return null;
    const back = change.removed.filter((rule) => this.#isFree(rule, gone));
    const saved = this.#exchange(gone, back);
    if (!saved.ok) return saved;
    this.#changes.delete(undoId);
    return { ok: true, value: back.length };
  }

  list(query: RuleQuery): RulePage {
    return this.#search.page(this.#table, query, this.#ports.clock.now());
  }

  /** Drops rules for some minutes that have ended. True when there were any. */
  dropEnded(): boolean {
    const now = this.#ports.clock.now();
    return this.#drop([...this.#table.timed()].filter((rule) => hasEnded(rule, now)));
  }

  /** Drops rules of a sign-in that has ended, and what would bring them back. True when there were any. */
  dropSignedOut(): boolean {
    this.#changes.clear();
    const over = [...this.#table.all()].filter(({ signInId }) => signInId !== null);
    // A disk that refuses does not keep them in force: the next load leaves them out, for theirs is another sign-in.
    if (!this.#drop(over)) for (const { ruleId } of over) this.#table.remove(ruleId);
    return over.length > 0;
  }

  /** Drops `while-it-runs` rules whose processes are all gone. True when there were any. */
  async sweep(): Promise<boolean> {
    const bound = [...this.#table.all()].filter(({ lifetime }) => lifetime === 'while-it-runs');
    const alive = await Promise.all(bound.map((rule) => this.#isAlive(rule)));
    return this.#drop(
      bound.filter((rule, index) => alive[index] === false && this.#isCurrent(rule)),
    );
  }

  #drop(over: readonly Rule[]): boolean {
    if (over.length === 0) return false;
    const saved = this.#exchange(over, []);
    if (!saved.ok) this.#ports.log.warn(saved.error.message);
    return saved.ok;
  }

  stop(): void {
    this.#endTimer?.cancel();
    this.#unsubscribe?.();
    this.saveUse();
  }

  /** Writes the counts of use that are not on the disk yet. */
  saveUse(): void {
    this.#useTimer?.cancel();
    this.#useTimer = null;
    if (this.#used.size === 0) return;
    const saved = this.#ports.store.saveUse(
      [...this.#used].filter((rule) => this.#isCurrent(rule) && !isManaged(rule)),
    );
    if (!saved.ok) this.#ports.log.warn(saved.error.message);
    this.#used.clear();
    this.#table.touch();
  }

  /** Decisions by this rule that were made elsewhere. */
  addHits(ruleId: number, hits: number): void {
    const rule = this.#table.get(ruleId);
    if (rule !== undefined) this.#use(rule, hits);
  }

  #use(rule: Rule, hits = 1): void {
    rule.hits += hits;
    rule.lastUsedAt = this.#ports.clock.now();
    this.#used.add(rule);
    this.#useTimer ??= this.#ports.clock.after(USE_MS, () => this.saveUse());
  }

  /**
   * Puts an administrator's rules in force in place of those before, all or none. They are never in the store: a rule of the
   * user that one of them equals waits there until it is gone.
   */
  setManaged(drafts: readonly ManagedDraft[]): StoreResult<null> {
    this.#managed ??= new ManagedRules(this.#table);
    return this.#managed.replace(drafts);
  }

  /** Why these can not be made; null when they can. */
  #refusal(drafts: readonly (RuleTerms & Pick<RuleDraft, 'subject'>)[]) {
    const replaced = drafts.flatMap((draft) => this.#table.replacedBy(draft));
    if (replaced.some(isManaged)) return storeError('managed');
    return drafts.every((draft) => this.#hasRoom(draft)) ? null : storeError('too-many');
  }

  /** A place that one subject has many rules about makes every decision about it slower. */
  #hasRoom(draft: RuleTerms & Pick<RuleDraft, 'subject'>): boolean {
    const replaces = this.#table.replacedBy(draft).length > 0;
    return replaces || this.#table.sharing(draft) < MAX_RULES_OF_PLACE;
  }

  /** Looks again when the next rule ends. A timer that is late opens nothing: its end counts by the clock as well. */
  #expire(): void {
    this.#endTimer?.cancel();
    const ends = [...this.#table.timed()].flatMap(({ until }) => until ?? []);
    if (ends.length === 0) return;
    const wait = Math.max(0, Math.min(Math.min(...ends) - this.#ports.clock.now(), MAX_TIMER_MS));
    this.#endTimer = this.#ports.clock.after(wait, () => {
      if (this.dropEnded()) this.#ended();
      else this.#expire();
    });
  }

  #exchange(removed: readonly Rule[], added: readonly Rule[]): StoreResult<null> {
    const ids = removed.map(({ ruleId }) => ruleId);
    const saved = this.#ports.store.exchangeRules(ids, added);
    if (!saved.ok) return saved;
    for (const ruleId of ids) this.#table.remove(ruleId);
    for (const rule of added) this.#table.put(rule);
    this.#expire();
    return saved;
  }

  #remember(change: Omit<Change, 'until'>): string {
    const undoId = randomUUID();
    this.#changes.set(undoId, { ...change, until: this.#ports.clock.now() + UNDO_MS });
    const oldest = this.#changes.keys().next().value;
    if (this.#changes.size > MAX_UNDOS && oldest !== undefined) this.#changes.delete(oldest);
    return undoId;
  }

  #isFree(rule: Rule, gone: readonly Rule[]): boolean {
    return this.#table.replacedBy(rule).every((other) => gone.includes(other) && !isManaged(other));
  }

  #isCurrent(rule: Rule): boolean {
    return this.#table.get(rule.ruleId) === rule;
  }

  async #isAlive(rule: Rule): Promise<boolean> {
    const alive = await Promise.all(
      rule.processes.map((process) => this.#ports.identity.isAlive(process)),
    );
    return alive.includes(true);
  }
}
