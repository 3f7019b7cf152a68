import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBridge, type Transport } from '../../src-preload/bridge.ts';
import { calls, events } from '../../src-preload/contract/calls.ts';
import { SocketTransport, type Socket } from '../../src-preload/socket-transport.ts';
import { promptState } from '../fakes/views.ts';

const deaf: Transport = { invoke: () => Promise.resolve(null), subscribe: () => () => undefined };

describe('createBridge', () => {
  it.each(['prompt', 'manager'] as const)(
    'given the %s role, then it has exactly what the contract gives it',
    (role) => {
      const bridge = createBridge(role, deaf);
      const of = (table: Record<string, { role: string }>): string[] =>
        Object.keys(table).filter((name) => table[name]?.role === role);
      expect(Object.keys(bridge.calls)).toEqual(of(calls));
      expect(Object.keys(bridge.events)).toEqual(of(events));
      expect(Object.keys(bridge)).toEqual(['role', 'calls', 'events']);
    },
  );

  it('given a page that wants to change it, then nothing changes', () => {
    const bridge = createBridge('prompt', deaf);
    expect(
      Object.isFrozen(bridge) && Object.isFrozen(bridge.calls) && Object.isFrozen(bridge.events),
    ).toBe(true);
  });

  it('given a transport that breaks, then the page gets a result, not a rejection', async () => {
    const bridge = createBridge('prompt', {
      ...deaf,
      invoke: () => Promise.reject(new Error('gone')),
    });
    expect(await bridge.calls.readPrompt(null)).toMatchObject({ ok: false, code: 'internal' });
  });

  it('given an event, then the listener gets the payload and nothing else', () => {
    let send: (...args: unknown[]) => void = () => undefined;
    const bridge = createBridge('prompt', {
      ...deaf,
      subscribe(_name, listener) {
        send = listener;
        return () => undefined;
      },
    });
    const listener = vi.fn();
    bridge.events.promptChanged(listener);
    send({ cards: [] }, 'an event object');
    expect(listener.mock.calls).toEqual([[{ cards: [] }]]);
  });
});

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  readonly sent: { id: number; call: string; input: unknown }[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text) as FakeSocket['sent'][number]);
  }

  receive(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

describe('SocketTransport', () => {
  const sockets: FakeSocket[] = [];
  const start = (): SocketTransport => {
    sockets.length = 0;
    return new SocketTransport('prompt', () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    });
  };
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('given a call before the connection is there, then it is sent when it is', async () => {
    const transport = start();
    const answer = transport.invoke('readPrompt', null);
    sockets[0]!.onopen?.();
    expect(sockets[0]!.sent).toEqual([{ id: 1, call: 'readPrompt', input: null }]);
    sockets[0]!.receive({ id: 1, result: { ok: true, value: 7 } });
    expect(await answer).toEqual({ ok: true, value: 7 });
  });

  it('given answers in another order, then each call gets its own', async () => {
    const transport = start();
    sockets[0]!.onopen?.();
    const both = Promise.all([
      transport.invoke('readPrompt', 1),
      transport.invoke('readPrompt', 2),
    ]);
    sockets[0]!.receive({ id: 2, result: 'second' });
    sockets[0]!.receive({ id: 1, result: 'first' });
    expect(await both).toEqual(['first', 'second']);
  });

  it('given a connection that breaks, then calls under way fail and are never sent twice', async () => {
    const transport = start();
    sockets[0]!.onopen?.();
    const answer = transport.invoke('answerPrompt', { cardId: 'a' });
    sockets[0]!.onclose?.({ code: 1006 });
    expect(await answer).toMatchObject({ ok: false, code: 'driver-lost' });
    vi.advanceTimersByTime(250);
    sockets[1]!.onopen?.();
    expect(sockets[1]!.sent.filter((frame) => frame.call === 'answerPrompt')).toEqual([]);
  });

  it('given no connection for 5 s, then a waiting call fails', async () => {
    const transport = start();
    const answer = transport.invoke('undoAnswer', { undoId: 'u' });
    vi.advanceTimersByTime(5000);
    expect(await answer).toMatchObject({ ok: false, code: 'driver-lost' });
    sockets[0]!.onopen?.();
    expect(sockets[0]!.sent).toEqual([]);
  });

  it('given a break, then listeners see a lost driver at once and the new state after the reconnect', async () => {
    const transport = start();
    const seen: unknown[] = [];
    transport.subscribe('promptChanged', (payload) => seen.push(payload));
    sockets[0]!.onopen?.();
    sockets[0]!.receive({ event: 'promptChanged', payload: promptState() });
    sockets[0]!.onclose?.({ code: 1006 });
    expect(seen[1]).toMatchObject({
      driver: { kind: 'lost', cause: 'app-gone' },
      cards: [{ cardId: 'card-1' }],
    });
    vi.advanceTimersByTime(250);
    sockets[1]!.onopen?.();
    const [read] = sockets[1]!.sent;
    expect(read?.call).toBe('readPrompt');
    sockets[1]!.receive({ id: read?.id, result: { ok: true, value: promptState({ cards: [] }) } });
    await vi.advanceTimersByTimeAsync(0);
    expect(seen[2]).toMatchObject({ driver: { kind: 'connected' }, cards: [] });
  });

  it.each([
    [4001, 'elsewhere'],
    [4003, 'no-session'],
  ])(
    'given it was closed with %i, then the page is told %s, and nothing is tried again',
    async (code, cause) => {
      const transport = start();
      const seen: unknown[] = [];
      transport.subscribe('promptChanged', (payload) => seen.push(payload));
      const waiting = transport.invoke('readPrompt', null);
      sockets[0]!.onclose?.({ code });
      expect(seen).toMatchObject([{ driver: { kind: 'lost', cause }, cards: [] }]);
      expect(await waiting).toMatchObject({ ok: false });
      expect(await transport.invoke('readPrompt', null)).toMatchObject({ ok: false });
      vi.advanceTimersByTime(60_000);
      expect(sockets).toHaveLength(1);
    },
  );

  it('given main stays away, then it is tried again ever more rarely, up to every 4 s', () => {
    start();
    const gaps: number[] = [];
    for (let round = 0; round < 7; round++) {
      const known = sockets.length;
      sockets.at(-1)!.onclose?.({ code: 1006 });
      let waited = 0;
      for (; sockets.length === known; waited += 50) vi.advanceTimersByTime(50);
      gaps.push(waited);
    }
    expect(gaps).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000]);
  });
});
