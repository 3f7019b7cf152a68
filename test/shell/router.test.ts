import { describe, expect, it } from 'vitest';
import { type CallName, type Handlers, calls } from '../../src-preload/contract/calls.ts';
import { commandLineCalls } from '../../src-preload/contract/command-line.ts';
import { createRouter } from '../../src-main/ipc/router.ts';

const names = Object.keys(calls) as CallName[];
const otherRole = { prompt: 'manager', manager: 'prompt' } as const;

/** A router whose schemas take objects with `good: true` only; it notes what reached a handler. */
function setUp(handler: (name: CallName) => unknown = () => ({ ok: true, value: null })) {
  const reached: unknown[] = [];
  const errors: unknown[] = [];
  const run = (name: CallName) => (input: unknown) => {
    reached.push([name, input]);
    return Promise.resolve().then(() => handler(name));
  };
  const safeParse = (input: unknown) =>
    input !== null && typeof input === 'object' && 'good' in input
      ? { success: true, data: { parsed: true } }
      : { success: false };
  const router = createRouter({
    handlers: Object.fromEntries(names.map((name) => [name, run(name)])) as unknown as Handlers,
    schemas: Object.fromEntries(names.map((name) => [name, { safeParse }])) as never,
    logError: (what, error) => errors.push([what, error]),
  });
  return { router, reached, errors };
}

describe('router', () => {
  it.each(names)('%s: takes its role, gives the handler what the schema made', async (name) => {
    const { router, reached } = setUp();
    const result = await router.call(calls[name].role, name, { good: true });
    expect(result).toEqual({ ok: true, value: null });
    expect(reached).toEqual([[name, { parsed: true }]]);
  });

  it.each(names)('%s: refuses the other role before any handler', async (name) => {
    const { router, reached } = setUp();
    const result = await router.call(otherRole[calls[name].role], name, { good: true });
    expect(result).toMatchObject({ ok: false, code: 'refused' });
    expect(reached).toEqual([]);
  });

  it.each(names)('%s: is for the command line only when it is on its list', async (name) => {
    const { router, reached } = setUp();
    const result = await router.call('command-line', name, { good: true });
    const isListed = (commandLineCalls as readonly CallName[]).includes(name);
    expect(result.ok).toBe(isListed);
    expect(reached).toHaveLength(isListed ? 1 : 0);
    expect(isListed && calls[name].role === 'prompt').toBe(false);
  });

  it.each(names)('%s: refuses a wrong shape before any handler', async (name) => {
    const { router, reached } = setUp();
    const result = await router.call(calls[name].role, name, { bad: true });
    expect(result).toMatchObject({ ok: false, code: 'refused' });
    expect(reached).toEqual([]);
  });

  it.each(['', 'nothing', 'toString', '__proto__', 'constructor', 7, null, undefined, {}, []])(
    'refuses the name %j',
    async (name) => {
      const { router, reached } = setUp();
      expect(await router.call('prompt', name, { good: true })).toMatchObject({ code: 'refused' });
      expect(reached).toEqual([]);
    },
  );

  it('turns an error of a handler into a result and logs it once, without telling the page', async () => {
    const { router, errors } = setUp(() => {
      throw new Error('secret /home/ann');
    });
    const result = await router.call('prompt', 'readPrompt', { good: true });
    expect(result).toMatchObject({ ok: false, code: 'internal' });
    expect(JSON.stringify(result)).not.toContain('secret');
    expect(errors).toHaveLength(1);
  });
});
