/** One step of a build: a program that must succeed, with a sentence for when it doesn't. */
import os from 'node:os';

import { run } from '../process.ts';

export interface Failure {
  /** What failed, and what to do where there is something to do. */
  readonly line: string;
  /** What the program said. */
  readonly output?: string;
}

/** Null when the program has succeeded. */
export async function step(
  line: string,
  program: string,
  args: readonly string[],
): Promise<Failure | null> {
  const result = await run(program, args);
  return result.code === 0 ? null : { line, output: result.output };
}

/** Runs the steps one after the other up to the first failure. */
export async function inOrder(
  steps: readonly (() => Promise<Failure | null>)[],
): Promise<Failure | null> {
  for (const next of steps) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    const failure = await next();
    if (failure !== null) return failure;
  }
  return null;
}

/** The same, with as many at once as there are processors; they are begun in their order. */
export async function together(
  steps: readonly (() => Promise<Failure | null>)[],
): Promise<Failure | null> {
  const left = steps.values();
  const lane = async (): Promise<Failure | null> => {
    for (const next of left) {
      // oxlint-disable-next-line no-await-in-loop -- a lane is one processor
      const failure = await next();
      if (failure !== null) return failure;
    }
    return null;
  };
  const lanes = Array.from({ length: os.availableParallelism() }, lane);
  return (await Promise.all(lanes)).find((failure) => failure !== null) ?? null;
}
