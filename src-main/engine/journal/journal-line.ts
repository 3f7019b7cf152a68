/** One line of the journal: connections of one subject to one target that ended in the same way, counted. */
import type { Verdict } from '../../../src-preload/contract/model.ts';
import type { ProcessKey, Subject, Target } from '../ports.ts';

export interface JournalLine {
  readonly subject: Subject;
  /** Of the program, as the kernel gave it. */
  readonly path: string;
  readonly process: ProcessKey;
  readonly target: Target;
  readonly verdict: Verdict;
  readonly by: 'rule' | 'answer' | 'mode' | 'driver';
  /** The rule that decided; null where none did. It may be gone since. */
  readonly ruleId: number | null;
  /** The account of the standard user whose answer it was; absent where an administrator, or nobody, answered. */
  readonly answeredBy?: string;
  /** The last of them, ms since 1970. */
  readonly at: number;
  readonly count: number;
}

/** A line that is on the disk. */
export interface SavedLine extends JournalLine {
  /** The greater of two is the newer line. */
  readonly lineId: number;
}
