/** What there is to tell before, or without, an engine. */
import type { DriverState, ManagerState, PromptState } from './model.ts';

export function noPrompt(driver: DriverState): PromptState {
  return { driver, cards: [], undo: null };
}

export function noManager(driver: DriverState): ManagerState {
  return {
    driver,
    store: { kind: 'ok' },
    held: 0,
    cards: 0,
    mode: { mode: 'ask', until: null, pauses: [] },
    kernel: null,
    ruleVersion: 0,
    journalVersion: 0,
    away: [],
    awayLost: 0,
    blocklists: [],
    noClient: { verdict: 'block', by: 'nobody' },
  };
}
