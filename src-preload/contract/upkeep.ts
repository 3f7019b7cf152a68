/** What Portreeve says about itself: how it starts, updates. Pure types, as in model.ts. */

/** Whether Portreeve starts when an administrator signs in. */
export type AutostartView =
  | { readonly kind: 'on' | 'off' }
  /** There is no task, or one that starts something else: switching it on makes it anew. */
  | { readonly kind: 'missing' | 'other' }
  /** Windows could not be asked, or did not do it; `detail` is what its tool said. */
  | { readonly kind: 'unknown'; readonly detail: string }
  /** Nothing is installed here that could start by itself. */
  | { readonly kind: 'not-installed' };

export interface SettingsView {
  readonly autostart: AutostartView;
}
