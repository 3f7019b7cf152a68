/**
 * Connections that were decided, so that people see what happened, and a draft of a rule can be tried on it. Written in
 * batches; a flood of one kind is one line. A journal must not stop a firewall: what cannot be written is dropped.
 */
import type {
  JournalPage,
  JournalPicture,
  JournalQuery,
} from '../../../src-preload/contract/rules.ts';
import { JOURNAL_MS, MAX_JOURNAL, MAX_JOURNAL_BATCH, MAX_REHEARSED } from '../limits.ts';
import { subjectText } from '../policy/rule.ts';
import type { Clock, Connection, Log, Subject, Timer } from '../ports.ts';
import type { Store, StoreResult } from '../store/store.ts';
import { JournalFile, putJournalAside, removeJournal } from './journal-file.ts';
import type { JournalLine, SavedLine } from './journal-line.ts';
import { viewOfLine } from './journal-view.ts';
import type { FoundPage, FoundPicture, Question } from './journal-search.ts';

/** Searches the file; may take its time, and does so elsewhere. */
export interface JournalSearcher {
  page(question: Question, limit: number, before?: number): Promise<StoreResult<FoundPage>>;
  /** Null when a later question has come between. */
  picture(question: Question): Promise<StoreResult<FoundPicture | null>>;
  /** What is still asked fails. Resolves when nobody has the file open any more. */
  stop(): Promise<void>;
}

export interface JournalPorts {
  /** Had the journal before it got a file of its own. */
  readonly store: Store;
  readonly journal: {
    readonly file: string;
    readonly search: (file: string) => JournalSearcher;
  };
  readonly clock: Clock;
  readonly log: Log;
}

export type Outcome = Pick<JournalLine, 'verdict' | 'by' | 'ruleId' | 'answeredBy'>;

/** Files that nothing can be done with. Their names are taken from them. */
const useless: ReadonlySet<string> = new Set(['corrupt', 'foreign', 'newer']);

/** For people, where a store would speak of rules. */
export const journalFailed =
  'The journal could not be used; your rules are not affected. Make sure that the disk has free space, then try again.';

export class Journal {
  readonly #ports: JournalPorts;
  readonly #searcher: JournalSearcher;
  /** Not on the disk yet, by what makes them one line. */
  readonly #fresh = new Map<string, JournalLine>();
  #file: JournalFile | null = null;
  #timer: Timer | null = null;
  #version = 1;

  constructor(ports: JournalPorts) {
    this.#ports = ports;
    this.#searcher = ports.journal.search(ports.journal.file);
  }

  /** Grows with every line. */
  get version(): number {
    return this.#version;
  }

  /** Takes over the lines of a store from before. */
  load(): void {
    const old = this.#ports.store.loadOldJournal();
    if (!old.ok) return this.#ports.log.warn(old.error.message);
    if (old.value.length === 0) return;
    const taken = this.#use((file) => {
      const total = file.total();
      // Not a second time, if the last start ended between the two steps.
      if (!total.ok || total.value > 0) return total;
      return file.add(old.value, MAX_JOURNAL);
    });
    const dropped = taken.ok ? this.#ports.store.dropOldJournal() : taken;
    if (!dropped.ok) this.#ports.log.warn(dropped.error.message);
  }

  add(subject: Subject, connection: Connection, outcome: Outcome): void {
    const { path, process, target } = connection;
    const at = this.#ports.clock.now();
    const line = { ...outcome, subject, path, process, target, at, count: 1 };
    const key = keyOf(line);
    const known = this.#fresh.get(key);
    if (known === undefined && this.#fresh.size >= MAX_JOURNAL_BATCH) return;
    this.#version += 1;
    this.#fresh.set(key, { ...line, count: (known?.count ?? 0) + 1 });
    this.#timer ??= this.#ports.clock.after(JOURNAL_MS, () => this.save());
  }

  /** What is asked for without a search is read at once: the tray does so often. */
  async page({ limit, text = '', before }: JournalQuery): Promise<StoreResult<JournalPage>> {
    this.save();
    const end = before === undefined ? undefined : Number(before);
    const found =
      text.trim() === ''
        ? this.#use((file) => newest(file, limit, end))
        : await this.#search((searcher) => searcher.page(this.#question(text), limit, end));
    if (!found.ok) return found;
    const { lines, total } = found.value;
    return { ok: true, value: { lines: lines.map(viewOfLine), total, version: this.#version } };
  }

  /** Of all that a search finds. */
  async picture(text: string): Promise<StoreResult<JournalPicture>> {
    this.save();
    const found = await this.#search((searcher) => searcher.picture(this.#question(text)));
    return found.ok ? { ok: true, value: found.value ?? { total: null, times: null } } : found;
  }

  /** The program of a line; null where the line is gone. */
  subjectOf(lineId: number): StoreResult<Subject | null> {
    this.save();
    const line = this.#use((file) => file.line(lineId));
    return line.ok ? { ok: true, value: line.value?.subject ?? null } : line;
  }

  /** What was connected to what, each once with all its connections; the last seen first. */
  tallies(): StoreResult<readonly SavedLine[]> {
    this.save();
    return this.#use((file) => file.tallies(MAX_REHEARSED));
  }

  /** Forgets everything. */
  async clear(): Promise<StoreResult<null>> {
    this.#version += 1;
    await this.#searcher.stop();
    this.#fresh.clear();
    this.#closeFile();
    return removeJournal(this.#ports.journal.file);
  }

  stop(): void {
    this.save();
    void this.#searcher.stop();
    this.#closeFile();
  }

  /** Writes what is not on the disk yet. */
  save(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#fresh.size === 0) return;
    const lines = [...this.#fresh.values()];
    this.#fresh.clear();
    const saved = this.#use((file) => file.add(lines, MAX_JOURNAL));
    if (!saved.ok) this.#ports.log.warn(`The journal could not be written: ${saved.error.code}.`);
  }

  #question(text: string): Question {
    return { text, now: this.#ports.clock.now() };
  }

  /**
   * A journal that cannot be used is put aside once, and a new one begun. Windows lets nobody rename what a search has open:
   * then that comes with the next call.
   */
  #use<T>(work: (file: JournalFile) => StoreResult<T>): StoreResult<T> {
    const first = this.#try(work);
    if (first.ok || !this.#putAside(first.error.code)) return first;
    return this.#try(work);
  }

  #try<T>(work: (file: JournalFile) => StoreResult<T>): StoreResult<T> {
    if (this.#file !== null) return work(this.#file);
    const opened = JournalFile.open(this.#ports.journal.file);
    if (!opened.ok) return opened;
    this.#file = opened.value;
    return work(opened.value);
  }

  /** The file is there before it is searched, and is the one that is written. */
  async #search<T>(
    work: (searcher: JournalSearcher) => Promise<StoreResult<T>>,
  ): Promise<StoreResult<T>> {
    const there = this.#use((file) => file.total());
    if (!there.ok) return there;
    const first = await work(this.#searcher);
    if (first.ok || !useless.has(first.error.code)) return first;
    await this.#searcher.stop();
    if (!this.#putAside(first.error.code)) return first;
    const anew = this.#use((file) => file.total());
    return anew.ok ? work(this.#searcher) : anew;
  }

  #closeFile(): void {
    this.#file?.close();
    this.#file = null;
  }

  #putAside(code: string): boolean {
    if (!useless.has(code)) return false;
    void this.#searcher.stop();
    this.#closeFile();
    const kept = putJournalAside(this.#ports.journal.file, this.#ports.clock.now());
    const told = kept.ok
      ? `so a new one was begun. It was kept as ${kept.value}.`
      : 'and could not be put aside.';
    this.#ports.log.warn(`The journal could not be read, ${told}`);
    return kept.ok;
  }
}

function newest(file: JournalFile, limit: number, before?: number): StoreResult<FoundPage> {
  const lines = file.newest(limit, before);
  const total = lines.ok ? file.total() : lines;
  if (!lines.ok) return lines;
  if (!total.ok) return total;
  return { ok: true, value: { lines: lines.value, total: total.value } };
}

function keyOf(line: JournalLine): string {
  const { subject, path, target, verdict, by, ruleId, answeredBy = '' } = line;
  const { direction, protocol, port, address, hostName } = target;
  const where = [
    direction,
    protocol,
    port,
    address,
    hostName,
    verdict,
    by,
    ruleId,
    JSON.stringify(answeredBy),
  ];
  return [...where, path, subjectText(subject)].join(' ');
}
