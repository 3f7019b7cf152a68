/**
 * Rows back to rules. There may be 100 000, which stay in memory: what equals something in an earlier row is that very
 * thing, not its twin.
 */
import type { SQLOutputValue } from 'node:sqlite';

import type { NetworkCondition, Place, PortRange } from '../../../src-preload/contract/rules.ts';
import type { Rule } from '../policy/rule.ts';
import type { ProcessKey, Subject, Target } from '../ports.ts';
import { numberOrNull, processOf, subjectOf, textOrNull } from './rows.ts';
import type { Row } from './rows.ts';

const columns = [
  'rule_id',
  'subject_id',
  'with_children',
  'verdict',
  'place',
  'address',
  'last_address',
  'host_name',
  'ports',
  'protocol',
  'direction',
  'network_kind',
  'network',
  'lifetime',
  'boot_id',
  'sign_in_id',
  'until',
  'enabled',
  'note',
  'origin',
  'asked_address',
  'asked_name',
  'asked_port',
  'asked_protocol',
  'asked_direction',
  'asked_loopback',
  'factory_id',
  'needs_review',
  'created_at',
  'edited_at',
  'hits',
  'last_used_at',
] as const;

export const SELECT_RULES = `SELECT ${columns.join(', ')} FROM rule ORDER BY rule_id`;
export const SELECT_RULED = `
  SELECT * FROM subject WHERE subject_id IN (SELECT subject_id FROM rule)`;
/** As text, since a 64-bit value is not a safe number. */
export const SELECT_PROCESSES = `
  SELECT rule_id, CAST(process_id AS TEXT) AS id, CAST(process_created AS TEXT) AS created
  FROM rule_process`;

/** Where each of them is in a row. */
const at = Object.fromEntries(columns.map((name, place) => [name, place])) as Record<
  (typeof columns)[number],
  number
>;

/** As an array: an object with so many names takes more than twice the memory. */
export type RuleRow = readonly SQLOutputValue[];

const nobody: Subject = { kind: 'path', key: '', name: '', path: '' };
const noProcesses: readonly ProcessKey[] = [];
const wholePlaces = {
  anything: { kind: 'anything' },
  loopback: { kind: 'loopback' },
  lan: { kind: 'lan' },
} as const;

/** For one reading of all rules. The tables' CHECKs vouch for the words. */
export class RuleReader {
  readonly #subjects = new Map<unknown, Subject>();
  readonly #processes = new Map<unknown, ProcessKey[]>();
  readonly #texts = new Map<string, string>();
  readonly #ports = new Map<string, PortRange[]>();

  /** Rows of `SELECT_RULED` and `SELECT_PROCESSES`. */
  constructor(subjects: Iterable<Row>, processes: Iterable<Row>) {
    for (const row of subjects) {
      const kind = this.#same(row['kind']) as Subject['kind'];
      this.#subjects.set(row['subject_id'], { ...subjectOf(row), kind });
    }
    for (const row of processes) {
      const group = this.#processes.get(row['rule_id']) ?? [];
      this.#processes.set(row['rule_id'], group);
      group.push(processOf(row));
    }
  }

  /** Of a row of `SELECT_RULES`. */
  ruleOf(row: RuleRow): Rule {
    return {
      ruleId: Number(row[at.rule_id]),
      subject: this.#subjects.get(row[at.subject_id]) ?? nobody,
      withChildren: row[at.with_children] === 1,
      verdict: this.#same(row[at.verdict]) as Rule['verdict'],
      place: this.#placeOf(row),
      ports: this.#portsOf(textOrNull(row[at.ports])),
      protocol: numberOrNull(row[at.protocol]),
      direction: this.#same(row[at.direction]) as Rule['direction'],
      network: networkOf(row),
      lifetime: this.#same(row[at.lifetime]) as Rule['lifetime'],
      processes: this.#processes.get(row[at.rule_id]) ?? noProcesses,
      bootId: this.#sameOrNull(row[at.boot_id]),
      signInId: this.#sameOrNull(row[at.sign_in_id]),
      until: numberOrNull(row[at.until]),
      enabled: row[at.enabled] === 1,
      note: this.#same(row[at.note]),
      origin: this.#same(row[at.origin]) as Rule['origin'],
      asked: this.#askedOf(row),
      factoryId: textOrNull(row[at.factory_id]),
      needsReview: row[at.needs_review] === 1,
      createdAt: Number(row[at.created_at]),
      editedAt: numberOrNull(row[at.edited_at]),
      hits: Number(row[at.hits]),
      lastUsedAt: numberOrNull(row[at.last_used_at]),
    };
  }

  #placeOf(row: RuleRow): Place {
    const kind = this.#same(row[at.place]) as Place['kind'];
    switch (kind) {
      case 'anything':
      case 'loopback':
      case 'lan':
        return wholePlaces[kind];
      case 'address':
        return { kind, address: this.#same(row[at.address]) };
      case 'range':
        return { kind, first: String(row[at.address]), last: String(row[at.last_address]) };
      case 'host':
      case 'domain':
        return { kind, name: this.#same(row[at.host_name]) };
    }
  }

  #portsOf(text: string | null): PortRange[] | null {
    if (text === null) return null;
    const known = this.#ports.get(text);
    if (known !== undefined) return known;
    const ports = portsFrom(text);
    this.#ports.set(text, ports);
    return ports;
  }

  #askedOf(row: RuleRow): Target | null {
    const address = this.#sameOrNull(row[at.asked_address]);
    if (address === null) return null;
    return {
      address,
      hostName: this.#sameOrNull(row[at.asked_name]),
      port: Number(row[at.asked_port]),
      protocol: Number(row[at.asked_protocol]),
      direction: this.#same(row[at.asked_direction]) as Target['direction'],
      loopback: row[at.asked_loopback] === 1,
    };
  }

  /** One text for all that are equal. */
  #same(value: unknown): string {
    const text = String(value);
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, text);
    return text;
  }

  #sameOrNull(value: unknown): string | null {
    return typeof value === 'string' ? this.#same(value) : null;
  }
}

function portsFrom(text: string): PortRange[] {
  return text.split(',').map((part) => {
    const [first, last = first] = part.split('-').map(Number);
    return { first: first ?? 0, last: last ?? 0 };
  });
}

function networkOf(row: RuleRow): NetworkCondition | null {
  const value = textOrNull(row[at.network]);
  if (value === null) return null;
  if (row[at.network_kind] === 'network') return { kind: 'network', id: value };
  return {
    kind: 'profile',
    profile: value as Extract<NetworkCondition, { kind: 'profile' }>['profile'],
  };
}
