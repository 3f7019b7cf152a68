/**
 * What the user has chosen for the whole, beside rules and mode, and what comes of it with policy and installer; and what of
 * the installer's was done.
 */
import { z } from 'zod';

import type { NoClientView, Verdict } from '../../src-preload/contract/model.ts';
import type { InstalledSettings, ManagedSettings } from './managed/settings.ts';
import { verdicts } from './managed/settings.ts';
import type { Store, StoreResult } from './store/store.ts';

const schema = z.object({
  noClient: z.enum(verdicts).nullable().catch(null),
  /** The installer's remote sessions for which rules were made: what somebody has removed does not come back. */
  remoteSessions: z.array(z.string()).catch([]),
});
type Values = z.infer<typeof schema>;

const nothing: Values = { noClient: null, remoteSessions: [] };

export class Choices {
  readonly #store: Pick<Store, 'loadChoices' | 'saveChoices'>;
  #values = nothing;

  constructor(store: Pick<Store, 'loadChoices' | 'saveChoices'>) {
    this.#store = store;
  }

  /** Null where the user has chosen nothing. */
  get noClient(): Verdict | null {
    return this.#values.noClient;
  }

  get remoteSessions(): readonly string[] {
    return this.#values.remoteSessions;
  }

  /** What cannot be understood was chosen by nobody. */
  load(): StoreResult<null> {
    const loaded = this.#store.loadChoices();
    if (!loaded.ok) return loaded;
    this.#values = schema.safeParse(loaded.value).data ?? nothing;
    return { ok: true, value: null };
  }

  set(change: Partial<Values>): StoreResult<null> {
    const next = { ...this.#values, ...change };
    const saved = this.#store.saveChoices(next);
    if (saved.ok) this.#values = next;
    return saved;
  }
}

/** The first of policy, user and installer that says something; nobody's choice is to block (docs/adr/0004). */
export function noClientOf(
  managed: Pick<ManagedSettings, 'noClient'>,
  choices: Pick<Choices, 'noClient'>,
  installed: Pick<InstalledSettings, 'noClient'>,
): NoClientView {
  const said = [
    { by: 'policy', verdict: managed.noClient },
    { by: 'you', verdict: choices.noClient },
    { by: 'installer', verdict: installed.noClient },
  ] as const;
  for (const { by, verdict } of said) if (verdict !== null) return { by, verdict };
  return { by: 'nobody', verdict: 'block' };
}
