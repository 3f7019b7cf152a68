/**
 * Whether an installed Portreeve may run as it was started: elevated, from folders that only administrators can change
 * (docs/adr/0075). What a start without these rights can do instead is decided here too, before anything of it runs.
 */
import type { Weakness } from '../../platform/install-windows.ts';
import type { OwnRights } from '../../platform/windows/tokens.ts';

export interface StartFacts {
  /** Otherwise it is being developed, and nothing of this applies. */
  readonly installed: boolean;
  /** By the task at logon: nobody is there to be asked. */
  readonly atLogon: boolean;
  rights(): OwnRights;
  /** How somebody else could change the program; null when nobody could. */
  program(): Weakness | null;
  /** The same of the folder of rules. Asked with an administrator's rights only: it may make the folder. */
  state(): Weakness | null;
}

export type Admission =
  | { readonly kind: 'run' }
  /** An administrator started it without their rights: it explains, and starts itself again with them. */
  | { readonly kind: 'elevate' }
  /** A standard user, who hears whose rules are in force (docs/adr/0076). */
  | { readonly kind: 'standard' }
  | { readonly kind: 'end' }
  | { readonly kind: 'refuse'; readonly what: 'program' | 'state'; readonly weakness: Weakness };

/** In this order: nobody is asked to give their rights to a program that another could have replaced. */
export function admissionOf(facts: StartFacts): Admission {
  if (!facts.installed) return { kind: 'run' };
  const program = facts.program();
  if (program !== null) return { kind: 'refuse', what: 'program', weakness: program };
  const { elevated, administrator } = facts.rights();
  if (!elevated) return { kind: withoutRights(administrator, facts.atLogon) };
  const state = facts.state();
  return state === null ? { kind: 'run' } : { kind: 'refuse', what: 'state', weakness: state };
}

function withoutRights(administrator: boolean, atLogon: boolean): 'elevate' | 'standard' | 'end' {
  if (atLogon) return 'end';
  return administrator ? 'elevate' : 'standard';
}

/** The same for a command: why it must not touch the rules, in whole sentences; null where it may. */
export function commandRefusal(admission: Admission): string | null {
  if (admission.kind === 'run') return null;
  if (admission.kind !== 'refuse') return 'Open the terminal as administrator, and run this there.';
  const { path } = admission.weakness;
  return admission.what === 'program'
    ? `Others than administrators can change ${path}. Install Portreeve with its installer.`
    : `Others than administrators can read or change ${path}. Repair Portreeve with its installer.`;
}
