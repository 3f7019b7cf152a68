/** What the engine bounds by itself, whatever the driver says. */

/** A question waits this long, then the driver settles it (docs/adr/0004-block-while-nobody-is-there.md). */
export const HOLD_MS = 60_000;
/** No connection is held longer, however often its card is touched: the driver's PR_MAX_HOLD_MS. */
export const MAX_HOLD_MS = 3_600_000;
/** Connections held at once; the driver has the same limit. */
export const MAX_HELD = 4096;
/** Cards that a page gets; the others wait in line. */
export const MAX_CARDS_SHOWN = 64;
/** An answer and a removal can be taken back this long. */
export const UNDO_MS = 30_000;
/** Removals that can be taken back at once. */
export const MAX_UNDOS = 16;
/** A card that is being dealt with tells the driver so at most this often. */
export const TOUCH_MS = 1000;
/** Rules of one subject with one and the same place: bounds the work of a decision. */
export const MAX_RULES_OF_PLACE = 256;
/** The journal is written this long after the first new line, at most so many at a time, and keeps so many. */
export const JOURNAL_MS = 2000;
export const MAX_JOURNAL_BATCH = 1000;
export const MAX_JOURNAL = 5_000_000;
/** A draft is tried on so many kinds of connections, those that were seen last. */
export const MAX_REHEARSED = 20_000;
/** Rules that learning makes in one run; beyond, programs are allowed without one. */
export const MAX_LEARNED = 1000;
/** A change of the rules is told to the kernel this long after the first of several. */
export const TABLE_MS = 20;
/** What the kernel has counted is asked for this often. */
export const HITS_MS = 60_000;
/** Processes that the kernel is told about. */
export const MAX_KNOWN = 4096;
/** setTimeout takes no more than 2 ** 31 - 1 ms. */
export const MAX_TIMER_MS = 2_000_000_000;
/** Names of one address that are kept. */
export const MAX_NAMES_OF_ADDRESS = 32;
/** A question waits so long for who asks, where a rule may yet decide it (docs/adr/0041). */
export const PATIENCE_MS = 250;
/** An administrator's settings and rules are looked at again this often. */
export const MANAGED_MS = 120_000;
/** Counts of use are written this long after the first of them. */
export const USE_MS = 5000;
