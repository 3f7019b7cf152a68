/**
 * What crosses the border between main and the pages, as data. Pure types: no runtime, so that every process can import
 * it. Main validates every call against `src-main/ipc/schemas.ts`, which must satisfy these types.
 *
 * Every string that comes from a program, a path or a name service is of type `Untrusted` and is shown by
 * `untrusted-text.tsx` only. Times are milliseconds since 1970-01-01 UTC.
 */
import type { OnlookerView } from './onlooker.ts';
import type { ModeView, RuleView } from './rules.ts';
import type { Appearance, SelfTestView, UpdatesView } from './upkeep.ts';

/** Text that a hostile program may have chosen. Never put it into markup, a title or a sentence by hand. */
export type Untrusted = string & { readonly untrusted?: 'escape me' };

export type Verdict = 'allow' | 'block';
/**
 * How far an answer reaches: the one address and port, the address, the name that it was looked up by, that name's domain and
 * all below, or everything that the program does.
 */
export type Scope = 'address-port' | 'address' | 'host' | 'domain' | 'anything';
export type Lifetime = 'once' | 'while-it-runs' | 'until-restart' | 'always';

export type Protocol =
  | { readonly kind: 'tcp' | 'udp' | 'icmp' | 'icmpv6'; readonly number: number }
  | { readonly kind: 'other'; readonly number: number };

/** By what a rule recognises a program; the words of docs/rules.md. */
export type SubjectKind =
  | 'hash'
  | 'interpreter-script'
  | 'service'
  | 'path'
  | 'path-pattern'
  | 'package'
  | 'signer'
  | 'anything';

/** Who asks: what a rule will be bound to. */
export interface SubjectView {
  readonly kind: SubjectKind;
  readonly name: Untrusted;
  readonly path: Untrusted;
  /** False when the driver could not give the whole path: then nothing outlives the process. */
  readonly canBeRemembered: boolean;
  /** Of a subject of kind `signer`: who signed it, as its certificate says. */
  readonly signedBy?: Untrusted;
  /** It is still being found out who it is: then it is known by its path alone, and another question will follow. */
  readonly isLooking?: boolean;
}

/** The process whose connection heads the card. */
export interface ProcessView {
  readonly processId: number;
  readonly commandLine: Untrusted | null;
  readonly startedBy: Untrusted | null;
  readonly user: Untrusted | null;
  /** Those that run in the process. A rule is for one only where it is alone. */
  readonly services?: readonly Untrusted[];
  /** How far Windows trusts the process. */
  readonly integrity?: 'untrusted' | 'low' | 'medium' | 'high' | 'system' | null;
}

export interface NamesView {
  readonly known: readonly Untrusted[];
  /** There are more than these. */
  readonly isMore: boolean;
  readonly origin: 'dns-cache' | 'hosts-file';
  readonly seenAt: number;
  /** False when that is so long ago that the address may be somebody else's by now. */
  readonly isFresh: boolean;
}

export interface TargetView {
  readonly address: Untrusted;
  /** The one name by which this computer knows the address; null where there is none, or more than one. */
  readonly hostName: Untrusted | null;
  /** The domain that somebody owns above it. */
  readonly domain?: Untrusted | null;
  /** All names that are known, and from where. */
  readonly names?: NamesView;
  readonly port: number;
  readonly protocol: Protocol;
  readonly direction: 'outbound' | 'inbound';
  readonly loopback: boolean;
  /** The usual name of the port, such as "HTTPS", or null. */
  readonly service: string | null;
}

/** The socket that a connection from outside comes to. */
export interface ListenerView {
  /** Since when it listens, ms since 1970. */
  readonly since: number;
  /** On every address of the computer, so that others can reach it. */
  readonly everywhere: boolean;
}

/**
 * One question: all held connections of one subject. `revision` changes whenever the question itself changes (subject,
 * target of the heading connection, or `state`), and an answer that carries an older one is refused. A growing count
 * is not another question.
 */
export interface CardView {
  readonly cardId: string;
  readonly revision: number;
  /** `given-up`: nothing waits any more; the answer counts for the next time. */
  readonly state: 'waiting' | 'given-up';
  readonly subject: SubjectView;
  readonly process: ProcessView;
  readonly target: TargetView;
  /** Of a connection from outside, when it is known. */
  readonly listener?: ListenerView;
  /** The blocklist entry that the target is on. */
  readonly listHit: ListHit | null;
  /** Connections held by this card now. */
  readonly waiting: number;
  /** Different addresses among them. */
  readonly destinations: number;
  readonly askedAt: number;
  /** When the driver would settle the heading connection by itself; null once it has. */
  readonly deadline: number | null;
  /** Length of the whole hold, for the ring. */
  readonly holdMs: number;
  readonly lifetimes: readonly Lifetime[];
  readonly scopes: readonly Scope[];
  readonly recommended: { readonly scope: Scope; readonly lifetime: Lifetime };
  /** Of the account that it runs for, where accounts are asked apart: a card is of one alone. */
  readonly account?: Untrusted;
  /** Portreeve itself has it made, to show that asking works. Absent for all others. */
  readonly isTest?: true;
}

/** Why nobody holds connections, for pages that say it in their own language; absent when it is none of these. */
export type LostCause =
  | 'driver-stopped'
  | 'not-installed'
  | 'access-denied'
  | 'in-use'
  | 'version-mismatch'
  | 'app-gone'
  /** The rules cannot be used; the manager says why. */
  | 'store-failed'
  /** A newer window of the same role took over. */
  | 'elsewhere'
  /** The page was not opened by Portreeve, or by one that has ended. */
  | 'no-session';

export type DriverState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly description: string }
  /** Nobody holds connections now; `reason` says why and `remedy` what to do about it. */
  | {
      readonly kind: 'lost';
      readonly reason: string;
      readonly remedy: string;
      readonly cause?: LostCause;
    };

/** Everything that a prompt window shows. `cards` are in the order in which they were asked; the first is on top. */
export interface PromptState {
  readonly driver: DriverState;
  readonly cards: readonly CardView[];
  /** The answer that can still be taken back, or null. */
  readonly undo: UndoView | null;
  /** Present for a standard user, who answers for their own programs alone. */
  readonly isAnswerer?: true;
  /** Absent: as the system. */
  readonly appearance?: Appearance;
}

export interface UndoView {
  readonly undoId: string;
  readonly verdict: Verdict;
  readonly subject: SubjectView;
  readonly until: number;
}

export interface PromptAnswer {
  readonly cardId: string;
  readonly revision: number;
  readonly verdict: Verdict;
  readonly scope: Scope;
  readonly lifetime: Lifetime;
}

export interface AnswerAck {
  /** Connections that this answer released. */
  readonly settled: number;
  /** The rule it made, or null for a one-time answer. */
  readonly ruleId: string | null;
}

export interface RuleQuery {
  /** As search.ts reads it; empty for all. */
  readonly text: string;
  readonly offset: number;
  readonly limit: number;
}

export interface RulePage {
  readonly rules: readonly RuleView[];
  readonly total: number;
  /** Grows with every change of any rule. */
  readonly version: number;
}

/** A connection that was decided while nobody could be asked. */
export interface AwayView {
  readonly awayId: string;
  readonly subject: SubjectView;
  readonly target: TargetView;
  readonly verdict: Verdict;
  readonly reason:
    | 'nobody-there'
    | 'client-lost'
    | 'not-answered'
    | 'too-many'
    | 'hold-failed'
    | 'sleep'
    | 'driver-stopped'
    /** The mode that the user has chosen blocks without asking. */
    | 'mode';
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Why a line of a blocklist was left out. */
export type ListProblemCode =
  | 'not-a-name'
  | 'not-a-range'
  /** It would cover every address. */
  | 'everything'
  /** A whole top-level domain without a wildcard: more likely a mistake. */
  | 'top-level'
  /** A browser's filter, which is about pages and not about hosts. */
  | 'filter-syntax'
  | 'too-long';

export interface ListProblem {
  /** From 1. */
  readonly line: number;
  readonly code: ListProblemCode;
  readonly text: Untrusted;
}

/** Why a file as a whole was not taken. */
export type ListRefusal = 'too-big' | 'too-many' | 'empty' | 'no-list';

/** Why the last update failed; the list that was there before stays in force. */
export type ListFailure =
  | ListRefusal
  | 'not-found'
  | 'not-readable'
  /** An address, or one that it led to, is neither https: nor on this computer. */
  | 'not-secure'
  | 'no-connection'
  /** The server answered with an error. */
  | 'server-error'
  | 'too-slow'
  | 'not-saved';

/** A subscription to a file or an address with names and addresses that are not to be reached. */
export interface BlocklistView {
  readonly listId: string;
  readonly name: Untrusted;
  /** The address, or the path of the file. */
  readonly source: Untrusted;
  readonly enabled: boolean;
  /** `waiting`: nothing of it is in force yet. */
  readonly state: 'waiting' | 'updating' | 'ready';
  readonly names: number;
  readonly ranges: number;
  /** When its content changed last, and when that was looked at last; null: never. */
  readonly updatedAt: number | null;
  readonly checkedAt: number | null;
  readonly failure: ListFailure | null;
  /** The first lines that were left out, and how many there are in all. */
  readonly problems: readonly ListProblem[];
  readonly problemCount: number;
}

/** Why a connection is on a list. */
export interface ListHit {
  readonly listId: string;
  readonly listName: Untrusted;
  readonly entry: Untrusted;
  /** Line of the entry in the list's file, from 1. */
  readonly line: number;
}

/** What can be wrong with the file of the rules. */
export type StoreProblem =
  | 'corrupt'
  /** Written by a newer Portreeve. */
  | 'newer'
  /** Another program's. */
  | 'foreign'
  | 'not-writable'
  | 'full'
  /** Another Portreeve, or another program, is using it. */
  | 'busy'
  /** It is gone, but there are backups of it. */
  | 'missing'
  | 'failed';

export interface BackupView {
  readonly backupId: string;
  readonly madeAt: number;
  /** Rules in it. */
  readonly rules: number;
}

/** While the rules cannot be used, nothing is asked about and nothing is overwritten. */
export type StoreState =
  | { readonly kind: 'ok' }
  | {
      readonly kind: 'failed';
      readonly problem: StoreProblem;
      /** Those that can be restored, the newest first. */
      readonly backups: readonly BackupView[];
    };

/** What the manager shows about the whole. */
export interface ManagerState {
  readonly driver: DriverState;
  readonly store: StoreState;
  readonly held: number;
  readonly cards: number;
  readonly mode: ModeView;
  /** What the driver decides alone; null where it takes no rules. */
  readonly kernel: KernelView | null;
  readonly ruleVersion: number;
  /** Grows with every line of the journal. */
  readonly journalVersion: number;
  readonly away: readonly AwayView[];
  /** Records that were dropped because too many came while nobody was there. */
  readonly awayLost: number;
  readonly blocklists: readonly BlocklistView[];
  readonly noClient: NoClientView;
  /** Present where somebody may only look. */
  readonly onlooker?: OnlookerView;
  /** Portreeve runs as a service, and goes on when this window and its tray are closed. */
  readonly isService?: true;
  /** Absent where nobody has said; then there are none. */
  readonly updates?: UpdatesView;
  /** The last of this run; absent where there was none. */
  readonly selfTest?: SelfTestView;
  /** Absent: as the system. */
  readonly appearance?: Appearance;
  /** "Managed by your organisation"; absent where nobody manages anything. */
  readonly managed?: ManagedView;
}

/** What new connections get while Portreeve does not run, and who has chosen it. */
export interface NoClientView {
  readonly verdict: Verdict;
  readonly by: 'policy' | 'you' | 'installer' | 'nobody';
}

/** What an administrator has locked by policy: calls that would change it are refused. */
export type ManagedLock = 'mode' | 'rules' | 'pauses' | 'blocklists';

/** What an administrator sets by policy (docs/policy.md). */
export interface ManagedView {
  readonly locked: readonly ManagedLock[];
  /** The file whose rules are in force; null for none. */
  readonly rulesFile: string | null;
  /** What of the policy, or of its file of rules, could not be used: whole sentences, with the line where there is one. */
  readonly problems: readonly string[];
}

/** The rules that the driver decides by without asking. */
export interface KernelView {
  /** Null while it has none. */
  readonly version: number | null;
  /** Why it did not take the newest, as part of a sentence; null when it did. It keeps the ones before. */
  readonly problem: string | null;
}

export type ErrorCode =
  | 'refused' // wrong role, origin or shape
  | 'stale' // the card has changed since it was shown
  | 'not-found'
  | 'bad-subject' // what somebody wrote names no program
  | 'bad-place'
  | 'bad-ports'
  | 'driver-lost'
  | 'managed' // an administrator has set it
  | 'store-failed'
  | 'journal-failed'
  | 'not-written' // a file, at the place that its user chose
  | 'internal';

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };
