/** The store's statements but those of rules, and how values become rows and rows values. */
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';

import type { AwayView, SubjectKind, Verdict } from '../../../src-preload/contract/model.ts';
import type { AwayRecord } from '../away/away-record.ts';
import type { Subscription } from '../blocklists/subscription.ts';
import type { ProcessKey, Subject, Target } from '../ports.ts';

export type Row = Record<string, SQLOutputValue>;
export type Value = SQLInputValue;
export const PUT_SUBJECT = `
  INSERT INTO subject (kind, key, name, path) VALUES (?, ?, ?, ?)
  ON CONFLICT (kind, key) DO UPDATE SET name = excluded.name, path = excluded.path
  RETURNING subject_id`;
export const TARGET_COLUMNS = 'direction, address, host_name, port, protocol, loopback';
export const SELECT_AWAY = `
  SELECT away.*, kind, key, name, path FROM away JOIN subject USING (subject_id) ORDER BY away_id`;
export const PUT_AWAY = `
  INSERT INTO away (away_id, subject_id, remembered, ${TARGET_COLUMNS}, verdict, reason, count, first_at, last_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (away_id) DO UPDATE SET count = excluded.count, last_at = excluded.last_at`;
export const DELETE_AWAY = 'DELETE FROM away WHERE away_id = ?';
export const SELECT_AWAY_LOST = `SELECT value FROM counter WHERE name = 'away_lost'`;
export const UPDATE_AWAY_LOST = `UPDATE counter SET value = ? WHERE name = 'away_lost'`;

export const SELECT_SUBSCRIPTIONS = 'SELECT * FROM subscription ORDER BY list_id';
export const INSERT_SUBSCRIPTION = `
  INSERT INTO subscription (name, source, enabled) VALUES (?, ?, 1) RETURNING *`;
export const UPDATE_SUBSCRIPTION = `
  UPDATE subscription SET name = ?, enabled = ?, etag = ?, last_modified = ?, updated_at = ?, checked_at = ?,
    failure = ? WHERE list_id = ?`;
export const DELETE_SUBSCRIPTION = 'DELETE FROM subscription WHERE list_id = ?';

export function subjectValues({ kind, key, name, path }: Subject): Value[] {
  return [kind, blob(key), blob(name), blob(path)];
}

export function awayValues(record: AwayRecord, subjectId: number): Value[] {
  const outcome = [record.verdict, record.reason, record.count, record.firstAt, record.lastAt];
  const start = [record.awayId, subjectId, bit(record.canBeRemembered)];
  return [...start, ...targetValues(record.target), ...outcome];
}

export function awayOf(row: Row): AwayRecord {
  return {
    awayId: Number(row['away_id']),
    subject: subjectOf(row),
    canBeRemembered: row['remembered'] === 1,
    target: targetOf(row),
    verdict: row['verdict'] as Verdict,
    reason: row['reason'] as AwayView['reason'],
    count: Number(row['count']),
    firstAt: Number(row['first_at']),
    lastAt: Number(row['last_at']),
  };
}

/** In the order of `TARGET_COLUMNS`. */
export function targetValues({ direction, address, hostName, port, protocol, loopback }: Target) {
  return [direction, address, hostName, port, protocol, bit(loopback)];
}

export function targetOf(row: Row): Target {
  return {
    address: String(row['address']),
    hostName: textOrNull(row['host_name']),
    port: Number(row['port']),
    protocol: Number(row['protocol']),
    direction: row['direction'] as Target['direction'],
    loopback: row['loopback'] === 1,
  };
}

export function subscriptionValues(saved: Subscription): Value[] {
  const { listId, name, enabled, etag, lastModified, updatedAt, checkedAt, failure } = saved;
  return [name, enabled ? 1 : 0, etag, lastModified, updatedAt, checkedAt, failure, listId];
}

export function subscriptionOf(row: Row): Subscription {
  return {
    listId: Number(row['list_id']),
    name: String(row['name']),
    source: String(row['source']),
    enabled: row['enabled'] === 1,
    etag: textOrNull(row['etag']),
    lastModified: textOrNull(row['last_modified']),
    updatedAt: numberOrNull(row['updated_at']),
    checkedAt: numberOrNull(row['checked_at']),
    failure: textOrNull(row['failure']) as Subscription['failure'],
  };
}

export function subjectOf(row: Row): Subject {
  const [key, path] = [text(row['key']), text(row['path'])];
  return {
    kind: row['kind'] as SubjectKind,
    key,
    name: text(row['name']),
    // Mostly the same where there are no drives: then it is there once.
    path: path === key ? key : path,
  };
}

export function blob(value: string): Uint8Array {
  return Buffer.from(value, 'utf16le');
}

export function text(value: SQLOutputValue | undefined): string {
  if (!(value instanceof Uint8Array)) return '';
  const { buffer, byteOffset, byteLength } = value;
  return narrow(value) ?? Buffer.from(buffer, byteOffset, byteLength).toString('utf16le');
}

const letters = Buffer.alloc(512);

/** With one byte for each letter, which is enough for most paths: what is read as UTF-16 takes two. Null: not enough. */
function narrow(units: Uint8Array): string | null {
  const length = units.length >>> 1;
  if (length > letters.length) return null;
  for (let at = 0; at < length; at += 1) {
    if (units[at * 2 + 1] !== 0) return null;
    letters[at] = units[at * 2] ?? 0;
  }
  return letters.toString('latin1', 0, length);
}

export function textOrNull(value: SQLOutputValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

export function numberOrNull(value: SQLOutputValue | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

export function bit(value: boolean): number {
  return value ? 1 : 0;
}

/** 64-bit values are stored as the signed integers of the same bits. */
export function processColumns({ id, created }: ProcessKey): Value[] {
  return [BigInt.asIntN(64, id), BigInt.asIntN(64, created)];
}

/** Of the columns `id` and `created`, as text. */
export function processOf(row: Row): ProcessKey {
  return { id: unsigned(row['id']), created: unsigned(row['created']) };
}

function unsigned(value: SQLOutputValue | undefined): bigint {
  return typeof value === 'string' ? BigInt.asUintN(64, BigInt(value)) : 0n;
}
