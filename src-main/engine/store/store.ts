/**
 * Rules and the away list on disk. What a call has acknowledged is durable: rules also against loss of power. Every
 * failure of the disk is a value; nothing is overwritten in a file that could not be read.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';

import type { AwayRecord } from '../away/away-record.ts';
import type { JournalLine } from '../journal/journal-line.ts';
import { lineOf } from '../journal/journal-rows.ts';
import type { ModeState } from '../policy/mode-state.ts';
import type { Subscription } from '../blocklists/subscription.ts';
import type { Rule, RuleDraft } from '../policy/rule.ts';
import { attempt } from './errors.ts';
import type { StoreResult } from './errors.ts';
import { MAX_FILE_BYTES, openDatabases, transaction } from './open.ts';
import type { Databases } from './open.ts';
import * as rows from './rows.ts';
import { RuleReader, SELECT_PROCESSES, SELECT_RULED, SELECT_RULES } from './rule-reader.ts';
import type { RuleRow } from './rule-reader.ts';
import * as ruleRows from './rule-rows.ts';
import * as settingRows from './setting-rows.ts';

export type { StoreError, StoreResult } from './errors.ts';

export interface SavedAway {
  readonly records: readonly AwayRecord[];
  /** Records that there was no room for, since the list was cleared last. */
  readonly lost: number;
}

/** A draft is in force unless it says otherwise. */
export type NewDraft = RuleDraft & { readonly enabled?: boolean };

export interface Store {
  loadRules(): StoreResult<Rule[]>;
  /** Adds a rule in place of others, and gives it its id. */
  addRule(draft: RuleDraft, replaced: readonly number[]): StoreResult<Rule>;
  /** Adds all of these in place of others, or nothing. */
  addRules(drafts: readonly NewDraft[], replaced: readonly number[]): StoreResult<Rule[]>;
  removeRules(ruleIds: readonly number[]): StoreResult<null>;
  /** Removes some and puts others back as they were, ids included. */
  exchangeRules(removed: readonly number[], restored: readonly Rule[]): StoreResult<null>;
  setEnabled(ruleId: number, enabled: boolean): StoreResult<null>;
  /** Writes the counts of these rules. */
  saveUse(rules: readonly Rule[]): StoreResult<null>;
  /** The mode and its pauses; null when none was ever saved, or what is there makes no sense. */
  loadMode(): StoreResult<ModeState | null>;
  saveMode(state: ModeState): StoreResult<null>;
  /** What the user has chosen, as it was saved; null when nothing was. */
  loadChoices(): StoreResult<unknown>;
  saveChoices(choices: object): StoreResult<null>;
  /** Lines from before the journal had a file of its own, the oldest first. */
  loadOldJournal(): StoreResult<JournalLine[]>;
  dropOldJournal(): StoreResult<null>;
  loadAway(): StoreResult<SavedAway>;
  /** Writes these records, new or grown, removes those, and sets the number of lost ones. */
  saveAway(
    changed: readonly AwayRecord[],
    removed: readonly number[],
    lost: number,
  ): StoreResult<null>;
  loadSubscriptions(): StoreResult<Subscription[]>;
  addSubscription(draft: Pick<Subscription, 'name' | 'source'>): StoreResult<Subscription>;
  /** Writes everything but the source. */
  saveSubscription(saved: Subscription): StoreResult<null>;
  removeSubscription(listId: number): StoreResult<null>;
  close(): void;
}

/** Opens or makes the store at this path; its folder must be there. */
export function openStore(file: string, maxBytes = MAX_FILE_BYTES): StoreResult<Store> {
  const databases = openDatabases(file, maxBytes);
  return databases.ok ? attempt(() => new SqliteStore(databases.value)) : databases;
}

const unused = { enabled: true, editedAt: null, hits: 0, lastUsedAt: null };

function newRule(draft: NewDraft): ruleRows.NewRule {
  return { ...draft, ...unused, enabled: draft.enabled ?? true, ruleId: null };
}

class SqliteStore implements Store {
  readonly #durable: DatabaseSync;
  readonly #quick: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor({ durable, quick }: Databases) {
    this.#durable = durable;
    this.#quick = quick;
  }

  loadRules(): StoreResult<Rule[]> {
    return attempt(() => {
      const [subjects, processes] = [this.#each(SELECT_RULED), this.#each(SELECT_PROCESSES)];
      const reader = new RuleReader(subjects, processes);
      return Array.from(this.#eachRule(), (row) => reader.ruleOf(row));
    });
  }

  addRule(draft: RuleDraft, replaced: readonly number[]): StoreResult<Rule> {
    return this.#write(() => {
      this.#delete(replaced);
      return this.#insert(newRule(draft));
    });
  }

  addRules(drafts: readonly NewDraft[], replaced: readonly number[]): StoreResult<Rule[]> {
    return this.#write(() => {
      this.#delete(replaced);
      return drafts.map((draft) => this.#insert(newRule(draft)));
    });
  }

  removeRules(ruleIds: readonly number[]): StoreResult<null> {
    return this.exchangeRules(ruleIds, []);
  }

  exchangeRules(removed: readonly number[], restored: readonly Rule[]): StoreResult<null> {
    return this.#write(() => {
      this.#delete(removed);
      for (const rule of restored) this.#insert(rule);
      return null;
    });
  }

  setEnabled(ruleId: number, enabled: boolean): StoreResult<null> {
    return this.#writeOne(ruleRows.UPDATE_ENABLED, [enabled ? 1 : 0, ruleId]);
  }

  saveUse(rules: readonly Rule[]): StoreResult<null> {
    return this.#note(() => {
      for (const { ruleId, hits, lastUsedAt } of rules) {
        this.#run(this.#quick, ruleRows.UPDATE_USE, [hits, lastUsedAt, ruleId]);
      }
    });
  }

  loadMode(): StoreResult<ModeState | null> {
    return attempt(() => settingRows.modeOf(this.#setting('mode')));
  }

  saveMode(state: ModeState): StoreResult<null> {
    return this.#writeOne(settingRows.PUT_SETTING, ['mode', JSON.stringify(state)]);
  }

  loadChoices(): StoreResult<unknown> {
    return attempt(() => settingRows.jsonOf(this.#setting('choices')));
  }

  saveChoices(choices: object): StoreResult<null> {
    return this.#writeOne(settingRows.PUT_SETTING, ['choices', JSON.stringify(choices)]);
  }

  loadOldJournal(): StoreResult<JournalLine[]> {
    return attempt(() => this.#all(settingRows.SELECT_OLD_JOURNAL).map(lineOf));
  }

  dropOldJournal(): StoreResult<null> {
    return this.#note(() => this.#run(this.#quick, settingRows.DROP_OLD_JOURNAL, []));
  }

  loadAway(): StoreResult<SavedAway> {
    return attempt(() => ({
      records: this.#all(rows.SELECT_AWAY).map((row) => rows.awayOf(row)),
      lost: Number(this.#all(rows.SELECT_AWAY_LOST)[0]?.['value'] ?? 0),
    }));
  }

  saveAway(
    changed: readonly AwayRecord[],
    removed: readonly number[],
    lost: number,
  ): StoreResult<null> {
    return this.#note(() => {
      for (const awayId of removed) this.#run(this.#quick, rows.DELETE_AWAY, [awayId]);
      for (const record of changed) {
        const subject = this.#subject(this.#quick, record.subject);
        this.#run(this.#quick, rows.PUT_AWAY, rows.awayValues(record, subject));
      }
      this.#run(this.#quick, rows.UPDATE_AWAY_LOST, [lost]);
    });
  }

  loadSubscriptions(): StoreResult<Subscription[]> {
    return attempt(() => this.#all(rows.SELECT_SUBSCRIPTIONS).map(rows.subscriptionOf));
  }

  addSubscription({
    name,
    source,
  }: Pick<Subscription, 'name' | 'source'>): StoreResult<Subscription> {
    return this.#write(() => {
      const statement = this.#statement(this.#durable, rows.INSERT_SUBSCRIPTION);
      return rows.subscriptionOf(statement.get(name, source) ?? {});
    });
  }

  saveSubscription(saved: Subscription): StoreResult<null> {
    return this.#writeOne(rows.UPDATE_SUBSCRIPTION, rows.subscriptionValues(saved));
  }

  removeSubscription(listId: number): StoreResult<null> {
    return this.#writeOne(rows.DELETE_SUBSCRIPTION, [listId]);
  }

  close(): void {
    this.#quick.close();
    this.#durable.close();
  }

  #write<T>(work: () => T): StoreResult<T> {
    return attempt(() => transaction(this.#durable, work));
  }

  #writeOne(sql: string, values: readonly rows.Value[]): StoreResult<null> {
    return this.#write(() => {
      this.#run(this.#durable, sql, values);
      return null;
    });
  }

  #note(work: () => void): StoreResult<null> {
    return attempt(() => {
      transaction(this.#quick, work);
      return null;
    });
  }

  #delete(ruleIds: readonly number[]): void {
    for (const ruleId of ruleIds) this.#run(this.#durable, ruleRows.DELETE_RULE, [ruleId]);
  }

  #insert(rule: ruleRows.NewRule): Rule {
    const subject = this.#subject(this.#durable, rule.subject);
    const values = ruleRows.ruleValues(rule, subject);
    const ruleId = Number(this.#run(this.#durable, ruleRows.INSERT_RULE, values).lastInsertRowid);
    for (const process of rule.processes) {
      this.#run(this.#durable, ruleRows.INSERT_PROCESS, ruleRows.processValues(ruleId, process));
    }
    return { ...rule, ruleId };
  }

  #subject(database: DatabaseSync, subject: RuleDraft['subject']): number {
    const found = this.#statement(database, rows.PUT_SUBJECT).get(...rows.subjectValues(subject));
    return Number(found?.['subject_id']);
  }

  #setting(name: string): rows.Row | undefined {
    return this.#statement(this.#durable, settingRows.SELECT_SETTING).get(name);
  }

  #all(sql: string): rows.Row[] {
    return this.#statement(this.#durable, sql).all();
  }

  /** Row by row: all rows at once are several times as large as what is made of them. */
  #each(sql: string): Iterable<rows.Row> {
    return this.#statement(this.#durable, sql).iterate();
  }

  #eachRule(): Iterable<RuleRow> {
    const statement = this.#statement(this.#durable, SELECT_RULES);
    statement.setReturnArrays(true);
    return statement.iterate() as Iterable<unknown> as Iterable<RuleRow>;
  }

  #run(database: DatabaseSync, sql: string, values: readonly rows.Value[]) {
    return this.#statement(database, sql).run(...values);
  }

  /** Each statement is prepared once per connection. */
  #statement(database: DatabaseSync, sql: string): StatementSync {
    const key = `${database === this.#durable ? 'durable' : 'quick'} ${sql}`;
    const prepared = this.#statements.get(key) ?? database.prepare(sql);
    this.#statements.set(key, prepared);
    return prepared;
  }
}
