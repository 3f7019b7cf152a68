/** When a toast tells of questions that nobody saw. Windows itself holds toasts back while Focus Assist is on. */
import type { AwayView } from '../../../src-preload/contract/model.ts';
import { visibleText } from '../../../src-preload/contract/visible.ts';
import type { Words } from './words.ts';

export interface Toast {
  readonly title: string;
  readonly text: string;
}

const maxName = 60;
/** One toast a minute: what comes in between is told with the next one. */
const betweenMs = 60_000;
const missedReasons = new Set<AwayView['reason']>(['not-answered', 'too-many', 'hold-failed']);

export class MissedQuestions {
  readonly #words: () => Words;
  readonly #tell: (toast: Toast) => void;
  readonly #known = new Map<string, number>();
  #toldAt = Number.NEGATIVE_INFINITY;

  /** What is in the inbox already is told by nobody again. */
  constructor(
    words: () => Words,
    away: readonly AwayView[],
    tell: (toast: Toast) => void = () => {},
  ) {
    this.#words = words;
    this.#tell = tell;
    this.#remember(away);
  }

  /** Tells what is new in this inbox, if it is time for it. */
  look(away: readonly AwayView[], now: number): void {
    const toast = this.next(away, now);
    if (toast !== null) this.#tell(toast);
  }

  /** The toast for this inbox; null when there is nothing new, or when it is too early for another one. */
  next(away: readonly AwayView[], now: number): Toast | null {
    if (now - this.#toldAt < betweenMs && now >= this.#toldAt) return null;
    const fresh = away.filter((entry) => this.#isNew(entry));
    this.#remember(away);
    if (fresh.length === 0) return null;
    this.#toldAt = now;
    return { title: this.#words().missedTitle, text: this.#text(fresh) };
  }

  #isNew({ awayId, reason, count, verdict }: AwayView): boolean {
    return (
      verdict === 'block' && missedReasons.has(reason) && count > (this.#known.get(awayId) ?? 0)
    );
  }

  #remember(away: readonly AwayView[]): void {
    this.#known.clear();
    for (const { awayId, count } of away) this.#known.set(awayId, count);
  }

  #text(fresh: readonly AwayView[]): string {
    const programs = new Set(fresh.map(({ subject }) => subject.path));
    const [only] = fresh;
    return programs.size === 1 && only !== undefined
      ? this.#words().missedOne(visibleText(only.subject.name, maxName))
      : this.#words().missedMany(programs.size);
  }
}
