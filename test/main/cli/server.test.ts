/** The socket of the command line against whoever is not the command line. */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CallName, type Handlers, calls } from '../../../src-preload/contract/calls.ts';
import { commandLineCalls, mayCall } from '../../../src-preload/contract/command-line.ts';
import { type CommandServer, startCommandServer } from '../../../src-main/cli/server.ts';
import {
  FrameReader,
  MAX_FRAME_BYTES,
  encodeFrame,
  sendFrame,
} from '../../../src-main/line/frames.ts';
import { introduce } from '../../../src-main/line/greeting.ts';
import { type Presence, findPresence } from '../../../src-main/line/presence.ts';
import { reachRunning } from '../../../src-main/cli/session.ts';
import { createRouter } from '../../../src-main/ipc/router.ts';
import { callSchemas } from '../../../src-main/ipc/schemas.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

let state: string;
let warnings: string[];
let reached: CallName[];
let server: CommandServer | null;

/** The real router and schemas; handlers that note what reached them. */
function start(): Promise<CommandServer | null> {
  const names = Object.keys(calls) as CallName[];
  const run = (name: CallName) => () => {
    reached.push(name);
    return Promise.resolve({
      ok: true,
      value: 'x'.repeat(name === 'readFindings' ? MAX_FRAME_BYTES : 1),
    });
  };
  const handlers = Object.fromEntries(
    names.map((name) => [name, run(name)]),
  ) as unknown as Handlers;
  const router = createRouter({ handlers, schemas: callSchemas, logError: () => {} });
  const log = { warn: (line: string) => void warnings.push(line) };
  return startCommandServer({ stateFolder: state, router, version: '1.2.3', log });
}

beforeEach(async () => {
  const folder = temporaryFolder();
  process.env['PORTREEVE_RUN'] = path.join(folder, 'run');
  state = path.join(folder, 'state');
  mkdirSync(state, { mode: 0o700 });
  [warnings, reached] = [[], []];
  server = await start();
  expect(server).not.toBeNull();
});

afterEach(() => {
  server?.close();
  delete process.env['PORTREEVE_RUN'];
});

function presence(): Presence {
  const found = findPresence(state, 'command-line');
  if (found.kind !== 'running') throw new Error(found.kind);
  return found.presence;
}

async function connect(): Promise<net.Socket> {
  const socket = net.connect(presence().address);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** All that it says until it hangs up. */
async function heardFrom(socket: net.Socket): Promise<string> {
  let heard = '';
  socket.on('data', (bytes) => (heard += bytes.toString('latin1')));
  if (!socket.closed) await once(socket, 'close');
  return heard;
}

async function admitted(): Promise<{ socket: net.Socket; reader: FrameReader }> {
  const socket = await connect();
  const reader = new FrameReader(socket);
  expect(await introduce(socket, reader, presence().secret)).toMatchObject({ version: '1.2.3' });
  return { socket, reader };
}

async function stillServes(): Promise<void> {
  const reach = await reachRunning(state);
  if (reach.kind !== 'running') throw new Error(reach.kind);
  expect(await reach.session.call('readManager', null)).toMatchObject({ ok: true });
  await reach.session.close();
}

function head(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(length);
  return bytes;
}

describe('a stranger', () => {
  test.each([
    ['nothing that was asked', encodeFrame({ call: 'readManager', input: null })],
    ['no JSON', Buffer.concat([head(3), Buffer.from('{{{')])],
    ['a false proof', encodeFrame({ nonce: '0'.repeat(64), proof: '0'.repeat(64) })],
    ['a proof of another form', encodeFrame({ nonce: '0'.repeat(64), proof: 'zz' })],
    ['a length beyond all bounds', head(0xffff_ffff)],
    ['more than a greeting', head(2000)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['an empty frame', head(0)],
  ])('that says %s is hung up on', async (_, bytes) => {
    const socket = await connect();
    const heard = heardFrom(socket);
    socket.write(bytes);
    expect(await heard).toMatch(/^....\{"nonce":"[0-9a-f]{64}"\}$/s);
    expect(reached).toEqual([]);
    await stillServes();
  });

  test('that says half a greeting and goes, or nothing at all, keeps nobody up', async () => {
    const silent = await connect();
    const half = await connect();
    half.end(head(100));
    await heardFrom(half);
    await stillServes();
    // After five seconds it is hung up on.
    await heardFrom(silent);
  });

  test('may come in any number', async () => {
    const many = await Promise.all(Array.from({ length: 15 }, connect));
    await stillServes();
    for (const socket of many) socket.destroy();
  });

  test('cannot reach the socket of another user', () => {
    const { address } = presence();
    const mode = (file: string) => statSync(file).mode;
    expect(mode(address) & 0o777).toBe(0o600);
    expect(mode(path.dirname(address)) & 0o777).toBe(0o700);
    expect(mode(path.join(state, 'command-line.json')) & 0o777).toBe(0o600);
  });
});

describe('a command line', () => {
  test('gets the calls of its role, and no others', async () => {
    const { socket, reader } = await admitted();
    for (const name of Object.keys(calls) as CallName[]) {
      // oxlint-disable-next-line no-await-in-loop -- one call at a time
      await sendFrame(socket, { call: name, input: { wrong: true } });
      // oxlint-disable-next-line no-await-in-loop -- as above
      const message = ((await reader.next(MAX_FRAME_BYTES)) as { message: string }).message;
      const isMine = (commandLineCalls as readonly string[]).includes(name);
      expect([name, message.includes('expected shape')]).toEqual([name, isMine]);
      expect(mayCall('command-line', name)).toBe(isMine);
    }
    for (const name of ['answerPrompt', 'undoAnswer', 'addBlocklist', 'startWithoutRules']) {
      expect(commandLineCalls).not.toContain(name);
    }
    expect(reached).toEqual([]);
    socket.destroy();
  });

  test('that says too much, no call, or half of one is hung up on', async () => {
    for (const bytes of [head(MAX_FRAME_BYTES + 1), encodeFrame(['call']), encodeFrame(7)]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { socket, reader } = await admitted();
      socket.write(bytes);
      // oxlint-disable-next-line no-await-in-loop -- as above
      await reader.next(MAX_FRAME_BYTES).catch(() => undefined);
    }
    const { socket } = await admitted();
    socket.end(Buffer.concat([head(1_000_000), Buffer.from('{"call":"rea')]));
    await once(socket, 'close');
    await stillServes();
    expect(reached).toEqual(['readManager']);
  });

  test('is told when an answer is too long', async () => {
    const { socket, reader } = await admitted();
    await sendFrame(socket, { call: 'readFindings', input: null });
    expect(await reader.next(MAX_FRAME_BYTES)).toMatchObject({ ok: false, code: 'refused' });
    socket.destroy();
  });

  test('tells nothing to whoever has taken the place of Portreeve', async () => {
    const { address, secret } = presence();
    server?.close();
    const heard: string[] = [];
    const impostor = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.write(encodeFrame({ nonce: 'a'.repeat(64) }));
      socket.on('data', (bytes) => {
        heard.push(bytes.toString('latin1'));
        socket.write(encodeFrame({ proof: 'b'.repeat(64), version: '1.2.3' }));
      });
    });
    impostor.listen(address);
    await once(impostor, 'listening');
    const file = path.join(state, 'command-line.json');
    writeFileSync(file, JSON.stringify({ processId: 1, address, secret }), { mode: 0o600 });
    expect(await reachRunning(state)).toMatchObject({ kind: 'refused' });
    expect(heard.join('')).not.toContain(secret);
    expect(heard).toHaveLength(1);
    impostor.close();
  });

  test('does not use a file that others could have written', async () => {
    const file = path.join(state, 'command-line.json');
    chmodSync(file, 0o644);
    expect(await reachRunning(state)).toMatchObject({ kind: 'refused' });
    chmodSync(file, 0o600);
    // Only root can give a file away, as the tests on CI run.
    if (process.getuid?.() === 0) {
      chownSync(file, 12_345, 12_345);
      expect(await reachRunning(state)).toMatchObject({ kind: 'refused' });
      chownSync(file, 0, 0);
    }
    await stillServes();
    const text = readFileSync(file);
    for (const content of ['', '{}', '{"processId":1}', 'x'.repeat(10_000)]) {
      writeFileSync(file, content);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await reachRunning(state)).toMatchObject({ kind: 'refused' });
    }
    writeFileSync(file, text);
    await stillServes();
    server?.close();
    symlinkSync('/etc/hostname', file);
    expect(await reachRunning(state)).toMatchObject({ kind: 'refused' });
  });
});

test('a second one on the same folder leaves the first alone, and says so', async () => {
  const { secret } = presence();
  expect(await start()).toBeNull();
  expect(warnings.join()).toContain('another one uses the same folder');
  expect(presence().secret).toBe(secret);
  await stillServes();
});
