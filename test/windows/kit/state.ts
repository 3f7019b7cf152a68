/** What the kit remembers over restarts of the computer, and how it goes on: a file that is whole whatever happens. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

import { type Check, type Result, runChecks } from './check.ts';

/** A program that takes a change back. */
export interface Undo {
  readonly title: string;
  readonly program: string;
  readonly args: readonly string[];
}

export interface State {
  readonly started: string;
  /** Phases that are done. */
  phase: number;
  /** The check that runs; still there after a crash. */
  current: string | null;
  readonly results: Result[];
  /** Taken back from the last to the first. */
  readonly undo: Undo[];
  readonly facts: Record<string, string>;
}

export class Store {
  readonly #file: string;
  readonly state: State;

  constructor(file: string) {
    this.#file = file;
    this.state = existsSync(file)
      ? (JSON.parse(readFileSync(file, 'utf8')) as State)
      : {
          started: new Date().toISOString(),
          phase: 0,
          current: null,
          results: [],
          undo: [],
          facts: {},
        };
  }

  save(): void {
    const next = `${this.#file}.next`;
    writeFileSync(next, `${JSON.stringify(this.state, null, 2)}\n`, { flush: true });
    renameSync(next, this.#file);
  }

  /** Before the change is made, so that no crash leaves one behind. The same change twice is one. */
  willChange(undo: Undo): void {
    const known = this.state.undo.some((one) => JSON.stringify(one) === JSON.stringify(undo));
    if (!known) this.state.undo.push(undo);
    this.save();
  }

  fact(name: string, value: string): void {
    this.state.facts[name] = value;
    this.save();
  }

  /** A result replaces an earlier one of the same check. */
  record(result: Result): void {
    const at = this.state.results.findIndex(({ id }) => id === result.id);
    if (at < 0) this.state.results.push(result);
    else this.state.results[at] = result;
    this.state.current = null;
    this.save();
  }

  /** Their results, so that they run again. */
  forget(checks: readonly { readonly id: string }[]): void {
    const kept = this.state.results.filter(({ id }) => !checks.some((check) => check.id === id));
    this.state.results.splice(0, Infinity, ...kept);
    this.save();
  }

  /**
   * Runs those that have no result yet. One that ran when the computer went down has failed: it isn't tried again, since
   * it would take the computer down again.
   */
  async runChecks<Context>(checks: readonly Check<Context>[], context: Context): Promise<void> {
    this.#failInterrupted();
    for (const check of checks) {
      if (this.state.results.some(({ id }) => id === check.id)) continue;
      this.state.current = check.id;
      this.save();
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await runChecks([check], context, (result) => this.#tell(check.title, result));
    }
  }

  #failInterrupted(): void {
    const { current: id } = this.state;
    if (id === null) return;
    const note = 'the kit or the computer ended while it ran';
    this.record({ id, outcome: 'failed', note, milliseconds: 0 });
  }

  #tell(title: string, result: Result): void {
    this.record(result);
    console.log(`${result.outcome.padEnd(8)} ${result.id}: ${title}. ${result.note}`);
  }
}

export type Next = 'go on' | 'restart';

export interface Phase<Context> {
  readonly title: string;
  /** What it changes on this computer, told before. */
  readonly changes: readonly string[];
  /** May be begun again after a crash in its middle. */
  readonly run: (context: Context) => Promise<Next>;
}

/** Runs the phases that are not done. False: the computer has to restart first. */
export async function runPhases<Context>(
  phases: readonly Phase<Context>[],
  context: Context,
  store: Store,
): Promise<boolean> {
  for (const [index, phase] of phases.entries()) {
    if (index < store.state.phase) continue;
    console.log(`\n== ${phase.title}`);
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const next = await phase.run(context);
    store.state.phase = index + 1;
    store.save();
    if (next === 'restart') return false;
  }
  return true;
}
