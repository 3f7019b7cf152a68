import type { Bridge, Role } from '../src-preload/contract/calls.ts';

declare global {
  interface Window {
    /** Made by the preload, or by the browser shell's script. */
    readonly portreeve?: Bridge<'prompt'> | Bridge<'manager'>;
  }
}

/** The bridge of this window. Throws when the page was opened without Portreeve, which is a mistake in the shell. */
export function requireBridge<R extends Role>(role: R): Bridge<R> {
  const bridge = window.portreeve;
  if (bridge?.role !== role) throw new Error(`this page needs the bridge of the ${role} window`);
  return bridge as unknown as Bridge<R>;
}
