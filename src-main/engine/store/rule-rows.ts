/** Rules as rows: the statements that write, and their values. The way back is in rule-reader.ts. */
import type { NetworkCondition, Place } from '../../../src-preload/contract/rules.ts';
import { portsText } from '../policy/rule.ts';
import type { Rule } from '../policy/rule.ts';
import type { ProcessKey } from '../ports.ts';
import { bit, processColumns } from './rows.ts';
import type { Value } from './rows.ts';

/** A rule that has no id yet, or one that gets its old id back. */
export type NewRule = Omit<Rule, 'ruleId'> & { readonly ruleId: number | null };

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

function addressOf(place: Place): string | null {
  if (place.kind === 'address') return place.address;
  return place.kind === 'range' ? place.first : null;
}

function networkValue(network: NetworkCondition | null): string | null {
  if (network === null) return null;
  return network.kind === 'profile' ? network.profile : network.id;
}
