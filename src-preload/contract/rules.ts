/** Rules as they cross the border between main and the pages. Pure types, as in model.ts. */
import type { Lifetime, Protocol, SubjectView, TargetView, Untrusted, Verdict } from './model.ts';

/** `block` fails at once and says so; `drop` lets the program find out by itself, by waiting. */
export type RuleVerdict = Verdict | 'drop';

/** An answer for once makes no rule. */
export type RuleLifetime = Exclude<Lifetime, 'once'> | 'minutes' | 'until-sign-out';

export type RuleDirection = 'outbound' | 'inbound' | 'both';

/** Both ends included, 0 to 65535. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The part of the world that a rule is about. Addresses are canonical text, names lower case ASCII without a last dot. */
export type Place =
  | { readonly kind: 'anything' }
  /** This computer. */
  | { readonly kind: 'loopback' }
  /** The networks that are next to this computer: private, link-local, unique local, and multicast within them. */
  | { readonly kind: 'lan' }
  | { readonly kind: 'address'; readonly address: Untrusted }
  /** Both ends included, of one family. */
  | { readonly kind: 'range'; readonly first: Untrusted; readonly last: Untrusted }
  | { readonly kind: 'host'; readonly name: Untrusted }
  /** This name and every name below it. */
  | { readonly kind: 'domain'; readonly name: Untrusted };

/** The network that a rule is limited to: what the system takes it for, or this very one. */
export type NetworkCondition =
  | { readonly kind: 'profile'; readonly profile: 'public' | 'private' | 'domain' }
  | { readonly kind: 'network'; readonly id: Untrusted };

/** Who made a rule. A learned rule is marked for review until somebody has looked at it. */
export type RuleOrigin = 'prompt' | 'person' | 'learned' | 'imported' | 'factory';

export interface RuleView {
  readonly ruleId: string;
  readonly subject: SubjectView;
  /** Whether it is also for the programs that this one starts, and those that they start. */
  readonly withChildren: boolean;
  readonly verdict: RuleVerdict;
  readonly place: Place;
  /** Ports of the other side; null for any. */
  readonly ports: readonly PortRange[] | null;
  readonly protocol: Protocol | null;
  readonly direction: RuleDirection;
  readonly network: NetworkCondition | null;
  readonly lifetime: RuleLifetime;
  /** When a rule for some minutes ends. */
  readonly until: number | null;
  readonly enabled: boolean;
  readonly note: string;
  readonly origin: RuleOrigin;
  /** What was asked when an answer made it. */
  readonly asked: TargetView | null;
  /** Which of the factory's rules it is; null for all others. */
  readonly factoryId: string | null;
  readonly needsReview: boolean;
  readonly createdAt: number;
  readonly editedAt: number | null;
  readonly hits: number;
  readonly lastUsedAt: number | null;
}
