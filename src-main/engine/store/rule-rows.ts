/** Rules as rows: the statements, and the way there and back. */
import type { NetworkCondition, Place, PortRange } from '../../../src-preload/contract/rules.ts';
import { portsText } from '../policy/rule.ts';
import type { Rule } from '../policy/rule.ts';
import type { ProcessKey, Target } from '../ports.ts';
import { bit, numberOrNull, processColumns, processOf, subjectOf, textOrNull } from './rows.ts';
import type { Row, Value } from './rows.ts';

/** A rule that has no id yet, or one that gets its old id back. */
export type NewRule = Omit<Rule, 'ruleId'> & { readonly ruleId: number | null };

export const SELECT_RULES = `
  SELECT rule.*, kind, key, name, path FROM rule JOIN subject USING (subject_id) ORDER BY rule_id`;
/** As text, since a 64-bit value is not a safe number. */
export const SELECT_PROCESSES = `
  SELECT rule_id, CAST(process_id AS TEXT) AS id, CAST(process_created AS TEXT) AS created
  FROM rule_process`;
export const INSERT_PROCESS = `
  INSERT INTO rule_process (rule_id, process_id, process_created) VALUES (?, ?, ?)`;
export const DELETE_RULE = 'DELETE FROM rule WHERE rule_id = ?';
export const UPDATE_ENABLED = 'UPDATE rule SET enabled = ? WHERE rule_id = ?';
export const UPDATE_USE = 'UPDATE rule SET hits = ?, last_used_at = ? WHERE rule_id = ?';

type Column = readonly [name: string, value: (rule: NewRule) => Value];

const columns: readonly Column[] = [
  ['rule_id', ({ ruleId }) => ruleId],
  ['with_children', ({ withChildren }) => bit(withChildren)],
  ['verdict', ({ verdict }) => verdict],
  ['place', ({ place }) => place.kind],
  ['address', ({ place }) => addressOf(place)],
  ['last_address', ({ place }) => (place.kind === 'range' ? place.last : null)],
  ['host_name', ({ place }) => ('name' in place ? place.name : null)],
  ['ports', ({ ports }) => (ports === null ? null : portsText(ports))],
  ['protocol', ({ protocol }) => protocol],
  ['direction', ({ direction }) => direction],
  ['network_kind', ({ network }) => network?.kind ?? null],
  ['network', ({ network }) => networkValue(network)],
  ['lifetime', ({ lifetime }) => lifetime],
  ['boot_id', ({ bootId }) => bootId],
  ['sign_in_id', ({ signInId }) => signInId],
  ['until', ({ until }) => until],
  ['enabled', ({ enabled }) => bit(enabled)],
  ['note', ({ note }) => note.toWellFormed()],
  ['origin', ({ origin }) => origin],
  ['asked_address', ({ asked }) => asked?.address ?? null],
  ['asked_name', ({ asked }) => asked?.hostName ?? null],
  ['asked_port', ({ asked }) => asked?.port ?? null],
  ['asked_protocol', ({ asked }) => asked?.protocol ?? null],
  ['asked_direction', ({ asked }) => asked?.direction ?? null],
  ['asked_loopback', ({ asked }) => (asked === null ? null : bit(asked.loopback))],
  ['factory_id', ({ factoryId }) => factoryId],
  ['needs_review', ({ needsReview }) => bit(needsReview)],
  ['created_at', ({ createdAt }) => createdAt],
  ['edited_at', ({ editedAt }) => editedAt],
  ['hits', ({ hits }) => hits],
  ['last_used_at', ({ lastUsedAt }) => lastUsedAt],
];

export const INSERT_RULE = `
  INSERT INTO rule (subject_id, ${columns.map(([name]) => name).join(', ')})
  VALUES (?, ${columns.map(() => '?').join(', ')})`;

/** In the order of `INSERT_RULE`. */
export function ruleValues(rule: NewRule, subjectId: number): Value[] {
  return [subjectId, ...columns.map(([, value]) => value(rule))];
}

export function processValues(ruleId: number, process: ProcessKey): Value[] {
  return [ruleId, ...processColumns(process)];
}

export function groupProcesses(rows: readonly Row[]): Map<number, ProcessKey[]> {
  const groups = new Map<number, ProcessKey[]>();
  for (const row of rows) {
    const ruleId = Number(row['rule_id']);
    const group = groups.get(ruleId) ?? [];
    groups.set(ruleId, group);
    group.push(processOf(row));
  }
  return groups;
}

/** The tables' CHECKs vouch for the words. */
export function ruleOf(row: Row, processes: ReadonlyMap<number, readonly ProcessKey[]>): Rule {
  const ruleId = Number(row['rule_id']);
  return {
    ruleId,
    subject: subjectOf(row),
    withChildren: row['with_children'] === 1,
    verdict: row['verdict'] as Rule['verdict'],
    place: placeOf(row),
    ports: portsOf(textOrNull(row['ports'])),
    protocol: numberOrNull(row['protocol']),
    direction: row['direction'] as Rule['direction'],
    network: networkOf(row),
    lifetime: row['lifetime'] as Rule['lifetime'],
    processes: processes.get(ruleId) ?? [],
    bootId: textOrNull(row['boot_id']),
    signInId: textOrNull(row['sign_in_id']),
    until: numberOrNull(row['until']),
    enabled: row['enabled'] === 1,
    note: String(row['note']),
    origin: row['origin'] as Rule['origin'],
    asked: askedOf(row),
    factoryId: textOrNull(row['factory_id']),
    needsReview: row['needs_review'] === 1,
    createdAt: Number(row['created_at']),
    editedAt: numberOrNull(row['edited_at']),
    hits: Number(row['hits']),
    lastUsedAt: numberOrNull(row['last_used_at']),
  };
}

function addressOf(place: Place): string | null {
  if (place.kind === 'address') return place.address;
  return place.kind === 'range' ? place.first : null;
}

function networkValue(network: NetworkCondition | null): string | null {
  if (network === null) return null;
  return network.kind === 'profile' ? network.profile : network.id;
}

function placeOf(row: Row): Place {
  const kind = row['place'] as Place['kind'];
  switch (kind) {
    case 'anything':
    case 'loopback':
    case 'lan':
      return { kind };
    case 'address':
      return { kind, address: String(row['address']) };
    case 'range':
      return { kind, first: String(row['address']), last: String(row['last_address']) };
    case 'host':
    case 'domain':
      return { kind, name: String(row['host_name']) };
  }
}

function portsOf(text: string | null): PortRange[] | null {
  if (text === null) return null;
  return text.split(',').map((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return { first: first ?? 0, last: last ?? 0 };
  });
}

function networkOf(row: Row): NetworkCondition | null {
  const value = textOrNull(row['network']);
  if (value === null) return null;
  if (row['network_kind'] === 'network') return { kind: 'network', id: value };
  return {
    kind: 'profile',
    profile: value as Extract<NetworkCondition, { kind: 'profile' }>['profile'],
  };
}

function askedOf(row: Row): Target | null {
  const address = textOrNull(row['asked_address']);
  if (address === null) return null;
  return {
    address,
    hostName: textOrNull(row['asked_name']),
    port: Number(row['asked_port']),
    protocol: Number(row['asked_protocol']),
    direction: row['asked_direction'] as Target['direction'],
    loopback: row['asked_loopback'] === 1,
  };
}
