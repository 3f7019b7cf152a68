/** The store's statements, and how values become rows and rows values. */
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';

import type { AwayView, Scope, Verdict } from '../../../src-preload/contract/model.ts';
import type { AwayRecord } from '../away/away-record.ts';
import type { Rule, RuleLifetime } from '../policy/rule.ts';
import type { ProcessKey, Subject, SubjectKind, Target } from '../ports.ts';

export type Row = Record<string, SQLOutputValue>;
export type Value = SQLInputValue;
/** A rule that has no id yet, or one that gets its old id back. */
export type NewRule = Omit<Rule, 'ruleId'> & { readonly ruleId: number | null };

export const SELECT_RULES = `
  SELECT rule.*, kind, key, name, path FROM rule JOIN subject USING (subject_id) ORDER BY rule_id`;
/** As text, since a 64-bit value is not a safe number. */
export const SELECT_PROCESSES = `
  SELECT rule_id, CAST(process_id AS TEXT) AS id, CAST(process_created AS TEXT) AS created
  FROM rule_process`;
export const PUT_SUBJECT = `
  INSERT INTO subject (kind, key, name, path) VALUES (?, ?, ?, ?)
  ON CONFLICT (kind, key) DO UPDATE SET name = excluded.name, path = excluded.path
  RETURNING subject_id`;
export const INSERT_RULE = `
  INSERT INTO rule (rule_id, subject_id, verdict, scope, direction, address, port, protocol,
    lifetime, boot_id, enabled, created_at, hits, last_used_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
export const INSERT_PROCESS = `
  INSERT INTO rule_process (rule_id, process_id, process_created) VALUES (?, ?, ?)`;
export const DELETE_RULE = 'DELETE FROM rule WHERE rule_id = ?';
export const UPDATE_ENABLED = 'UPDATE rule SET enabled = ? WHERE rule_id = ?';
export const UPDATE_USE = 'UPDATE rule SET hits = ?, last_used_at = ? WHERE rule_id = ?';
export const SELECT_AWAY = `
  SELECT away.*, kind, key, name, path FROM away JOIN subject USING (subject_id) ORDER BY away_id`;
export const PUT_AWAY = `
  INSERT INTO away (away_id, subject_id, remembered, direction, address, port, protocol, loopback,
    verdict, reason, count, first_at, last_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (away_id) DO UPDATE SET count = excluded.count, last_at = excluded.last_at`;
export const DELETE_AWAY = 'DELETE FROM away WHERE away_id = ?';
export const SELECT_AWAY_LOST = `SELECT value FROM counter WHERE name = 'away_lost'`;
export const UPDATE_AWAY_LOST = `UPDATE counter SET value = ? WHERE name = 'away_lost'`;

export function subjectValues({ kind, key, name, path }: Subject): Value[] {
  return [kind, blob(key), blob(name), blob(path)];
}

export function ruleValues(rule: NewRule, subjectId: number): Value[] {
  const { ruleId, verdict, scope, direction, address, port, protocol, lifetime } = rule;
  const place = [verdict, scope, direction, address, port, protocol];
  const use = [rule.enabled ? 1 : 0, rule.createdAt, rule.hits, rule.lastUsedAt];
  return [ruleId, subjectId, ...place, lifetime, rule.bootId, ...use];
}

export function processValues(ruleId: number, { id, created }: ProcessKey): Value[] {
  return [ruleId, BigInt.asIntN(64, id), BigInt.asIntN(64, created)];
}

export function awayValues(record: AwayRecord, subjectId: number): Value[] {
  const { direction, address, port, protocol, loopback } = record.target;
  const target = [direction, address, port, protocol, loopback ? 1 : 0];
  const outcome = [record.verdict, record.reason, record.count, record.firstAt, record.lastAt];
  return [record.awayId, subjectId, record.canBeRemembered ? 1 : 0, ...target, ...outcome];
}

export function groupProcesses(rows: readonly Row[]): Map<number, ProcessKey[]> {
  const groups = new Map<number, ProcessKey[]>();
  for (const row of rows) {
    const ruleId = Number(row['rule_id']);
    const group = groups.get(ruleId) ?? [];
    groups.set(ruleId, group);
    group.push({ id: unsigned(row['id']), created: unsigned(row['created']) });
  }
  return groups;
}

/** The tables' CHECKs vouch for the words. */
export function ruleOf(row: Row, processes: ReadonlyMap<number, readonly ProcessKey[]>): Rule {
  const ruleId = Number(row['rule_id']);
  return {
    ruleId,
    subject: subjectOf(row),
    verdict: row['verdict'] as Verdict,
    scope: row['scope'] as Scope,
    direction: row['direction'] as Target['direction'],
    address: textOrNull(row['address']),
    port: numberOrNull(row['port']),
    protocol: numberOrNull(row['protocol']),
    lifetime: row['lifetime'] as RuleLifetime,
    processes: processes.get(ruleId) ?? [],
    bootId: textOrNull(row['boot_id']),
    createdAt: Number(row['created_at']),
    enabled: row['enabled'] === 1,
    hits: Number(row['hits']),
    lastUsedAt: numberOrNull(row['last_used_at']),
  };
}

export function awayOf(row: Row): AwayRecord {
  return {
    awayId: Number(row['away_id']),
    subject: subjectOf(row),
    canBeRemembered: row['remembered'] === 1,
    target: {
      address: String(row['address']),
      port: Number(row['port']),
      protocol: Number(row['protocol']),
      direction: row['direction'] as Target['direction'],
      loopback: row['loopback'] === 1,
    },
    verdict: row['verdict'] as Verdict,
    reason: row['reason'] as AwayView['reason'],
    count: Number(row['count']),
    firstAt: Number(row['first_at']),
    lastAt: Number(row['last_at']),
  };
}

function subjectOf(row: Row): Subject {
  return {
    kind: row['kind'] as SubjectKind,
    key: text(row['key']),
    name: text(row['name']),
    path: text(row['path']),
  };
}

function blob(value: string): Uint8Array {
  return Buffer.from(value, 'utf16le');
}

function text(value: SQLOutputValue | undefined): string {
  if (!(value instanceof Uint8Array)) return '';
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf16le');
}

function textOrNull(value: SQLOutputValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOrNull(value: SQLOutputValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function unsigned(value: SQLOutputValue | undefined): bigint {
  return typeof value === 'string' ? BigInt.asUintN(64, BigInt(value)) : 0n;
}
