/**
 * The bridge of a page with nothing behind it: made by the product's own `createBridge` from the contract, over a
 * transport that records calls and answers what the test laid down. Bundled and injected before the page's scripts.
 */
import { createBridge } from '../../src-preload/bridge.ts';
import type { CallName, EventName, Role } from '../../src-preload/contract/calls.ts';
import type { Result } from '../../src-preload/contract/model.ts';

export interface RecordedCall {
  readonly name: CallName;
  readonly input: unknown;
}

type Answer = (input: unknown) => unknown;

/** What a test finds as `window.fake`. */
export interface PageFake {
  readonly calls: RecordedCall[];
  /** Values, or `{ ok: false, ... }` results, by call; a function is asked with the input, and may answer later. */
  readonly answers: Partial<Record<CallName, unknown>>;
  emit(name: EventName, payload: unknown): void;
}

export interface PageFakeSetup {
  readonly role: Role;
  readonly answers: PageFake['answers'];
}

declare global {
  interface Window {
    fakeSetup: PageFakeSetup;
    fake: PageFake;
  }
}

const { role, answers } = window.fakeSetup;
const listeners = new Map<EventName, Set<(payload: unknown) => void>>();
const fake: PageFake = {
  calls: [],
  answers: { ...answers },
  emit(name, payload) {
    for (const listener of listeners.get(name) ?? []) listener(payload);
  },
};

async function answerTo(name: CallName, input: unknown): Promise<unknown> {
  const laidDown = fake.answers[name];
  const value: unknown =
    typeof laidDown === 'function' ? await (laidDown as Answer)(input) : (laidDown ?? null);
  return isResult(value) ? value : { ok: true, value };
}

function isResult(value: unknown): value is Result<unknown> {
  return typeof value === 'object' && value !== null && 'ok' in value;
}

window.fake = fake;
Object.defineProperty(window, 'portreeve', {
  value: createBridge(role, {
    invoke(name, input) {
      fake.calls.push({ name, input });
      return answerTo(name, input);
    },
    subscribe(name, listener) {
      const known = listeners.get(name) ?? new Set();
      listeners.set(name, known.add(listener));
      return () => {
        known.delete(listener);
      };
    },
  }),
});
