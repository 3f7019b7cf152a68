/**
 * Connections that were decided: the newest of them, so that a draft of a rule can be tried on what has really happened.
 * Written in batches; a flood of one kind is one line.
 */
import { JOURNAL_MS, MAX_JOURNAL, MAX_JOURNAL_BATCH, READING_MS } from '../limits.ts';
import { processText, subjectText } from '../policy/rule.ts';
import type { Clock, Connection, Log, Subject, Timer } from '../ports.ts';
import type { Store, StoreResult } from '../store/store.ts';
import type { JournalLine, SavedLine } from './journal-line.ts';

export interface JournalPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

export type Outcome = Pick<JournalLine, 'verdict' | 'by' | 'ruleId'>;

export class Journal {
  readonly #ports: JournalPorts;
  /** Not on the disk yet, by what makes them one line. */
  readonly #fresh = new Map<string, JournalLine>();
  #timer: Timer | null = null;
  /** What was read last, while somebody is reading: search and rehearsal ask many times for the same. */
  #read: SavedLine[] | null = null;
  #forgetTimer: Timer | null = null;
  #version = 1;

  constructor(ports: JournalPorts) {
    this.#ports = ports;
  }

  /** Grows with every line. */
  get version(): number {
    return this.#version;
  }

  add(subject: Subject, connection: Connection, outcome: Outcome): void {
    const { path, process, target } = connection;
    const line = {
      ...outcome,
      subject,
      path,
      process,
      target,
      at: this.#ports.clock.now(),
      count: 1,
    };
    const key = keyOf(line);
    const known = this.#fresh.get(key);
    if (known === undefined && this.#fresh.size >= MAX_JOURNAL_BATCH) return;
    this.#version += 1;
    this.#fresh.set(key, { ...line, count: (known?.count ?? 0) + 1 });
    this.#timer ??= this.#ports.clock.after(JOURNAL_MS, () => this.save());
  }

  /** Newest first. */
  lines(): StoreResult<readonly SavedLine[]> {
    this.save();
    this.#forgetTimer?.cancel();
    this.#forgetTimer = this.#ports.clock.after(READING_MS, () => {
      this.#read = null;
    });
    if (this.#read !== null) return { ok: true, value: this.#read };
    const loaded = this.#ports.store.loadJournal(MAX_JOURNAL);
    if (loaded.ok) this.#read = loaded.value;
    return loaded;
  }

  stop(): void {
    this.#forgetTimer?.cancel();
    this.save();
  }

  /** Writes what is not on the disk yet. What cannot be written is dropped: a journal must not stop a firewall. */
  save(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#fresh.size === 0) return;
    const saved = this.#ports.store.addToJournal([...this.#fresh.values()], MAX_JOURNAL);
    if (!saved.ok) this.#ports.log.warn(saved.error.message);
    this.#fresh.clear();
    this.#read = null;
  }
}

function keyOf({ subject, path, process, target, verdict, by, ruleId }: JournalLine): string {
  const { direction, protocol, port, address, hostName } = target;
  const where = [direction, protocol, port, address, hostName, verdict, by, ruleId];
  return [...where, processText(process), path, subjectText(subject)].join(' ');
}
