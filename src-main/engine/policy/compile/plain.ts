/**
 * Plain rules: what the kernel can decide alone. The engine turns its rules into these; `compile` turns these into the
 * table that the driver looks up in. `decidePlain` says what a table means.
 */

/** Addresses from `first` to `last`, both included; an IPv6 zone does not matter. */
export type AddressRange =
  | { readonly family: 4; readonly first: number; readonly last: number }
  | { readonly family: 6; readonly first: bigint; readonly last: bigint };

/** Ports from `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** `ask`: only the engine can tell (a host name, a time limit, a script ...). */
export type PlainOutcome = 'allow' | 'block' | 'ask';

/** A region of the world and what happens there. */
export interface PlainRule {
  /** 0 to 0xffff_fffe, smaller decides. Unique over a subject's rules and everybody's together, which share one order. */
  readonly rank: number;
  /** 1 to 0xffff_ffff; comes back in hit counts. May be that of rules of several subjects. */
  readonly ruleId: number;
  readonly outcome: PlainOutcome;
  readonly direction: 'outbound' | 'inbound' | 'both';
  /** IANA protocol number, 0 to 255; null: any. */
  readonly protocol: number | null;
  /** Remote addresses in any order, which may overlap; null: any, an empty list: none. */
  readonly addresses: readonly AddressRange[] | null;
  /** Remote ports, likewise; where a protocol has none the connection's port is 0. */
  readonly ports: readonly PortRange[] | null;
}

/**
 * Nothing of this is changed once it was given to `compile`, or to a `TableCompiler`, which keeps the last table: a change is
 * quick when the subjects that it does not touch keep their `rules` and `paths`.
 */
export interface PlainSubject {
  /** 1 to 0xffff_ffff, unique in a policy. */
  readonly subjectId: number;
  /** Image paths as the kernel gives them; a process of one of them belongs here until the engine has said more. */
  readonly paths: readonly string[];
  readonly rules: readonly PlainRule[];
}

export interface PlainPolicy {
  /** Comes back in the driver's status; any safe integer from 1. */
  readonly version: number;
  readonly subjects: readonly PlainSubject[];
  /** For every process, also for those that belong to no subject. */
  readonly everybody: readonly PlainRule[];
}

export type PlainConnection = {
  readonly direction: 'outbound' | 'inbound';
  readonly protocol: number;
  /** Remote port. */
  readonly port: number;
} & (
  | { readonly family: 4; readonly address: number }
  | { readonly family: 6; readonly address: bigint }
);

export interface PlainDecision {
  readonly outcome: PlainOutcome;
  readonly ruleId: number;
}

/**
 * The meaning of a policy, slow and obvious: the outcome and rule of the smallest rank that covers the connection; null
 * when no rule does. `subjectId` null: the process belongs to no subject.
 */
export function decidePlain(
  policy: PlainPolicy,
  subjectId: number | null,
  connection: PlainConnection,
): PlainDecision | null {
  const subject = policy.subjects.find((candidate) => candidate.subjectId === subjectId);
  let best: PlainRule | null = null;
  for (const rule of [...(subject?.rules ?? []), ...policy.everybody]) {
    if (ruleCovers(rule, connection) && (best === null || rule.rank < best.rank)) best = rule;
  }
  return best === null ? null : { outcome: best.outcome, ruleId: best.ruleId };
}

function ruleCovers(rule: PlainRule, connection: PlainConnection): boolean {
  const { direction, protocol, port } = connection;
  return (
    (rule.direction === 'both' || rule.direction === direction) &&
    (rule.protocol === null || rule.protocol === protocol) &&
    (rule.ports === null || rule.ports.some(({ first, last }) => first <= port && port <= last)) &&
    (rule.addresses === null || rule.addresses.some((range) => rangeCovers(range, connection)))
  );
}

function rangeCovers(range: AddressRange, connection: PlainConnection): boolean {
  const { family, address } = connection;
  return range.family === family && range.first <= address && address <= range.last;
}
