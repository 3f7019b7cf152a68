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

/**
 * What happens to connections that no rule is about: `ask`, allow and make a rule to review (`learn`), `block` and list.
 * `lockdown` blocks everything, whatever the rules say.
 */
export type ModeName = 'ask' | 'learn' | 'block' | 'lockdown';

/** Lets a program, or everything, pass whatever the rules say; ends by itself. */
export interface PauseView {
  readonly pauseId: string;
  /** Null for everything. */
  readonly subject: SubjectView | null;
  readonly until: number;
}

export interface ModeView {
  readonly mode: ModeName;
  /** When it gives way to `ask`; null for never. */
  readonly until: number | null;
  readonly pauses: readonly PauseView[];
}

/** Who made a rule. A learned rule is marked for review until somebody has looked at it; a managed one is an administrator's. */
export type RuleOrigin = 'prompt' | 'person' | 'learned' | 'imported' | 'factory' | 'managed';

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

/**
 * A rule as somebody writes it. `place` is text: empty for anywhere, `this computer`, `local networks`, an address, a range
 * (`10.0.0.0/8`, `10.0.0.1-10.0.0.9`), a host name, or `*.` and a domain. `ports` is text: empty for any, `80,8000-8080`.
 */
export interface RuleInput {
  readonly subject: SubjectInput;
  readonly withChildren: boolean;
  readonly verdict: RuleVerdict;
  readonly place: string;
  readonly ports: string;
  /** IANA number; null for any. */
  readonly protocol: number | null;
  readonly direction: RuleDirection;
  readonly network: NetworkCondition | null;
  readonly lifetime: Exclude<RuleLifetime, 'while-it-runs'>;
  /** How long, where the lifetime is `minutes`; null otherwise. */
  readonly minutes: number | null;
  readonly note: string;
}

/** Whom a written rule is for: of these kinds only, since the others are found out and not written down. */
export type SubjectInput =
  | { readonly kind: 'anything' }
  | {
      readonly kind: 'path' | 'path-pattern' | 'hash' | 'service' | 'package';
      readonly text: string;
    }
  | { readonly kind: 'interpreter-script'; readonly text: string; readonly script: string };

/** The program of a line of the journal, by whatever it was recognised. */
export interface SeenSubject {
  readonly kind: 'seen';
  readonly lineId: string;
}

/** A rule as it is written by hand, or for a program that was seen. */
export type NewRule = Omit<RuleInput, 'subject'> & {
  readonly subject: SubjectInput | SeenSubject;
};

/** What is to be changed; the rest stays as it is. */
export type RuleEdit = { readonly ruleId: string } & Partial<Omit<RuleInput, 'subject'>>;

/** A connection that could be made, to be explained. */
export interface ConnectionInput {
  readonly path: string;
  /** For an interpreter; empty for none. */
  readonly script: string;
  readonly address: string;
  /** The name that the program looked up; empty for none. */
  readonly hostName: string;
  readonly port: number;
  readonly protocol: number;
  readonly direction: 'outbound' | 'inbound';
}

/** Why a rule of the same program does not decide: it is not about the connection, or another stands before it. */
export type WhyNot =
  | 'disabled'
  | 'over'
  | 'other-process'
  | 'other-network'
  | 'other-direction'
  | 'other-protocol'
  | 'other-port'
  | 'other-place'
  | 'less-program'
  | 'less-place'
  | 'longer-lived'
  | 'older';

export interface Explanation {
  readonly decidedBy: 'lockdown' | 'pause' | 'rule' | 'mode';
  readonly verdict: Verdict | 'ask';
  readonly rule: RuleView | null;
  /** The first of the rules that could have decided, in their order. */
  readonly others: readonly { readonly rule: RuleView; readonly why: WhyNot }[];
  readonly othersTotal: number;
}

/** What a draft would have done to what is in the journal. */
export interface Rehearsal {
  /** Lines that were looked at. */
  readonly looked: number;
  /** When the oldest of them was; null when there are none. */
  readonly since: number | null;
  /** Connections that it would have decided, and of them those whose answer it would have changed. */
  readonly decided: number;
  readonly otherwise: number;
  /** The first lines of those whose answer it would have changed, newest first. */
  readonly changed: readonly {
    readonly subject: SubjectView;
    readonly target: TargetView;
    readonly before: Verdict;
    readonly after: Verdict;
    readonly at: number;
    readonly count: number;
  }[];
  readonly changedTotal: number;
}

/**
 * `shadowed`: `by` stands before it and covers all of it. `redundant`: without it, `by` would answer the same. `dead`: its
 * file is gone. `unused`: for 90 days.
 */
export type FindingKind = 'shadowed' | 'redundant' | 'dead' | 'unused';

export interface Finding {
  readonly kind: FindingKind;
  readonly rule: RuleView;
  readonly by: RuleView | null;
}

export interface ImportProblem {
  /** From 1. */
  readonly line: number;
  readonly reason: Untrusted;
}

export interface ImportChange {
  readonly kind: 'added' | 'replaced' | 'unchanged';
  /** As it would be, or is now; its id is "0". */
  readonly rule: RuleView;
  readonly before: RuleView | null;
}

/** What an import did, or would do. With problems, nothing is done. */
export interface ImportReport {
  readonly applied: boolean;
  /** `restoreRules` takes the import back for 30 s. */
  readonly undoId: string | null;
  readonly added: number;
  readonly replaced: number;
  readonly unchanged: number;
  /** The first of those that are not unchanged. */
  readonly changes: readonly ImportChange[];
  readonly problems: readonly ImportProblem[];
  readonly problemTotal: number;
}

export interface JournalView {
  /** The greater of two, as numbers, is the newer line. */
  readonly lineId: string;
  readonly subject: SubjectView;
  readonly target: TargetView;
  readonly verdict: Verdict;
  readonly by: 'rule' | 'answer' | 'mode' | 'driver';
  /** The standard user whose answer it was; absent where an administrator, or nobody, answered. */
  readonly answeredBy?: Untrusted;
  readonly ruleId: string | null;
  readonly at: number;
  readonly count: number;
}

export interface JournalQuery {
  readonly limit: number;
  /** As search.ts reads it; absent for all. */
  readonly text?: string;
  /** Lines that are older than this one; absent for the newest. */
  readonly before?: string;
}

/** How many connections were allowed and blocked in each of equal parts of a time, the oldest first. */
export interface JournalTimes {
  readonly from: number;
  readonly to: number;
  readonly allowed: readonly number[];
  readonly blocked: readonly number[];
}

/** Newest first. */
export interface JournalPage {
  readonly lines: readonly JournalView[];
  /** All that were found, in this part or not; null where only the picture tells. */
  readonly total: number | null;
  /** Grows with every line of the journal. */
  readonly version: number;
}

/** Of all that a search finds; takes longer than its first lines. */
export interface JournalPicture {
  /** Null when another search has come between. */
  readonly total: number | null;
  /** Null where nothing was found. */
  readonly times: JournalTimes | null;
}

/** A place as people write it: what an edited rule or a file of rules says, and the engine reads. */
export function writtenPlace(place: Place): string {
  switch (place.kind) {
    case 'anything':
      return '';
    case 'loopback':
      return 'this computer';
    case 'lan':
      return 'local networks';
    case 'address':
      return place.address;
    case 'range':
      return `${place.first}-${place.last}`;
    case 'host':
      return place.name;
    case 'domain':
      return `*.${place.name}`;
  }
}
