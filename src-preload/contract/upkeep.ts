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

export interface SettingsView {
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
