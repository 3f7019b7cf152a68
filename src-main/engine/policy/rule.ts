/** Rules: what an answer becomes, and which connections it covers. */
import type { Lifetime, Scope, Verdict } from '../../../src-preload/contract/model.ts';
import type { ProcessKey, Subject, Target } from '../ports.ts';

export type RuleLifetime = Exclude<Lifetime, 'once'>;

export interface RuleDraft {
  readonly subject: Subject;
  readonly verdict: Verdict;
  readonly scope: Scope;
  readonly direction: Target['direction'];
  /** Null where the scope is `anything`. */
  readonly address: string | null;
  /** Port and protocol are null unless the scope is `address-port`. */
  readonly port: number | null;
  readonly protocol: number | null;
  readonly lifetime: RuleLifetime;
  /** Whom a `while-it-runs` rule is for; empty otherwise. */
  readonly processes: readonly ProcessKey[];
  /** The start of the host that it belongs to; null for `always`. */
  readonly bootId: string | null;
  readonly createdAt: number;
}

export interface Rule extends RuleDraft {
  /** Given by the store, never used twice. */
  readonly ruleId: number;
  enabled: boolean;
  hits: number;
  lastUsedAt: number | null;
}

/** Text that is equal for two processes exactly when they are one. */
export function processText({ id, created }: ProcessKey): string {
  return `${id}:${created}`;
}

/** Text that is equal for two subjects exactly when they are one. */
export function subjectText({ kind, key }: Subject): string {
  return `${kind}:${key}`;
}

/** Whether an answer with this scope about `asked` covers `other`, of the same subject. */
export function covers(scope: Scope, asked: Target, other: Target): boolean {
  return placeOf(scope, asked) === placeOf(scope, other);
}

/** The part of the world that a rule of this scope about this target reaches. */
export function placeOf(
  scope: Scope,
  target: {
    readonly direction: Target['direction'];
    readonly address: string | null;
    readonly port: number | null;
    readonly protocol: number | null;
  },
): string {
  const { direction, address, port, protocol } = target;
  switch (scope) {
    case 'anything':
      return direction;
    case 'address':
      return `${direction} ${address}`;
    case 'address-port':
      return `${direction} ${address} ${protocol} ${port}`;
    default:
      return unreachable(scope);
  }
}

function unreachable(value: never): never {
  throw new Error(`unexpected ${String(value)}`);
}
