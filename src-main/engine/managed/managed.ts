/**
 * The administrator's settings in force: read at the start and looked at again from time to time, with the rules of the
 * file that they name. A file that cannot be used changes nothing; the rules before it stay, also over a restart.
 */
import type { ManagedView } from '../../../src-preload/contract/model.ts';
import { readRules } from '../exchange/read.ts';
import type { ReadRules } from '../exchange/read.ts';
import { MANAGED_MS } from '../limits.ts';
import type { RuleBook } from '../policy/rule-book.ts';
import type { Clock, IdentityPort, Log, ManagedPort, Timer } from '../ports.ts';
import { notManaged, readManagedSettings } from './settings.ts';
import type { ManagedSettings } from './settings.ts';

export interface ManagedPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly identity: IdentityPort;
  /** Absent where nobody manages anything. */
  readonly managed?: ManagedPort;
  readonly rules: RuleBook;
  /** What is in force has changed. */
  readonly changed: () => void;
}

const MOST_PROBLEMS = 20;

export class Managed {
  readonly #ports: ManagedPorts;
  #settings: ManagedSettings = notManaged;
  /** The settings as text, to see whether they are others. */
  #read = '';
  /** The text of the rules in force; null for none. */
  #rules: string | null = null;
  #fileProblems: readonly string[] = [];
  #timer: Timer | null = null;

  constructor(ports: ManagedPorts) {
    this.#ports = ports;
  }

  get settings(): ManagedSettings {
    return this.#settings;
  }

  get view(): ManagedView | null {
    const { isManaged, locked, rulesFile, problems } = this.#settings;
    if (!isManaged) return null;
    return {
      locked: [...locked],
      rulesFile,
      problems: [...problems, ...this.#fileProblems],
    };
  }

  /** The settings, and the rules that were in force when Portreeve ended. After the store's own rules are loaded. */
  load(): void {
    const { managed } = this.#ports;
    if (managed === undefined) return;
    this.#readSettings(managed);
    const kept = this.#settings.rulesFile === null ? null : managed.kept();
    if (kept !== null) this.#apply(kept, 'the copy of the rules file');
  }

  /** Looks at the file of rules, and from then on at everything from time to time. */
  async start(): Promise<void> {
    const { managed } = this.#ports;
    if (managed === undefined) return;
    await this.#readFile(managed);
    this.#wait(managed);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #wait(managed: ManagedPort): void {
    this.#timer = this.#ports.clock.after(MANAGED_MS, () => void this.#look(managed));
  }

  async #look(managed: ManagedPort): Promise<void> {
    const isOther = this.#readSettings(managed);
    const hasOther = await this.#readFile(managed);
    if (isOther || hasOther) this.#ports.changed();
    // Stopped meanwhile.
    if (this.#timer !== null) this.#wait(managed);
  }

  /** True when they are others than before. */
  #readSettings(managed: ManagedPort): boolean {
    const values = managed.values();
    const text = JSON.stringify(values);
    if (text === this.#read) return false;
    this.#read = text;
    this.#settings = readManagedSettings(values);
    for (const problem of this.#settings.problems) this.#ports.log.warn(problem);
    return true;
  }

  /** True when something has changed by it. */
  async #readFile(managed: ManagedPort): Promise<boolean> {
    const { rulesFile } = this.#settings;
    if (rulesFile === null) return this.#forget(managed);
    const read = await managed.readFile(rulesFile);
    if (!read.ok) return this.#complain([`The rules file could not be read: ${read.problem}.`]);
    if (read.text === this.#rules) return this.#complain([]);
    const isApplied = this.#apply(read.text, 'the rules file');
    if (isApplied) managed.keep(read.text);
    return true;
  }

  /** The policy names no file any more: its rules go. */
  #forget(managed: ManagedPort): boolean {
    if (this.#rules === null) return this.#complain([]);
    this.#rules = null;
    this.#ports.rules.setManaged([]);
    managed.keep(null);
    this.#complain([]);
    return true;
  }

  /** All of it or nothing. */
  #apply(text: string, name: string): boolean {
    const { drafts, problems } = readRules(text, this.#ports.clock.now(), this.#ports.identity);
    if (problems.length > 0) {
      this.#complain(linesOf(problems, name));
      return false;
    }
    const put = this.#ports.rules.setManaged(drafts.map(({ draft }) => draft));
    if (!put.ok) {
      this.#complain([`${name}: ${put.error.message}`]);
      return false;
    }
    this.#rules = text;
    this.#complain([]);
    return true;
  }

  /** True when these are others than before. */
  #complain(problems: readonly string[]): boolean {
    if (problems.join('\n') === this.#fileProblems.join('\n')) return false;
    this.#fileProblems = problems;
    for (const problem of problems) this.#ports.log.warn(problem);
    return true;
  }
}

function linesOf(problems: ReadRules['problems'], name: string): string[] {
  const lines = problems
    .slice(0, MOST_PROBLEMS)
    .map(({ line, reason }) => `${name}, line ${line}: ${reason}`);
  const left = problems.length - lines.length;
  const more = left > 0 ? [`${name}: ${left} more problems.`] : [];
  return [...lines, ...more, `Nothing of ${name} is in force; the rules before it stay.`];
}
