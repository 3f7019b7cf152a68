/** One line of "while you were away": connections of one subject to one target that ended the same way. */
import type { AwayView, Verdict } from '../../../src-preload/contract/model.ts';
import type { Subject, Target } from '../ports.ts';

export interface AwayRecord {
  readonly awayId: number;
  readonly subject: Subject;
  readonly canBeRemembered: boolean;
  readonly target: Target;
  readonly verdict: Verdict;
  readonly reason: AwayView['reason'];
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}
