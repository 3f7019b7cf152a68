/**
 * Newer versions of Portreeve: looked for once a day after its user has switched that on, downloaded and started when they
 * say so. Only in a signed build that names where they are published; nothing is asked of anybody before that
 * (docs/adr/0077).
 */
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';

import type { Result } from '../../../src-preload/contract/model.ts';
import type {
  UpdateProblem,
  UpdateStep,
  UpdatesView,
} from '../../../src-preload/contract/upkeep.ts';
import { tryRemove } from '../../engine/durable-file.ts';
import type { Clock, Log, Timer } from '../../engine/ports.ts';
import { done, refuse } from '../../engine/result.ts';
import { fetchPackage, isWhole } from './download.ts';
import { type Feed, type Patience, UpdateError } from './feed.ts';
import type { FinderParts, FoundUpdate } from './finder.ts';

/** What only an installed Portreeve on Windows has. */
export interface UpdateTools {
  /** Null where this build names none. */
  readonly feed: Feed | null;
  /** Of the packages: x64 or arm64. */
  readonly arch: string;
  /** Whole subject of the certificate that signs this very program; null where it is unsigned. */
  ownPublisher(): Promise<string | null>;
  /** The same of a package; null where nobody whom this computer trusts vouches for it. */
  publisherOf(file: string): Promise<string | null>;
  /** Makes the folder, or finds it as it has to be: only administrators can read and write there. */
  isSafe(folder: string): boolean;
  /** Starts Windows' installer with this package, which goes on when Portreeve has ended. */
  install(file: string): Promise<boolean>;
  /** Ends Portreeve in order. */
  quit(): void;
}

export interface UpdatesParts {
  /** Null in development. */
  readonly tools: UpdateTools | null;
  readonly version: string;
  /** Portreeve's folder. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly isOn: () => boolean;
  readonly setOn: (on: boolean) => Result<null>;
  /** Connections that wait for an answer. */
  readonly held: () => number;
  readonly patience?: Patience;
}

const DAY_MS = 86_400_000;
/** After the start, when everybody else wants the network too. */
const FIRST_LOOK_MS = 600_000;
const usualPatience: Patience = { silentMs: 30_000, wholeMs: 3_600_000 };
/** A progress that nobody could see is not told. */
const STEPS_SHOWN = 100;

interface Downloaded extends FoundUpdate {
  readonly file: string;
}

export class Updates {
  readonly #parts: UpdatesParts;
  readonly #folder: string;
  readonly #listeners: (() => void)[] = [];
  #view: UpdatesView = { kind: 'off' };
  #publisher: Promise<string | null> | null = null;
  #found: FoundUpdate | null = null;
  #downloaded: Downloaded | null = null;
  #cancel: AbortController | null = null;
  #timer: Timer | null = null;
  #lastLook: number | null = null;

  constructor(parts: UpdatesParts) {
    this.#parts = parts;
    this.#folder = path.join(parts.folder, 'updates');
    const unavailable = this.#unavailable();
    if (unavailable !== null) this.#view = { kind: 'unavailable', why: unavailable };
  }

  get view(): UpdatesView {
    return this.#view;
  }

  /** Called after each change of the view. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Takes away what an earlier run has left, unless it is still in use, as the installer's log is right after an update;
   * looks by itself where that is switched on.
   */
  async start(): Promise<void> {
    tryRemove(this.#folder);
    if (this.#parts.isOn() && (await this.know())) this.#settle({ kind: 'idle', lastLook: null });
    if (this.#view.kind === 'idle') this.#lookAfter(FIRST_LOOK_MS);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#cancel?.abort();
  }

  /** Finds out whether this build is signed, which reads all of it; true where it can look for newer ones. */
  async know(): Promise<boolean> {
    if (this.#view.kind === 'unavailable') return false;
    if ((await this.#ownPublisher()) !== null) return true;
    this.#settle({ kind: 'unavailable', why: 'unsigned' });
    return false;
  }

  async setOn(on: boolean): Promise<Result<null>> {
    if (!(await this.know())) return refuse('refused', 'This build can not look for newer ones.');
    const kept = this.#parts.setOn(on);
    if (!kept.ok) return kept;
    this.stop();
    this.#found = null;
    this.#settle(on ? { kind: 'idle', lastLook: this.#lastLook } : { kind: 'off' });
    if (on) void this.#look();
    return done(null);
  }

  /** What its user wants to happen now; what comes of it is in the view. */
  async run(step: UpdateStep): Promise<Result<null>> {
    const { kind } = this.#view;
    const mayLook = kind === 'idle' || kind === 'failed' || kind === 'found' || kind === 'ready';
    if (step === 'look' && mayLook) void this.#look();
    else if (step === 'download' && kind === 'found') void this.#download();
    else if (step === 'install' && kind === 'ready') void this.#install();
    else if (step === 'cancel' && kind === 'downloading') this.#cancel?.abort();
    else if (step === 'cancel' && kind === 'waiting') this.#ready();
    else return refuse('stale', 'That can not be done now.');
    return done(null);
  }

  /** A connection was held or settled: an update that waits for the last one begins. */
  heldChanged(): void {
    if (this.#view.kind !== 'waiting') return;
    if (this.#parts.held() === 0) void this.#install();
    else if (this.#parts.held() !== this.#view.held) this.#wait(this.#view.version);
  }

  #unavailable(): 'development' | 'no-feed' | null {
    const { tools } = this.#parts;
    if (tools === null) return 'development';
    return tools.feed === null ? 'no-feed' : null;
  }

  #ownPublisher(): Promise<string | null> {
    this.#publisher ??= this.#parts.tools?.ownPublisher() ?? Promise.resolve(null);
    return this.#publisher;
  }

  #settle(view: UpdatesView): void {
    this.#view = view;
    for (const listener of this.#listeners) listener();
  }

  #lookAfter(ms: number): void {
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.after(ms, () => void this.#look());
  }

  /** Something that is downloaded already is found again: an update is never older than what its user was shown. */
  async #look(): Promise<void> {
    this.#lookAfter(DAY_MS);
    const { kind } = this.#view;
    if (kind === 'looking' || kind === 'downloading' || kind === 'waiting' || kind === 'starting') {
      return;
    }
    this.#settle({ kind: 'looking' });
    try {
      this.#found = await this.#find();
      this.#lastLook = this.#parts.clock.now();
      if (!this.#parts.isOn()) return this.#settle({ kind: 'off' });
      if (this.#found === null) return this.#settle({ kind: 'idle', lastLook: this.#lastLook });
      if (this.#downloaded?.version === this.#found.version) return this.#ready();
      this.#offer(this.#found);
    } catch (error) {
      this.#fail('look', error);
    }
  }

  async #find(): Promise<FoundUpdate | null> {
    const { tools, version, log, patience = usualPatience } = this.#parts;
    const { feed = null, arch = '' } = tools ?? {};
    if (feed === null) return null;
    this.#needSafeFolder();
    const { findUpdate } = await import('./finder.ts');
    const parts: FinderParts = { feed, version, arch, folder: this.#folder, patience, log };
    return findUpdate(parts);
  }

  #offer({ version, notes, package: { size } }: FoundUpdate): void {
    this.#settle({ kind: 'found', version, notes, bytes: size });
  }

  async #download(): Promise<void> {
    const found = this.#found;
    const feed = this.#parts.tools?.feed ?? null;
    if (found === null || feed === null) return;
    const { version, notes, package: wanted } = found;
    const file = path.join(this.#folder, 'Portreeve.msi');
    const bytes = wanted.size;
    const show = (part: number): void =>
      this.#settle({ kind: 'downloading', version, notes, bytes, done: part });
    this.#cancel = new AbortController();
    const cancel = this.#cancel.signal;
    show(0);
    try {
      this.#needSafeFolder();
      rmSync(file, { force: true });
      this.#downloaded = null;
      const { patience = usualPatience } = this.#parts;
      const progress = inSteps(bytes, show);
      await fetchPackage(wanted, file, { feed, patience, cancel, progress });
      await this.#needOwnSigner(file);
      cancel.throwIfAborted();
      this.#downloaded = { ...found, file };
      this.#ready();
    } catch (error) {
      if (!cancel.aborted) this.#fail('download', error);
      else if (this.#parts.isOn()) this.#offer(found);
      else this.#settle({ kind: 'off' });
    }
  }

  #ready(): void {
    const ready = this.#downloaded;
    if (ready === null) return;
    this.#settle({ kind: 'ready', version: ready.version, notes: ready.notes });
  }

  #wait(version: string): void {
    this.#settle({ kind: 'waiting', version, held: this.#parts.held() });
  }

  /** Nothing that waits for an answer loses its hold to an update: it begins when nothing does. */
  async #install(): Promise<void> {
    const ready = this.#downloaded;
    const { tools, held } = this.#parts;
    if (ready === null || tools === null) return;
    if (held() > 0) return this.#wait(ready.version);
    this.#settle({ kind: 'starting', version: ready.version });
    try {
      await this.#checkAgain(ready);
      if (held() > 0) return this.#wait(ready.version);
      if (!(await tools.install(ready.file))) throw new UpdateError('not-started');
      tools.quit();
    } catch (error) {
      this.#fail('install', error);
    }
  }

  /** The moment before it is started counts, not that of the download. */
  async #checkAgain(ready: Downloaded): Promise<void> {
    this.#needSafeFolder();
    if (!(await isWhole(ready.file, ready.package))) throw new UpdateError('wrong-hash');
    await this.#needOwnSigner(ready.file);
  }

  #needSafeFolder(): void {
    if (this.#parts.tools?.isSafe(this.#folder) !== true) throw new UpdateError('unsafe-folder');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** No signature, one that could not be looked at, and somebody else's are the same: it is not started. */
  async #needOwnSigner(file: string): Promise<void> {
    const own = await this.#ownPublisher();
    const signer = (await this.#parts.tools?.publisherOf(file).catch(() => null)) ?? null;
    if (own === null || signer !== own) {
      throw new UpdateError('other-signer', `signed by ${signer ?? 'nobody'}`);
    }
  }

  #fail(during: 'look' | 'download' | 'install', error: unknown): void {
    const problem: UpdateProblem = error instanceof UpdateError ? error.problem : 'not-written';
    this.#parts.log.warn(`Update: ${during} failed, ${problem}: ${String(error)}`);
    if (during !== 'look') {
      tryRemove(path.join(this.#folder, 'Portreeve.msi'));
      this.#downloaded = null;
    }
    this.#settle({ kind: 'failed', during, problem });
  }
}

/** Tells what can be seen: about a hundred times in all. */
function inSteps(bytes: number, tell: (done: number) => void): (done: number) => void {
  let told = 0;
  return (done) => {
    if (done !== bytes && done - told < bytes / STEPS_SHOWN) return;
    told = done;
    tell(done);
  };
}
