/** "While you were away": grouped, counted, bounded, and on the disk as soon as it is known. */
import type { AwayView, Verdict } from '../../../src-preload/contract/model.ts';
import { subjectText } from '../policy/rule.ts';
import type { Connection, Reason, Subject } from '../ports.ts';
import type { Store } from '../store/store.ts';
import { viewOfSubject, viewOfTarget } from '../prompts/card-view.ts';
import type { AwayRecord } from './away-record.ts';

const MAX_RECORDS = 1000;

const reasons = new Map<Missed['reason'], AwayView['reason']>([
  ['no-client', 'nobody-there'],
  ['client-lost', 'client-lost'],
  ['watchdog', 'not-answered'],
  ['full', 'too-many'],
  ['pend-failed', 'hold-failed'],
  ['no-memory', 'hold-failed'],
  ['power', 'sleep'],
  ['unload', 'driver-stopped'],
  ['mode', 'mode'],
]);

export interface Missed {
  readonly subject: Subject;
  readonly connection: Connection;
  readonly verdict: Verdict;
  /** The driver's, or the mode that the user has chosen. */
  readonly reason: Reason | 'mode';
  /** ms since 1970. */
  readonly at: number;
}

export class AwayList {
  readonly #store: Store;
  /** By group, in the order in which the groups began. */
  readonly #records = new Map<string, AwayRecord>();
  readonly #changed = new Map<number, AwayRecord>();
  #nextId: number;
  #lost = 0;
  #dirty = false;

  /** `now` numbers the records, so that a number is not used again by the next run. */
  constructor(store: Store, now: number) {
    this.#store = store;
    this.#nextId = now;
  }

  get lost(): number {
    return this.#lost;
  }

  /** Takes what is on the disk. The sentence that says what went wrong, or null. */
  load(): string | null {
    const saved = this.#store.loadAway();
    if (!saved.ok) return saved.error.message;
    this.#lost = saved.value.lost;
    for (const record of saved.value.records) {
      this.#records.set(groupOf(record), record);
      this.#nextId = Math.max(this.#nextId, record.awayId + 1);
    }
    return null;
  }

  /** Notes a connection that was decided without an answer. Others, such as closed sockets, are nobody's concern. */
  add(missed: Missed): void {
    const reason = reasons.get(missed.reason);
    if (reason === undefined) return;
    this.#dirty = true;
    const fresh = recordOf(missed, reason, this.#nextId);
    const known = this.#records.get(groupOf(fresh));
    if (known !== undefined) this.#put({ ...known, count: known.count + 1, lastAt: missed.at });
    else if (this.#records.size < MAX_RECORDS) this.#begin(fresh);
    else this.#lost += 1;
  }

  /** The driver had no room for so many records. */
  addLost(count: number): void {
    if (count === 0) return;
    this.#lost += count;
    this.#dirty = true;
  }

  /** Puts what `add` noted on the disk. The sentence that says what went wrong, or null. */
  save(): string | null {
    if (!this.#dirty) return null;
    const saved = this.#store.saveAway([...this.#changed.values()], [], this.#lost);
    if (!saved.ok) return saved.error.message;
    this.#changed.clear();
    this.#dirty = false;
    return null;
  }

  /** Removes these, and with the last of them the count of lost ones. */
  clear(awayIds: ReadonlySet<number>): string | null {
    const gone = [...this.#records].filter(([, record]) => awayIds.has(record.awayId));
    const lost = gone.length === this.#records.size ? 0 : this.#lost;
    const ids = gone.map(([, record]) => record.awayId);
    const saved = this.#store.saveAway([], ids, lost);
    if (!saved.ok) return saved.error.message;
    for (const [group] of gone) this.#records.delete(group);
    for (const id of ids) this.#changed.delete(id);
    this.#lost = lost;
    return null;
  }

  /** Newest first. */
  views(): AwayView[] {
    return [...this.#records.values()].toReversed().map(viewOf);
  }

  #begin(record: AwayRecord): void {
    this.#nextId += 1;
    this.#put(record);
  }

  #put(record: AwayRecord): void {
    this.#records.set(groupOf(record), record);
    this.#changed.set(record.awayId, record);
  }
}

function recordOf(missed: Missed, reason: AwayView['reason'], awayId: number): AwayRecord {
  const { subject, connection, verdict, at } = missed;
  return {
    awayId,
    subject,
    canBeRemembered: !connection.pathCut,
    target: connection.target,
    verdict,
    reason,
    count: 1,
    firstAt: at,
    lastAt: at,
  };
}

function groupOf({ subject, target, verdict, reason }: AwayRecord): string {
  const { direction, protocol, port, address } = target;
  return [verdict, reason, direction, protocol, port, address, subjectText(subject)].join(' ');
}

function viewOf(record: AwayRecord): AwayView {
  const { subject, canBeRemembered, target, verdict, reason, count, firstAt, lastAt } = record;
  return {
    awayId: String(record.awayId),
    subject: viewOfSubject(subject, canBeRemembered),
    target: viewOfTarget(target),
    verdict,
    reason,
    count,
    firstAt,
    lastAt,
  };
}
