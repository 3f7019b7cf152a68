/** Calls that an administrator has locked are refused before they do anything, whoever makes them. */
import type { ManagedLock, Result } from '../../../src-preload/contract/model.ts';
import type { EngineHandlers } from '../handlers.ts';
import { refuse } from '../result.ts';

export const lockSentences: Readonly<Record<ManagedLock, string>> = {
  mode: 'Your organisation has set the mode; it can not be changed here.',
  rules: 'Your organisation manages the rules; they can not be changed here.',
  pauses: 'Your organisation has switched pauses off.',
  blocklists: 'Your organisation manages the blocklists; they can not be changed here.',
};
export const onlyForNow =
  'Your organisation manages the rules: a question can be answered for once, or while the program runs.';

/** Which lock each call needs open. */
const locks: Partial<Record<keyof EngineHandlers, ManagedLock>> = {
  setMode: 'mode',
  pause: 'pauses',
  pauseProgram: 'pauses',
  addRule: 'rules',
  editRule: 'rules',
  setRuleEnabled: 'rules',
  removeRules: 'rules',
  restoreRules: 'rules',
  resetFactory: 'rules',
  addBlocklist: 'blocklists',
  setBlocklistEnabled: 'blocklists',
  removeBlocklist: 'blocklists',
};

type AnyHandler = (input: unknown) => Promise<Result<unknown>>;

/** The same handlers behind what is locked at the time of each call. */
export function lockedHandlers(
  handlers: EngineHandlers,
  locked: () => ReadonlySet<ManagedLock>,
): EngineHandlers {
  const guarded = Object.entries(locks).map(([name, lock]) => {
    const handler = handlers[name as keyof EngineHandlers] as AnyHandler;
    const guard: AnyHandler = (input) =>
      locked().has(lock) ? Promise.resolve(refuse('managed', lockSentences[lock])) : handler(input);
    return [name, guard];
  });
  return {
    ...handlers,
    ...(Object.fromEntries(guarded) as Partial<EngineHandlers>),
    answerPrompt: (input) =>
      locked().has('rules') && isLasting(input.lifetime)
        ? Promise.resolve(refuse('managed', onlyForNow))
        : handlers.answerPrompt(input),
    // What a file would change may be looked at.
    importRules: (input) =>
      locked().has('rules') && !input.dryRun
        ? Promise.resolve(refuse('managed', lockSentences.rules))
        : handlers.importRules(input),
  };
}

function isLasting(lifetime: string): boolean {
  return lifetime !== 'once' && lifetime !== 'while-it-runs';
}
