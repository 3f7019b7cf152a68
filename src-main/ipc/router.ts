/**
 * Where calls arrive, whatever carried them. A transport proves who is calling (Electron by frame and origin, the
 * browser shell by cookie and origin, the command line by a secret); the router then checks name, role and shape, and
 * always answers with a Result.
 */
import { type CallName, type Handlers, calls } from '../../src-preload/contract/calls.ts';
import { type Caller, mayCall } from '../../src-preload/contract/command-line.ts';
import type { Result } from '../../src-preload/contract/model.ts';

/** What the router needs of a schema; zod's schemas are such. */
interface Schema {
  safeParse(input: unknown): { readonly success: boolean; readonly data?: unknown };
}

export interface RouterParts {
  readonly handlers: Handlers;
  readonly schemas: Readonly<Record<CallName, Schema>>;
  /** The one place where an unexpected error is written down. */
  readonly logError: (what: string, error: unknown) => void;
}

export interface Router {
  /** Runs a call that `caller` made. Never rejects. */
  call(caller: Caller, name: unknown, input: unknown): Promise<Result<unknown>>;
}

type AnyHandler = (input: unknown) => Promise<Result<unknown>>;

/** A router over the engine's handlers. Unknown names, foreign roles and wrong shapes are `refused` before any handler. */
export function createRouter(parts: RouterParts): Router {
  return {
    async call(caller, name, input) {
      if (!isCallName(name)) return refused('There is no such call.');
      if (!mayCall(caller, name)) return refused('This window may not make that call.');
      const parsed = parts.schemas[name].safeParse(input);
      if (!parsed.success) return refused('The call does not have the expected shape.');
      try {
        // The schema of `name` has just proved that the input is the handler's.
        return await (parts.handlers[name] as AnyHandler)(parsed.data);
      } catch (error) {
        parts.logError(`call ${name}`, error);
        return { ok: false, code: 'internal', message: 'Portreeve met an error of its own.' };
      }
    },
  };
}

function isCallName(name: unknown): name is CallName {
  return typeof name === 'string' && Object.hasOwn(calls, name);
}

function refused(message: string): Result<never> {
  return { ok: false, code: 'refused', message };
}
