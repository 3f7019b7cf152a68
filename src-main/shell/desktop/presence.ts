/**
 * Whether a question may come up now. It may not while nobody could see it (the session is locked, or another user's is at
 * the screen), nor over a game, a film or a talk. What is held meanwhile is settled by the driver's own time, listed in the
 * inbox, and the card comes up when the reason is over.
 */

/** What SHQueryUserNotificationState says (shellapi.h), in the words of this product. */
export type ScreenUse = 'free' | 'full-screen' | 'nobody';

/** QUERY_USER_NOTIFICATION_STATE; quiet hours (6) and a full-screen store app (7) are left to Windows' own notices. */
const uses = new Map<number, ScreenUse>([
  [1, 'nobody'],
  [2, 'full-screen'],
  [3, 'full-screen'],
  [4, 'full-screen'],
]);

/** The use of the screen; a value that nobody knows, or none, is a free one: a question too many is better than none. */
export function screenUse(notificationState: number | null): ScreenUse {
  return uses.get(notificationState ?? 0) ?? 'free';
}

export interface Presence {
  readonly locked: boolean;
  readonly suspended: boolean;
  /** Whether the session that Portreeve runs in is the one that somebody looks at. */
  readonly sessionActive: boolean;
  readonly screen: ScreenUse;
}

export const present: Presence = {
  locked: false,
  suspended: false,
  sessionActive: true,
  screen: 'free',
};

export type Hindrance = 'away' | 'full-screen' | null;

/** Why no question may come up; null when one may. */
export function hindrance(presence: Presence): Hindrance {
  const { locked, suspended, sessionActive, screen } = presence;
  if (locked || suspended || !sessionActive || screen === 'nobody') return 'away';
  return screen === 'full-screen' ? 'full-screen' : null;
}
