import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { WebSocket } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../src-preload/contract/calls.ts';
import {
  type BrowserShell,
  isFailure,
  startBrowserShell,
} from '../../src-main/shell/browser/shell.ts';

let folder: string;
let shell: BrowserShell;
let reached: unknown[];

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'portreeve-shell-'));
  writePages(folder);
  reached = [];
  const started = await startBrowserShell(0, {
    build: path.join(folder, 'build'),
    router: {
      call(role, name, input) {
        reached.push([role, name, input]);
        return Promise.resolve({ ok: true, value: name });
      },
    },
    readState: (event) => ({ state: event }),
  });
  if (isFailure(started)) throw new Error(started);
  shell = started;
});

afterEach(async () => {
  await shell.close();
  rmSync(folder, { recursive: true });
});

function writePages(base: string): void {
  for (const role of ['prompt', 'manager']) {
    mkdirSync(path.join(base, 'build/renderer/windows', role), { recursive: true });
    writeFileSync(
      path.join(base, 'build/renderer/windows', role, 'index.html'),
      `<!doctype html><html><head></head><body>${role}</body></html>`,
    );
  }
  mkdirSync(path.join(base, 'build/preload'));
  writeFileSync(path.join(base, 'build/preload/browser.js'), 'bridge');
  writeFileSync(path.join(base, 'build/renderer/app.js'), 'app');
  writeFileSync(path.join(base, 'build/renderer/notes.txt'), 'not a page file');
  writeFileSync(path.join(base, 'secret.js'), 'secret');
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers: http.IncomingHttpHeaders;
}

function get(target: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: shell.port, path: target, method, headers };
    const request = http.request(options, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

const host = (role: Role): string => `${role}.localhost:${shell.port}`;
const tokenPath = (role: Role): string => {
  const { pathname, search } = new URL(shell.addressOf(role));
  return pathname + search;
};

async function signIn(role: Role): Promise<string> {
  const reply = await get(tokenPath(role), { host: host(role) });
  return String(reply.headers['set-cookie']?.[0]).split(';')[0] ?? '';
}

interface Closed {
  readonly opened: boolean;
  readonly code: number;
}

function connect(headers: Record<string, string>, origin?: string, target = '/bridge'): WebSocket {
  const options = { headers, ...(origin === undefined ? {} : { origin }) };
  return new WebSocket(`ws://127.0.0.1:${shell.port}${target}`, options);
}

function closeOf(socket: WebSocket): Promise<Closed> {
  let opened = false;
  return new Promise((resolve) => {
    socket.on('open', () => (opened = true));
    socket.on('error', () => resolve({ opened, code: 0 }));
    socket.on('close', (code) => resolve({ opened, code }));
  });
}

async function openBridge(role: Role): Promise<WebSocket> {
  const cookie = await signIn(role);
  const socket = connect({ host: host(role), cookie }, `http://${host(role)}`);
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return socket;
}

function nextFrame(socket: WebSocket): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString())));
  });
}

describe('pages of the browser shell', () => {
  it('listens on the loopback address only', async () => {
    const outside = Object.values((await import('node:os')).networkInterfaces())
      .flatMap((entries) => entries ?? [])
      .find((entry) => entry.family === 'IPv4' && !entry.internal);
    if (outside === undefined) return;
    await expect(fetch(`http://${outside.address}:${shell.port}/`)).rejects.toThrow();
  });

  it('exchanges a token once for a cookie that scripts and other sites never see', async () => {
    const address = tokenPath('prompt');
    const reply = await get(address, { host: host('prompt') });
    expect(reply.status).toBe(303);
    expect(reply.headers.location).toBe('/');
    const cookie = String(reply.headers['set-cookie']?.[0]);
    expect(cookie).toMatch(/^portreeve-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await get(address, { host: host('prompt') })).status).toBe(403);
  });

  it('serves the page with the bridge first, to a session only', async () => {
    expect((await get('/', { host: host('prompt') })).status).toBe(403);
    const cookie = await signIn('prompt');
    const page = await get('/', { host: host('prompt'), cookie });
    expect(page.body).toContain('<head><script src="/bridge.js"></script>');
    expect(page.body).toContain('prompt');
    expect((await get('/bridge.js', { host: host('prompt'), cookie })).body).toBe('bridge');
    expect((await get('/bridge.js', { host: host('prompt') })).status).toBe(403);
  });

  it("refuses one role's token and session to the other", async () => {
    const token = tokenPath('prompt');
    expect((await get(token, { host: host('manager') })).status).toBe(403);
    const cookie = await signIn('prompt');
    expect((await get('/', { host: host('manager'), cookie })).status).toBe(403);
  });

  it.each([
    '127.0.0.1',
    'localhost',
    'evil.example',
    'prompt.localhost',
    'prompt.localhost.evil.example',
  ])('refuses the host %s', async (name) => {
    const cookie = await signIn('prompt');
    const named = name === 'prompt.localhost' ? name : `${name}:${shell.port}`;
    expect((await get('/', { host: named, cookie })).status).toBe(421);
  });

  it.each([
    '/../secret.js',
    '/..%2fsecret.js',
    '/%2e%2e/secret.js',
    '/..\\secret.js',
    '//etc/passwd',
    '/notes.txt',
    '/windows/',
    '/app.js%00',
    '/__proto__',
  ])('has no file at %s', async (target) => {
    const cookie = await signIn('prompt');
    const reply = await get(target, { host: host('prompt'), cookie });
    expect(reply.status).toBe(404);
    expect(reply.body).not.toContain('secret');
  });

  it('takes GET only', async () => {
    const cookie = await signIn('prompt');
    expect((await get('/', { host: host('prompt'), cookie }, 'POST')).status).toBe(405);
  });

  it('sends a policy that allows nothing but its own files and its own socket', async () => {
    const cookie = await signIn('prompt');
    for (const headers of [{ host: host('prompt'), cookie }, { host: host('prompt') }]) {
      const reply = await get('/', headers);
      expect(reply.headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
          `connect-src ws://${host('prompt')}; base-uri 'none'; form-action 'none'; ` +
          "frame-ancestors 'none'; require-trusted-types-for 'script'",
      );
      expect(reply.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cross-origin-opener-policy': 'same-origin',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      });
    }
  });

  it('says in a value that a port is in use', async () => {
    const parts = { router: { call: () => Promise.reject(new Error()) }, readState: () => null };
    const build = path.join(folder, 'build');
    expect(await startBrowserShell(shell.port, { build, ...parts })).toBe('in-use');
  });
});

describe('bridge of the browser shell', () => {
  it('passes calls on as the role of its host, and answers with their id', async () => {
    const socket = await openBridge('manager');
    socket.send(JSON.stringify({ id: 7, call: 'listRules', input: { text: '' } }));
    expect(await nextFrame(socket)).toEqual({ id: 7, result: { ok: true, value: 'listRules' } });
    expect(reached).toEqual([['manager', 'listRules', { text: '' }]]);
  });

  it('sends one state for many changes, to the role that hears it only', async () => {
    const prompt = await openBridge('prompt');
    const manager = await openBridge('manager');
    const frames: unknown[] = [];
    prompt.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())));
    for (let i = 0; i < 100; i++) shell.changed('promptChanged');
    shell.changed('managerChanged');
    expect(await nextFrame(manager)).toEqual({
      event: 'managerChanged',
      payload: { state: 'managerChanged' },
    });
    await expect
      .poll(() => frames)
      .toEqual([{ event: 'promptChanged', payload: { state: 'promptChanged' } }]);
  });

  it('lets a newer window take over and tells the older one', async () => {
    const first = await openBridge('prompt');
    const closed = closeOf(first);
    const second = await openBridge('prompt');
    expect((await closed).code).toBe(4001);
    expect(shell.isOpen('prompt')).toBe(true);
    second.close();
    await expect.poll(() => shell.isOpen('prompt')).toBe(false);
  });

  it('tells a page without a session so, and calls nothing for it', async () => {
    const socket = connect({ host: host('prompt') }, `http://${host('prompt')}`);
    socket.on('open', () =>
      socket.send(JSON.stringify({ id: 1, call: 'readPrompt', input: null })),
    );
    expect(await closeOf(socket)).toEqual({ opened: true, code: 4003 });
    expect(reached).toEqual([]);
  });

  it.each([
    ['a foreign origin', 'http://evil.example'],
    ['the other role', 'manager'],
    ['another port', 'http://prompt.localhost:1'],
    ['no origin', undefined],
  ])('cuts a socket of %s even with the cookie', async (_what, origin) => {
    const cookie = await signIn('prompt');
    const named = origin === 'manager' ? `http://${host('manager')}` : origin;
    const closed = await closeOf(connect({ host: host('prompt'), cookie }, named));
    expect(closed.opened).toBe(false);
  });

  it('cuts a socket at another path', async () => {
    const cookie = await signIn('prompt');
    const headers = { host: host('prompt'), cookie };
    const socket = connect(headers, `http://${host('prompt')}`, '/other');
    expect((await closeOf(socket)).opened).toBe(false);
  });

  it.each([
    'no json',
    '[]',
    'null',
    '{"call":"readPrompt"}',
    '{"id":"1","call":"x"}',
    '{"id":1.5}',
  ])('closes on the frame %s', async (frame) => {
    const socket = await openBridge('prompt');
    const closed = closeOf(socket);
    socket.send(frame);
    expect((await closed).code).toBe(1008);
    expect(reached).toEqual([]);
  });

  it('closes on a frame over 64 KiB and on binary data', async () => {
    const big = await openBridge('prompt');
    const bigClosed = closeOf(big);
    big.send(JSON.stringify({ id: 1, call: 'readPrompt', input: 'x'.repeat(70_000) }));
    await bigClosed;
    const binary = await openBridge('prompt');
    const binaryClosed = closeOf(binary);
    binary.send(Buffer.from('{"id":1,"call":"readPrompt"}'));
    expect((await binaryClosed).code).toBe(1008);
    expect(reached).toEqual([]);
  });
});
