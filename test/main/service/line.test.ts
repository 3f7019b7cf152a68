/** A line against whoever must not use it, and against its own program gone wrong. */
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type CallName, calls } from '../../../src-preload/contract/calls.ts';
import { answererCalls } from '../../../src-preload/contract/answerer.ts';
import { MAX_FRAME_BYTES, encodeFrame } from '../../../src-main/line/frames.ts';
import { administratorTerms, agentTerms } from '../../../src-main/service/line-terms.ts';
import { type JoinedLine, joinLine } from '../../../src-main/service/joined-line.ts';
import { type Admitted, type LineBench, heardFrom, makeLine, version } from './line-bench.ts';

let bench: LineBench;
afterEach(() => bench.line.close());

const nothing = { version, events: ['promptChanged'] as const, onState: () => {} };

function head(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(length);
  return bytes;
}

/** One that has been greeted, or hung up on. */
async function stranger(): Promise<net.Socket> {
  const socket = await bench.connect();
  await new Promise<void>((resolve) => {
    socket.once('data', () => resolve());
    socket.once('close', () => resolve());
  });
  return socket;
}

/** So many connections, not more at once than the system keeps waiting. */
async function crowd(size: number): Promise<net.Socket[]> {
  const sockets: net.Socket[] = [];
  while (sockets.length < size) {
    // oxlint-disable-next-line no-await-in-loop -- a hundred after the other
    sockets.push(...(await Promise.all(Array.from({ length: 100 }, stranger))));
  }
  return sockets;
}

/** The last bit is another. */
function spoilt(bytes: Buffer): Buffer {
  const last = Buffer.from([(bytes.at(-1) ?? 0) ^ 1]);
  return Buffer.concat([bytes.subarray(0, -1), last]);
}

/** The next frame that is a result. */
async function resultOf({ sealed }: Admitted): Promise<unknown> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one frame comes after the other
    const frame = (await sealed.next(MAX_FRAME_BYTES)) as Record<string, unknown> | undefined;
    if (frame === undefined || 'id' in frame) return frame;
  }
}

/** That it says no more. */
async function isCut({ socket, sealed }: Admitted): Promise<void> {
  await expect(resultOf({ socket, sealed }).then((frame) => frame ?? 'ended')).resolves.toBe(
    'ended',
  );
}

describe('a stranger', () => {
  test.each([
    ['a call', encodeFrame({ id: 1, role: 'answerer', call: 'readPrompt', input: null })],
    ['no JSON', Buffer.concat([head(3), Buffer.from('{{{')])],
    ['a false proof', encodeFrame({ nonce: '0'.repeat(64), proof: '0'.repeat(64) })],
    ['a proof of another form', encodeFrame({ nonce: '0'.repeat(64), proof: 'zz' })],
    ['a length beyond all bounds', head(0xffff_ffff)],
    ['more than a greeting', head(2000)],
    ['an empty frame', head(0)],
  ])('that says %s learns a random number and is hung up on', async (_, bytes) => {
    bench = await makeLine(agentTerms);
    const socket = await bench.connect();
    const heard = heardFrom(socket);
    socket.write(bytes);
    expect((await heard).toString('latin1')).toMatch(/^....\{"nonce":"[0-9a-f]{64}"\}$/s);
    expect(bench.reached).toEqual([]);
  });

  test('that says nothing is hung up on after five seconds', async () => {
    bench = await makeLine(agentTerms);
    const started = performance.now();
    await heardFrom(await bench.connect());
    expect(performance.now() - started).toBeGreaterThan(4500);
  });

  test('may come a thousand times: the agent gets in, is served, and its place is kept', async () => {
    bench = await makeLine(agentTerms);
    const before = await crowd(1000);
    const agent = await bench.admitted();
    await agent.sealed.send({ id: 1, role: 'answerer', call: 'readPrompt', input: null });
    expect(await resultOf(agent)).toMatchObject({ id: 1, result: { ok: true } });
    // Those that were there are hung up on, and nobody can even connect while the agent is there.
    await Promise.all(before.map((socket) => heardFrom(socket)));
    await expect(bench.connect()).rejects.toThrow();
    expect(agent.socket.closed).toBe(false);
  });

  test('that passes a greeting on between agent and service reads nothing of what is said', async () => {
    const heard: Buffer[] = [];
    const joined = await joinThrough((bytes) => {
      heard.push(bytes);
      return bytes;
    });
    expect(await joined.call('answerer', 'readPrompt', null)).toMatchObject({ ok: true });
    const said = Buffer.concat(heard).toString('latin1');
    expect(said).toContain('nonce');
    for (const secret of ['readPrompt', 'first', bench.secret]) expect(said).not.toContain(secret);
    joined.close();
  });

  const call = { id: 9, role: 'answerer', call: 'postponePrompt', input: { cardId: '1' } };
  const wrongs: [string, (bytes: Buffer, before: Buffer) => Buffer][] = [
    ['the same again', (_, before) => before],
    ['it twice', (bytes) => Buffer.concat([bytes, bytes])],
    ['it with one bit changed', spoilt],
    ['words of its own', () => encodeFrame(call)],
    ['half of it', (bytes) => bytes.subarray(0, -3)],
  ];
  test.each(wrongs)(
    'that then sends %s in the place of a call changes nothing',
    async (what, wrong) => {
      let before: Buffer = Buffer.alloc(0);
      let isCall = false;
      const joined = await joinThrough((bytes, from) => {
        if (from === 'service') return bytes;
        const sent = isCall ? wrong(bytes, before) : bytes;
        before = bytes;
        return sent;
      });
      await joined.call('answerer', 'touchPrompt', { cardId: '1' });
      isCall = true;
      const result = joined.call('answerer', 'postponePrompt', { cardId: '1' });
      await pause(50);
      for (const socket of through) socket.end();
      await result;
      await joined.ended;
      const times = bench.reached.filter((name) => name === 'postponePrompt').length;
      expect(bench.reached.filter((name) => name === 'touchPrompt')).toHaveLength(1);
      expect(times).toBe(what === 'it twice' ? 1 : 0);
    },
  );

  let through: net.Socket[];
  let between: net.Server | null = null;
  afterEach(() => void between?.close());

  /** A joined line with somebody in the middle, who may send something else. */
  async function joinThrough(
    change: (bytes: Buffer, from: 'agent' | 'service') => Buffer,
  ): Promise<JoinedLine> {
    bench = await makeLine(agentTerms);
    through = [];
    between = net.createServer((agent) => {
      const service = net.connect(bench.address);
      const pair = [agent, service];
      through = pair;
      for (const one of pair) {
        one.on('error', () => {});
        one.on('close', () => pair.forEach((other) => other.destroy()));
      }
      agent.on('data', (bytes) => service.write(change(bytes, 'agent')));
      service.on('data', (bytes) => agent.write(change(bytes, 'service')));
    });
    const address = `${bench.address}.between`;
    await new Promise<void>((resolve) => between?.listen(address, resolve));
    const joined = await joinLine({ address, secret: bench.secret }, nothing);
    if (joined.kind !== 'joined') throw new Error(joined.kind);
    return joined.line;
  }
});

describe("an agent's line", () => {
  test('takes the calls of an answerer and no others, by name and by role', async () => {
    bench = await makeLine(agentTerms);
    const joined = await joinLine({ address: bench.address, secret: bench.secret }, nothing);
    if (joined.kind !== 'joined') throw new Error(joined.kind);
    const allowed = new Set<string>(answererCalls);
    for (const name of [...Object.keys(calls), 'noSuchCall', 'constructor', '__proto__']) {
      // oxlint-disable-next-line no-await-in-loop -- one call after the other
      const result = await joined.line.call('answerer', name, null);
      if (!allowed.has(name)) expect(result).toMatchObject({ ok: false, code: 'refused' });
    }
    expect(bench.reached.filter((name) => !allowed.has(name))).toEqual([]);
    expect(bench.reached).toContain('readPrompt');
    joined.line.close();
  });

  test.each(['prompt', 'manager', 'command-line', 'onlooker', '', 'ANSWERER'])(
    'is cut when the caller calls itself %j',
    async (role) => {
      bench = await makeLine(agentTerms);
      const agent = await bench.admitted();
      await agent.sealed.send({ id: 1, role, call: 'readPrompt', input: null });
      await isCut(agent);
      expect(bench.reached).toEqual([]);
      expect(bench.listeners()).toBe(0);
    },
  );

  test.each([
    ['no id', { role: 'answerer', call: 'readPrompt', input: null }],
    ['an id of text', { id: '1', role: 'answerer', call: 'readPrompt', input: null }],
    ['more than is asked for', { id: 1, role: 'answerer', call: 'readPrompt', input: 1, more: 1 }],
    ['no object', 7],
    ['too much', { id: 1, role: 'answerer', call: 'readPrompt', input: 'x'.repeat(5000) }],
  ])('is cut by a frame with %s', async (_, frame) => {
    bench = await makeLine(agentTerms);
    const agent = await bench.admitted();
    await agent.sealed.send(frame);
    await isCut(agent);
    expect(bench.reached).toEqual([]);
  });

  test('is cut by an id that was there before, and runs the call once', async () => {
    bench = await makeLine(agentTerms);
    const agent = await bench.admitted();
    const call = { id: 5, role: 'answerer', call: 'readPrompt', input: null };
    await agent.sealed.send(call);
    expect(await resultOf(agent)).toMatchObject({ id: 5 });
    await agent.sealed.send(call);
    await isCut(agent);
    expect(bench.reached).toEqual(['readPrompt']);
  });

  test('takes one caller: after it nobody comes in, secret or not, while it is there and when it has gone', async () => {
    bench = await makeLine(agentTerms);
    const first = await bench.admitted();
    await expect(bench.admitted()).rejects.toThrow();
    first.socket.destroy();
    await expect.poll(() => bench.listeners()).toBe(0);
    await expect(bench.admitted()).rejects.toThrow();
  });

  test('tells of its prompt and never of the manager', async () => {
    bench = await makeLine(agentTerms);
    const agent = await bench.admitted();
    expect(await agent.sealed.next(4096)).toMatchObject({ event: 'promptChanged' });
    bench.change('managerChanged', 'secret');
    bench.change('promptChanged', 'second');
    expect(await agent.sealed.next(4096)).toMatchObject({ state: { mark: 'second' } });
  });
});

describe("an administrators' line", () => {
  const call = (role: string, name: CallName, id = 1) => ({ id, role, call: name, input: null });

  test('takes windows as what they are, and tells both states at the start', async () => {
    bench = await makeLine(administratorTerms);
    const told: string[] = [];
    const joined = await joinLine(
      { address: bench.address, secret: bench.secret },
      {
        version,
        events: administratorTerms.events,
        onState: (event) => void told.push(event),
      },
    );
    if (joined.kind !== 'joined') throw new Error(joined.kind);
    expect(told.toSorted()).toEqual(['managerChanged', 'promptChanged']);
    expect(await joined.line.call('manager', 'readManager', null)).toMatchObject({ ok: true });
    expect(await joined.line.call('prompt', 'readManager', null)).toMatchObject({ ok: false });
    joined.line.close();
    await joined.line.ended;
    expect(await joined.line.call('manager', 'readManager', null)).toMatchObject({
      ok: false,
      code: 'driver-lost',
    });
  });

  test('is cut when a window calls itself an answerer or the command line', async () => {
    bench = await makeLine(administratorTerms);
    for (const role of ['answerer', 'command-line', 'onlooker']) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const caller = await bench.admitted();
      // oxlint-disable-next-line no-await-in-loop -- as above
      await caller.sealed.send(call(role, 'readPrompt'));
      // oxlint-disable-next-line no-await-in-loop -- as above
      await isCut(caller);
    }
    expect(bench.reached).toEqual([]);
  });

  test('runs several calls at once, and answers each with its own result', async () => {
    bench = await makeLine(administratorTerms);
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    bench.handle('readFindings', () => held.then(() => ({ ok: true, value: 'slow' })));
    bench.handle('readSettings', () => Promise.resolve({ ok: true, value: 'fast' }));
    const joined = await joinLine({ address: bench.address, secret: bench.secret }, nothing);
    if (joined.kind !== 'joined') throw new Error(joined.kind);
    const slow = joined.line.call('manager', 'readFindings', null);
    expect(await joined.line.call('manager', 'readSettings', null)).toMatchObject({
      value: 'fast',
    });
    release();
    expect(await slow).toMatchObject({ value: 'slow' });
    joined.line.close();
  });

  test('says so when an answer is too long to be sent, and goes on', async () => {
    bench = await makeLine(administratorTerms);
    bench.handle('readFindings', () =>
      Promise.resolve({ ok: true, value: 'x'.repeat(MAX_FRAME_BYTES) }),
    );
    const joined = await joinLine({ address: bench.address, secret: bench.secret }, nothing);
    if (joined.kind !== 'joined') throw new Error(joined.kind);
    const { line } = joined;
    expect(await line.call('manager', 'readFindings', null)).toMatchObject({ code: 'refused' });
    const long = { text: 'x'.repeat(MAX_FRAME_BYTES), dryRun: true };
    expect(await line.call('manager', 'importRules', long)).toMatchObject({ code: 'refused' });
    expect(await line.call('manager', 'readSettings', null)).toMatchObject({ ok: true });
    line.close();
  });
});

describe('a caller that does not read', () => {
  test('gets the newest state when it reads again, and costs no memory until then', async () => {
    bench = await makeLine(administratorTerms);
    const caller = await bench.admitted();
    const big = 'x'.repeat(1_000_000);
    bench.change('promptChanged', big);
    await pause(100);
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    for (let turn = 0; turn < 2000; turn += 1) {
      bench.change('promptChanged', `${turn} ${big}`);
      // oxlint-disable-next-line no-await-in-loop -- time for whoever would write
      if (turn % 100 === 0) await pause(1);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
    bench.change('promptChanged', 'last');
    let states = 0;
    for (let mark = ''; mark !== 'last'; states += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one frame comes after the other
      const frame = (await caller.sealed.next(MAX_FRAME_BYTES)) as { state: { mark: string } };
      mark = frame.state.mark;
    }
    expect(states).toBeLessThan(10);
  });

  test('has no more calls run than it has taken the answers of', async () => {
    bench = await makeLine(agentTerms);
    bench.handle('postponePrompt', () =>
      Promise.resolve({ ok: true, value: 'x'.repeat(1_000_000) }),
    );
    const { sealed, socket } = await bench.admitted();
    for (let id = 1; id <= 200; id += 1) {
      void sealed
        .send({ id, role: 'answerer', call: 'postponePrompt', input: { cardId: '1' } })
        .catch(() => {});
    }
    await pause(300);
    expect(bench.reached.length).toBeLessThanOrEqual(agentTerms.maxCallsAtOnce + 2);
    // It goes away in the middle of that: nothing of it is left.
    socket.destroy();
    await expect.poll(() => bench.listeners()).toBe(0);
  });
});

test('a line that is cut in the middle of a frame ends every call that waits, and nothing else', async () => {
  bench = await makeLine(administratorTerms);
  bench.handle('readFindings', () => new Promise(() => {}));
  const joined = await joinLine({ address: bench.address, secret: bench.secret }, nothing);
  if (joined.kind !== 'joined') throw new Error(joined.kind);
  const waiting = Array.from({ length: 10 }, () =>
    joined.line.call('manager', 'readFindings', null),
  );
  const caller = await bench.admitted();
  caller.socket.write(head(500));
  caller.socket.end('half');
  await heardFrom(caller.socket);
  expect(await joined.line.call('manager', 'readSettings', null)).toMatchObject({ ok: true });
  bench.line.close();
  for (const result of await Promise.all(waiting)) {
    expect(result).toMatchObject({ ok: false, code: 'internal' });
  }
});
