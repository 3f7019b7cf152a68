/** Results of calls as values. */
import type { ErrorCode, Result } from '../../src-preload/contract/model.ts';

export function done<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** `message` is a whole sentence for the person at the page. */
export function refuse(code: ErrorCode, message: string): Result<never> {
  return { ok: false, code, message };
}
