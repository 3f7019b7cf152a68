/** What ends a command: one line for people, and a code for scripts (docs/cli.md). */
import type { ErrorCode, Result } from '../../src-preload/contract/model.ts';

export const exitCodes = {
  done: 0,
  /** Of Portreeve itself, or it ended before it answered. */
  internal: 1,
  /** What was typed, or a file, is wrong. Nothing was changed. */
  input: 2,
  /** There is no such rule, pause or backup. Nothing was changed. */
  notFound: 3,
  /** The rules cannot be used. */
  store: 4,
  /** Portreeve is there, and must not or will not be talked to. */
  refused: 5,
  /** An administrator has set it. Nothing was changed. */
  managed: 6,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export class Failure extends Error {
  readonly exitCode: ExitCode;

  /** `message`: whole sentences in one line. */
  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function wrongInput(message: string): Failure {
  return new Failure(exitCodes.input, message);
}

const codeOf: Record<ErrorCode, ExitCode> = {
  refused: exitCodes.input,
  stale: exitCodes.internal,
  'not-found': exitCodes.notFound,
  'bad-subject': exitCodes.input,
  'bad-place': exitCodes.input,
  'bad-ports': exitCodes.input,
  'driver-lost': exitCodes.store,
  'store-failed': exitCodes.store,
  'journal-failed': exitCodes.store,
  managed: exitCodes.managed,
  'not-written': exitCodes.store,
  internal: exitCodes.internal,
};

/** The value of a result. Throws what ends the command. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Failure(codeOf[result.code], result.message);
}
