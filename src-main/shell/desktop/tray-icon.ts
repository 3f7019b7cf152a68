/** Which picture the tray shows, and the line beside it: what happens to a program that connects now. */
import type { ManagerState } from '../../../src-preload/contract/model.ts';
import type { Words } from './words.ts';

/** From one more on, the dot says "9+". */
export const maxCount = 9;
/** Lengths of the bar of a pause. */
export const pauseSteps = 6;
/** Minutes that a pause can be asked for in the tray. */
export const pauseMinutes = [5, 15, 60] as const;

export type TrayIconName =
  | 'asking'
  | 'learning'
  | 'blocking'
  | 'lockdown'
  | 'lost'
  | `waiting-${string}`
  | `paused-${number}`;

export interface TrayIcon {
  readonly name: TrayIconName;
  readonly tooltip: string;
  /** When picture or line change by themselves, ms since 1970; null for never. */
  readonly until: number | null;
}

export type TrayView = Pick<ManagerState, 'driver' | 'mode' | 'cards'>;

const modeIcons = {
  ask: 'asking',
  learn: 'learning',
  block: 'blocking',
  lockdown: 'lockdown',
} as const;
const minuteMs = 60_000;

/** The worst news first: nobody holds connections, nothing passes, somebody waits, everything passes; then the mode. */
export function trayIcon({ driver, mode, cards }: TrayView, now: number, words: Words): TrayIcon {
  const still = (name: TrayIconName, line: string): TrayIcon => ({
    name,
    tooltip: words.tooltip(line),
    until: null,
  });
  if (driver.kind !== 'connected') return still('lost', words.lost);
  if (mode.mode === 'lockdown') return still('lockdown', words.modes.lockdown);
  if (cards > 0) return still(`waiting-${countText(cards)}`, words.waiting(cards));
  const pause = mode.pauses.find(({ subject }) => subject === null);
  if (pause !== undefined && pause.until > now) return pauseIcon(pause.until, now, words);
  return still(modeIcons[mode.mode], words.modes[mode.mode]);
}

/** As the dot shows it. */
export function countText(count: number): string {
  return count > maxCount ? `${maxCount}+` : String(count);
}

/** Whole minutes, rounded up. */
export function minutesLeft(until: number, now: number): number {
  return Math.max(0, Math.ceil((until - now) / minuteMs));
}

/**
 * The bar is as long as what is left of the shortest usual pause that this one can be, rounded up, so that one that runs
 * always shows some. It is drawn again when it gets shorter or a minute is over.
 */
function pauseIcon(until: number, now: number, words: Words): TrayIcon {
  const left = until - now;
  const usual = pauseMinutes.map((minutes) => minutes * minuteMs).find((length) => length >= left);
  const length = usual ?? left;
  const step = Math.ceil((left / length) * pauseSteps);
  const minutes = minutesLeft(until, now);
  const shorter = until - (length * (step - 1)) / pauseSteps;
  const nextMinute = until - (minutes - 1) * minuteMs;
  return {
    name: `paused-${step}`,
    tooltip: words.tooltipPaused(minutes),
    until: Math.min(shorter, nextMinute),
  };
}
