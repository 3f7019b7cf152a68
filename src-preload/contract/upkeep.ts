/** What Portreeve says about itself: how it starts, and whether asking works. Pure types, as in model.ts. */
import type { Untrusted, Verdict } from './model.ts';

/** Whether Portreeve starts when an administrator signs in. */
export type AutostartView =
  | { readonly kind: 'on' | 'off' }
  /** There is no task, or one that starts something else: switching it on makes it anew. */
  | { readonly kind: 'missing' | 'other' }
  /** Windows could not be asked, or did not do it; `detail` is what its tool said. */
  | { readonly kind: 'unknown'; readonly detail: string }
  /** Nothing is installed here that could start by itself. */
  | { readonly kind: 'not-installed' };

/** How windows, tray and toasts look and speak; "system" follows Windows. */
export interface Appearance {
  readonly theme: 'system' | 'light' | 'dark';
  readonly language: 'system' | 'en' | 'zh-CN';
}

export type UpdateProblem =
  | 'no-connection'
  | 'too-slow'
  /** Not what a server of updates says. */
  | 'bad-answer'
  /** It wanted to send Portreeve to another host, or away from HTTPS. */
  | 'elsewhere'
  | 'wrong-size'
  | 'wrong-hash'
  | 'disk-full'
  | 'not-written'
  /** Nobody's signature, or somebody else's than that of this very program. */
  | 'other-signer'
  /** Others than administrators could change what lies in its folder. */
  | 'unsafe-folder'
  | 'not-started';

/** What its user can have done about an update. */
export type UpdateStep = 'look' | 'download' | 'install' | 'cancel';

/** Newer versions of Portreeve; `notes` is what is new, as its makers wrote it. */
export type UpdatesView =
  | { readonly kind: 'unavailable'; readonly why: 'development' | 'unsigned' | 'no-feed' }
  /** Nobody is asked anything. */
  | { readonly kind: 'off' }
  /** There is none, or nobody has looked yet. */
  | { readonly kind: 'idle'; readonly lastLook: number | null }
  | { readonly kind: 'looking' }
  | {
      readonly kind: 'found';
      readonly version: string;
      readonly notes: Untrusted;
      readonly bytes: number;
    }
  | {
      readonly kind: 'downloading';
      readonly version: string;
      readonly notes: Untrusted;
      readonly bytes: number;
      readonly done: number;
    }
  | { readonly kind: 'ready'; readonly version: string; readonly notes: Untrusted }
  /** It begins by itself when nothing is held. */
  | { readonly kind: 'waiting'; readonly version: string; readonly held: number }
  /** Windows' installer is being started; Portreeve ends. */
  | { readonly kind: 'starting'; readonly version: string }
  | {
      readonly kind: 'failed';
      readonly during: 'look' | 'download' | 'install';
      readonly problem: UpdateProblem;
    };

/** Whether everything is blocked from the start of Windows until the driver decides. */
export type BootLockdownView =
  | { readonly kind: 'on' | 'off'; readonly wayOut: string }
  /** The installer's program did not do it; `isNoted`: there may be something that blocks. */
  | {
      readonly kind: 'failed';
      readonly isNoted: boolean;
      readonly detail: string;
      readonly wayOut: string;
    }
  | { readonly kind: 'not-installed' };

/** Whether standard users may answer questions about their own programs (ADR 0079). */
export interface AnswerersView {
  readonly wanted: boolean;
  /** Portreeve asks them: it runs as a service since its last start. Where it differs from `wanted`, it has to start anew. */
  readonly inForce: boolean;
  /** The task that starts the service with Windows. */
  readonly task: AutostartView;
}

export interface SettingsView {
  readonly answerers: AnswerersView;
  readonly bootLockdown: BootLockdownView;
  /** Whether standard users may look at mode and rules. */
  readonly onlookers: boolean;
  readonly autostart: AutostartView;
}

/** What a held connection goes through, in this order. */
export type SelfTestStep = 'held' | 'told' | 'painted' | 'answered' | 'released';

export type SelfTestProblem =
  /** Nobody holds connections. */
  | 'driver-lost'
  /** A mode or a pause answers in the user's place. */
  | 'nobody-asked'
  /** The program that connects is not there. */
  | 'no-program'
  /** It connected, or would have, and was not held: a rule answers for it. */
  | 'not-held'
  /** The hold ended by itself. */
  | 'not-answered'
  | 'stopped';

/** A connection that Portreeve has made, to show that asking works and how long it takes. */
export interface SelfTestView {
  readonly state: 'running' | 'done' | 'failed';
  /** The program that connects. */
  readonly program: Untrusted;
  /** Milliseconds from the start of the program to each step that was reached. */
  readonly steps: Readonly<Partial<Record<SelfTestStep, number>>>;
  /** The answer. */
  readonly verdict: Verdict | null;
  readonly problem: SelfTestProblem | null;
}
