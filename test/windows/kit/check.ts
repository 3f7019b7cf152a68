/** What a check is, and how it ends. */

export type Outcome = 'passed' | 'failed' | 'skipped';

export interface Result {
  readonly id: string;
  readonly outcome: Outcome;
  /** Why it failed or was skipped; else what is worth knowing. */
  readonly note: string;
  readonly milliseconds: number;
}

export interface Check<Context> {
  /** As in docs/windows-validation.md. */
  readonly id: string;
  readonly title: string;
  /** Throws when it fails, a Skip when it can't be tried here. */
  readonly run: (context: Context) => Promise<string | undefined>;
}

export class Skip extends Error {}

/** Runs the checks one after the other: a failure does not keep the others from being tried. */
export async function runChecks<Context>(
  checks: readonly Check<Context>[],
  context: Context,
  told: (result: Result) => void,
): Promise<void> {
  for (const check of checks) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    told(await runCheck(check, context));
  }
}

async function runCheck<Context>({ id, run }: Check<Context>, context: Context): Promise<Result> {
  const started = performance.now();
  const end = (outcome: Outcome, note: string): Result => ({
    id,
    outcome,
    note,
    milliseconds: Math.round(performance.now() - started),
  });
  try {
    return end('passed', (await run(context)) ?? '');
  } catch (error) {
    const note = error instanceof Error ? error.message : String(error);
    return end(error instanceof Skip ? 'skipped' : 'failed', note);
  }
}
