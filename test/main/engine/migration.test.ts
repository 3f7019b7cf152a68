/** Stores of every earlier version of the tables, as fixtures: nothing in them may be lost or mean something else. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect, test } from 'vitest';

import { APPLICATION_ID, migrations } from '../../../src-main/engine/store/schema.ts';
import { storeAt } from '../fakes/engine-bench.ts';
import { draft } from '../fakes/rule-drafts.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

function storeOfVersion(version: number): string {
  const file = path.join(temporaryFolder(), 'portreeve.db');
  const sql = path.join(import.meta.dirname, 'fixtures', `store-version-${version}.sql`);
  const database = new DatabaseSync(file);
  database.exec(readFileSync(sql, 'utf8'));
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version}`);
  database.close();
  return file;
}

const fromPrompt = { origin: 'prompt', asked: null, note: '', needsReview: false } as const;

test('version 1: rules keep their ids, place, lifetime and processes; the away list its count', () => {
  const file = storeOfVersion(1);
  const store = storeAt(file);
  const loaded = store.loadRules();
  if (!loaded.ok) throw new Error(loaded.error.message);
  expect(loaded.value).toEqual([
    {
      ...draft({ createdAt: 1000, ...fromPrompt }),
      ruleId: 2,
      editedAt: null,
      enabled: true,
      hits: 7,
      lastUsedAt: 2000,
    },
    {
      ...draft({
        verdict: 'block',
        place: { kind: 'address', address: '127.0.0.1' },
        ports: [{ first: 443, last: 443 }],
        protocol: 6,
        lifetime: 'until-restart',
        bootId: 'boot',
        createdAt: 1001,
      }),
      ruleId: 3,
      editedAt: null,
      enabled: false,
      hits: 0,
      lastUsedAt: null,
    },
    {
      ...draft({
        path: '/opt/\udc80',
        verdict: 'block',
        place: { kind: 'address', address: 'fe80::1%4' },
        direction: 'inbound',
        lifetime: 'while-it-runs',
        bootId: 'boot',
        processes: [{ id: 0xffff_ffff_ffff_fffen, created: 133_500_000_000_000_000n }],
        createdAt: 1002,
      }),
      ruleId: 5,
      editedAt: null,
      enabled: true,
      hits: 1,
      lastUsedAt: 2001,
    },
  ]);
  expect(store.loadAway()).toMatchObject({
    value: { lost: 6, records: [{ awayId: 11, count: 4, subject: { kind: 'service' } }] },
  });
  store.close();
});

test('version 1: the id of a rule that is gone is not used again', () => {
  const store = storeAt(storeOfVersion(1));
  expect(store.addRule(draft(), [])).toMatchObject({ value: { ruleId: 10 } });
  store.close();
});

test('a migrated store has the very tables of a new one', () => {
  const migrated = storeOfVersion(1);
  const fresh = path.join(temporaryFolder(), 'portreeve.db');
  for (const file of [migrated, fresh]) storeAt(file).close();
  expect(tablesOf(migrated)).toEqual(tablesOf(fresh));
  expect(tablesOf(fresh)).toContainEqual({ name: 'user_version', sql: String(migrations.length) });
});

function tablesOf(file: string) {
  const database = new DatabaseSync(file);
  const tables = database.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all();
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
  database.close();
  return [...tables, { name: 'user_version', sql: String(version) }].map((row) => ({ ...row }));
}

test('version 2: rules, settings and the journal are what they were', () => {
  const file = storeOfVersion(2);
  const before = rowsOf(file);
  storeAt(file).close();
  expect(rowsOf(file)).toEqual(before);
  expect(before['rule']).toHaveLength(3);
  expect(before['journal']).toHaveLength(1);
  expect(tablesOf(file)).toEqual(tablesOf(storeOfVersion1Migrated()));
});

function storeOfVersion1Migrated(): string {
  const file = storeOfVersion(1);
  storeAt(file).close();
  return file;
}

/** Everything that a person, or the program for them, has put into a store. */
function rowsOf(file: string) {
  const database = new DatabaseSync(file);
  const tables = ['rule', 'rule_process', 'subject', 'away', 'counter', 'setting', 'journal'];
  const rows = tables.map((table) => {
    const statement = database.prepare(`SELECT * FROM ${table}`);
    statement.setReadBigInts(true);
    return [table, statement.all().map((row) => ({ ...row }))] as const;
  });
  database.close();
  return Object.fromEntries(rows);
}
