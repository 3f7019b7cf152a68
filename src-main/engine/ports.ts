/**
 * The engine's only ways out. Everything that is Windows, Linux, Electron, a socket or a clock is behind one of these,
 * so that the engine runs and is tested anywhere.
 */
import type { PlainPolicy } from './policy/compile/plain.ts';
import type {
  ListFailure,
  LostCause,
  SubjectKind,
  Verdict,
} from '../../src-preload/contract/model.ts';
import type { Compiled } from './blocklists/compile.ts';
import type { Validators } from './blocklists/subscription.ts';
import type { ManagedValues } from './managed/settings.ts';

/** Names one process for ever: an id alone is used again. */
export interface ProcessKey {
  readonly id: bigint;
  /** 100 ns units since 1601-01-01 UTC, as the kernel has it. */
  readonly created: bigint;
}

export interface Target {
  /** Canonical text (RFC 5952 for IPv6, with `%scope` for link-local): equal text means equal address. */
  readonly address: string;
  /** The one name that is known for the address, as in HostNames; null where there is none, or more than one. */
  readonly hostName: string | null;
  /** All that is known of its names; absent where that is `hostName` alone. */
  readonly names?: HostNames;
  /** Of the other side, host order; 0 where the protocol has no ports. */
  readonly port: number;
  /** IANA protocol number. */
  readonly protocol: number;
  readonly direction: 'outbound' | 'inbound';
  readonly loopback: boolean;
}

export interface Connection {
  readonly process: ProcessKey;
  /** As the kernel gave it; may hold lone surrogates, which are kept, so that different paths stay different. */
  readonly path: string;
  readonly pathCut: boolean;
  readonly target: Target;
  /** Of this computer, as `Target.address`; absent where nobody said. */
  readonly localAddress?: string;
  /** The network that it goes through; absent while that is not known. */
  readonly network?: Network;
  /** When it was classified, ms since 1970. */
  readonly time: number;
  /** Inbound: the socket that accepts, when the driver saw it begin to listen. */
  readonly listener?: Listener;
  /** Tag of the service, in its process, that connects or listens; absent when it is none, or not known. */
  readonly serviceTag?: bigint;
}

export interface Listener {
  /** Ms since 1970. */
  readonly since: number;
  /** It is bound to every address of the computer. */
  readonly everywhere: boolean;
}

export type Reason =
  | 'answered'
  | 'watchdog'
  | 'client-lost'
  | 'no-client'
  | 'full'
  | 'endpoint-closed'
  | 'process-exited'
  | 'unload'
  | 'pend-failed'
  | 'no-memory'
  | 'power'
  | 'none';

export type DriverEvent =
  | {
      readonly kind: 'held';
      /** Never used twice in a session. */
      readonly id: bigint;
      readonly connection: Connection;
      /** When the driver settles it by itself, ms since 1970. */
      readonly deadline: number;
    }
  | {
      readonly kind: 'settled';
      readonly id: bigint;
      readonly verdict: Verdict;
      readonly reason: Reason;
      readonly time: number;
    }
  | {
      readonly kind: 'decided';
      readonly connection: Connection;
      readonly verdict: Verdict;
      readonly reason: Reason;
    };

/** Whole sentences; `cause` lets a page say the same in its own language. */
export interface DriverFailure {
  readonly reason: string;
  readonly remedy: string;
  readonly cause?: LostCause;
}

export interface DriverListener {
  /** A new session. Every hold of an earlier one is gone. */
  connected(description: string): void;
  lost(failure: DriverFailure): void;
  /** In the driver's order. `decidedLost`: records that the driver had to drop since the last call. */
  events(events: readonly DriverEvent[], decidedLost: number): void;
}

/** `keep`: go on holding, for a whole hold time from now. */
export type HoldAnswer = Verdict | 'keep';

export interface DriverPort {
  /** Connects, and again after every loss, until `stop`. Never throws; what goes wrong is told to the listener. */
  start(listener: DriverListener): void;
  stop(): Promise<void>;
  /** What new connections get while Portreeve does not run: told to the driver now, and with each new session. */
  setNoClient(verdict: Verdict): void;
  /**
   * Answers holds of the present session. All calls of one tick leave in one batch. Resolves with how many the driver
   * took: the others had been settled already, or the driver is gone.
   */
  answer(ids: readonly bigint[], verdict: HoldAnswer): Promise<number>;
  /**
   * Puts a table of `compile` in force, whole or not at all; the one before stays when it fails. It is sent again with
   * each new session until another is set, and nobody changes its bytes meanwhile.
   */
  setTable(bytes: Uint8Array, version: number): Promise<TableOutcome>;
  /**
   * Says which subjects of the table these processes are. Resolves with how many of them the driver took: others have
   * exited. Sent again with each new session.
   */
  mapProcesses(mappings: readonly ProcessMapping[]): Promise<number>;
  /** What the driver has decided by rules since the last call, one entry for each rule that was hit. */
  ruleHits(): Promise<readonly RuleHits[]>;
}

export type TableOutcome =
  | { readonly ok: true }
  /** Part of a sentence, such as "it was damaged on its way"; null: the session has ended, the next one gets the table. */
  | { readonly ok: false; readonly problem: string | null };

export interface ProcessMapping {
  readonly process: ProcessKey;
  /** Null: back to what its path says. */
  readonly subjectId: number | null;
}

export interface RuleHits {
  readonly ruleId: number;
  readonly hits: number;
}

/** The driver's side of the rules: what it decides without asking. */
export interface KernelPort {
  /** Puts these rules in force, whole or not at all; the ones before stay when it fails. */
  setTable(policy: PlainPolicy): Promise<TableOutcome>;
  /** Says which subjects of the rules these processes are; null takes one out. Resolves with how many were taken. */
  mapProcesses(mappings: readonly ProcessMapping[]): Promise<number>;
  /** What was decided by rules since the last call, one entry for each rule that was hit. */
  ruleHits(): Promise<readonly RuleHits[]>;
}

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** ms since 1970. */
  now(): number;
  after(ms: number, run: () => void): Timer;
}

/** What rules are made about. Two are one subject exactly when kind and key are equal. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly key: string;
  /** For people: the file name, and the whole path. */
  readonly name: string;
  readonly path: string;
}

/** Everything that rules look at in the program behind a connection. */
export interface Caller {
  /** What a question is about and its answer is remembered for. */
  readonly subject: Subject;
  /** All that it is. Only patterns that it could be remembered by are among them; rules find others by its path. */
  readonly subjects: readonly Subject[];
  /** What started it, the nearest first. */
  readonly ancestors: readonly Ancestor[];
  /** False when something that was wanted could not be found out: then no rule decides, and the user is asked. */
  readonly complete: boolean;
}

export interface Ancestor {
  readonly process: ProcessKey;
  readonly subjects: readonly Subject[];
}

/** A network that this computer is in. */
export interface Network {
  readonly profile: 'public' | 'private' | 'domain';
  readonly id: string;
}

export interface ProcessFacts {
  readonly commandLine: string | null;
  readonly startedBy: string | null;
  readonly user: string | null;
  /** Those that share the process, where it hosts services. */
  readonly services?: readonly string[];
  /** How far Windows trusts the process. */
  readonly integrity?: 'untrusted' | 'low' | 'medium' | 'high' | 'system' | null;
}

/** What rules want to know of a caller besides its path; finding it out costs time, so only what is wanted is looked up. */
export interface WantedFacts {
  readonly hash: boolean;
  readonly ancestors: boolean;
}

export interface IdentityPort {
  /** The subject of the path alone, as the driver or as people write it; its key is as the kernel has it. */
  subjectOf(path: string): Subject;
  /** Text that is equal for two names exactly when this system takes them for one: of services, packages and scripts. */
  folded(name: string): string;
  /** At once where the path says it all; otherwise it may take its time. What cannot be found out is left out. */
  callerOf(process: ProcessKey, path: string, wanted: WantedFacts): Caller | Promise<Caller>;
  /** May take its time; the card does not wait. What cannot be found out is null. */
  processFacts(process: ProcessKey): Promise<ProcessFacts>;
  /** Whether exactly this process still runs. True when that cannot be told. */
  isAlive(process: ProcessKey): Promise<boolean>;
  /** Another text after each start of the host. */
  bootId(): string;
  /** Another text after each sign-in of the user that Portreeve runs for. */
  signInId(): string;
  /** Calls when that sign-in has ended and Portreeve goes on; absent where it ends with it. Returns what ends the calls. */
  onSignOut?(signedOut: () => void): () => void;
  /** Whether there is a file at this path, as far as that can be told; null where it cannot. */
  fileExists(path: string): boolean | null;
  /** Whether one file at this path is many programs: an interpreter, or a host of services. */
  isHost(subject: Subject): boolean;
  /** Programs that run other people's code, and places where anybody may put files: shorter lifetimes are advised. */
  isVolatile(subject: Subject): boolean;
}

/** Names for which this computer got an address: lower case, ASCII, without a last dot. */
export interface HostNames {
  /**
   * One for each name that somebody looked up: the name, and after it those that it is an alias of. At most
   * `MAX_NAMES_OF_ADDRESS`.
   */
  readonly chains: readonly (readonly string[])[];
  /** There are more than these. */
  readonly isMore: boolean;
  readonly origin: 'dns-cache' | 'hosts-file';
  /** When they were there last, ms since 1970. */
  readonly seenAt: number;
  /** False when that is so long ago that the address may be somebody else's by now. */
  readonly isFresh: boolean;
}

/** Host names, as this computer looks them up; which program did is not known (docs/rules.md). */
export interface NamesPort {
  /** What is known now; null for nothing. Never a reverse look-up: its answer belongs to the other side. */
  namesOf(address: string): HostNames | null;
  /** Looks again; resolves soon, when `namesOf` knows what there was at the call. Never uses the network or rejects. */
  refresh(): Promise<void>;
}

export interface NetworksPort {
  /** The network of the interface with this address of this computer; null where that is not known. Never rejects. */
  networkOf(localAddress: string): Promise<Network | null>;
}

/** For people who run the program: one line each, no addresses or paths of programs. */
export interface Log {
  warn(message: string): void;
}

/** Where an administrator's settings are (docs/policy.md). */
export interface ManagedPort {
  /** What is set by policy, now; empty for nothing. */
  values(): ManagedValues;
  /** What the installer was told. */
  installed(): ManagedValues;
  /** The text of the file of rules, bounded in size and time. Never rejects; `problem` is part of a sentence. */
  readFile(
    file: string,
  ): Promise<
    { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string }
  >;
  /** The rules that were in force last; null for none. */
  kept(): string | null;
  /** Keeps them for the next start. Never throws. */
  keep(text: string | null): void;
}

/** A program that makes one connection when it is told to. */
export interface ProbePort {
  /** Its file. */
  readonly program: string;
  /** Where it connects to: nobody else's, and nobody is there. */
  readonly address: string;
  /** `ended` is called once; `wasThere` is false when it could not be started. */
  start(port: number, ended: (wasThere: boolean) => void): { stop(): void };
}

export type ListAnswer =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'content'; readonly bytes: Uint8Array; readonly validators: Validators }
  | { readonly kind: 'failed'; readonly failure: ListFailure };

/** Where blocklists come from. */
export interface ListPorts {
  /** Folder for the files; made when it is needed. */
  readonly folder: string;
  /** The content of an address or a file, bounded in size and time, unless it is the known one. Never rejects. */
  read(source: string, known: Validators): Promise<ListAnswer>;
  /** `compileList` where it holds nobody up. Never rejects. */
  compile(file: Uint8Array): Promise<Compiled>;
}

/** Whose programs they are, where each account is asked about its own (ADR 0079). */
export interface AccountsPort {
  /** The account's name among machines, on Windows its SID; null where that can not be told, or the process is gone. */
  accountOf(process: ProcessKey): string | null;
}
