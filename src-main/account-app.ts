/** Portreeve as one account sees it, which may answer for its own programs (ADR 0079): its cards, its calls and no others. */
import { type AnswererCall, answererCalls } from '../src-preload/contract/answerer.ts';
import {
  type CallName,
  type EventName,
  type Handlers,
  calls,
} from '../src-preload/contract/calls.ts';
import type { App } from './app.ts';
import { done, refuse } from './engine/result.ts';
import type { AccountPart } from './engine-host.ts';
import { type RouterParts, createRouter } from './ipc/router.ts';
import { callSchemas } from './ipc/schemas.ts';
import type { EngineStates } from './upkeep/states.ts';

export interface AccountAppParts {
  readonly part: AccountPart;
  readonly onChange: EngineStates['onChange'];
  readonly logError: RouterParts['logError'];
}

/** Whatever its windows call, they call it as this account. */
export function accountApp({ part, onChange, logError }: AccountAppParts): App {
  const router = createRouter({ handlers: handlersOf(part), schemas: callSchemas, logError });
  const readState: App['readState'] = (event) =>
    event === 'promptChanged' ? part.promptState() : part.managerState();
  return {
    engine: { ...part, onChange: (listener) => onChange(whenNew(readState, listener)) },
    router: { call: (_caller, name, input) => router.call('answerer', name, input) },
    appearance: () => part.promptState().appearance ?? { theme: 'system', language: 'system' },
    readState,
    stop: async () => {},
  };
}

/** What happens to others is not even to be noticed. */
function whenNew(
  readState: App['readState'],
  listener: (event: EventName) => void,
): (event: EventName) => void {
  const told = new Map<EventName, string>();
  return (event) => {
    const state = JSON.stringify(readState(event));
    if (told.get(event) === state) return;
    told.set(event, state);
    listener(event);
  };
}

/** The router refuses the others before; these refuse them once more. */
function handlersOf(part: AccountPart): Handlers {
  const no = () => Promise.resolve(refuse('refused', 'Only an administrator can do this.'));
  const all = Object.keys(calls).map((name) => [name, no]);
  const own = answererCalls.map((name: AnswererCall) => [
    name,
    (input: unknown) => part.call(name, input),
  ]);
  return {
    ...(Object.fromEntries(all) as Record<CallName, typeof no>),
    ...(Object.fromEntries(own) as Pick<Handlers, AnswererCall>),
    resizePrompt: async () => done(null),
  };
}
