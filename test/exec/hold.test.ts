/** Real programs behind the door: what their calls do while they are held, allowed and blocked. */
import { chmodSync, copyFileSync, mkdirSync, realpathSync, renameSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { node } from '../../scripts/process.ts';
import { Lab, atOnceMs, caller, compile, need, words } from './lab.ts';
import { type TestServer, startTcp, startWeb } from './servers.ts';

let lab: Lab;
let web: TestServer;
let tcp: TestServer;

beforeAll(async () => {
  lab = await Lab.start();
  web = await startWeb('127.0.0.1');
  tcp = await startTcp();
});

afterAll(async () => {
  web.close();
  tcp.close();
  await lab.stop();
});

test('curl waits, and gets the body when it is allowed', async () => {
  const curl = lab.run('curl', ['-sS', `http://127.0.0.1:${web.port}/body`]);
  const [held] = await lab.client.expectHeld(1);
  expect(web.received).not.toContain('/body');
  expect(held?.connection.path).toBe(realpathSync(need('curl')));
  expect(held?.connection.process.id).toBeGreaterThan(0n);
  expect(held?.connection.target).toMatchObject({
    address: '127.0.0.1',
    port: web.port,
    protocol: 6,
    direction: 'outbound',
  });
  await lab.client.answer(held === undefined ? [] : [held], 'allow');
  expect(await curl.ended).toMatchObject({ code: 0, stdout: 'hello' });
});

async function msUntilBlocked(): Promise<number> {
  const curl = lab.run('curl', ['-sS', `http://127.0.0.1:${web.port}/blocked`]);
  const held = await lab.client.expectHeld(1);
  const answered = performance.now();
  await lab.client.answer(held, 'block');
  const { code, at } = await curl.ended;
  expect(code).toBe(7);
  return at - answered;
}

test('curl fails at once when it is blocked, and nothing arrives', async () => {
  // The best of three: other tests keep this computer busy.
  const times = [await msUntilBlocked(), await msUntilBlocked(), await msUntilBlocked()];
  expect(Math.min(...times)).toBeLessThan(atOnceMs);
  expect(web.received).not.toContain('/blocked');
});

test('the error is EACCES, also on a non-blocking socket', async () => {
  for (const kind of ['connect', 'nonblocking']) {
    const program = lab.caller(kind, '127.0.0.1', tcp.port);
    // oxlint-disable-next-line no-await-in-loop -- one program after the other
    await lab.client.answerNext('block');
    // oxlint-disable-next-line no-await-in-loop
    expect(words(await program.ended)[0]).toBe('EACCES');
  }
});

test('a Node program fetches', async () => {
  const script = `fetch('http://127.0.0.1:${web.port}/node').then((r) => r.text()).then(console.log)`;
  const program = lab.run(node, ['-e', script]);
  const held = await lab.client.answerNext('allow');
  expect(held.connection.path).toBe(realpathSync(node));
  expect(await program.ended).toMatchObject({ code: 0, stdout: 'hello\n' });
});

test('a Node program is told EACCES', async () => {
  const script = `require('net').connect(${tcp.port}, '127.0.0.1').on('error', (e) => console.log(e.code))`;
  const program = lab.run(node, ['-e', script]);
  await lab.client.answerNext('block');
  expect(await program.ended).toMatchObject({ code: 0, stdout: 'EACCES\n' });
});

test('IPv6, IPv4-mapped and unspecified addresses are shown as where they lead', async () => {
  const shown: string[] = [];
  for (const address of ['::1', '::ffff:127.0.0.9', '0.0.0.0', '::']) {
    const program = lab.caller('connect', address, tcp.port);
    // oxlint-disable-next-line no-await-in-loop -- one program after the other
    const { connection } = await lab.client.answerNext('block');
    shown.push(connection.target.address);
    // oxlint-disable-next-line no-await-in-loop
    expect(words(await program.ended)[0]).toBe('EACCES');
  }
  expect(shown).toEqual(['::1', '127.0.0.9', '127.0.0.1', '::1']);
});

test('asking again whether it is connected is not a new connection', async () => {
  const program = lab.caller('again', '127.0.0.1', tcp.port);
  await lab.client.answerNext('allow');
  expect(words(await program.ended)).toEqual(['0', 'EISCONN']);
});

test('a process whose first thread has ended is still known', async () => {
  const program = lab.caller('first-thread-gone', '127.0.0.1', tcp.port);
  const { connection } = await lab.client.answerNext('allow');
  expect(connection.path).toBe(caller());
  expect(words(await program.ended)).toEqual(['0']);
});

test('where descriptors can not be looked into, protocols are still known', async () => {
  const exec = [lab.program, 'exec', '--door', lab.door, '--', caller()];
  const tcpProgram = lab.start(compile('deny'), [
    ...exec,
    'connect',
    '127.0.0.1',
    String(tcp.port),
  ]);
  expect((await lab.client.answerNext('block')).connection.target.protocol).toBe(6);
  expect(words(await tcpProgram.ended)[0]).toBe('EACCES');
  const udp = ['udp', 'sendto', '127.0.0.1', String(tcp.port)];
  const udpProgram = lab.start(compile('deny'), [...exec, ...udp]);
  expect((await lab.client.answerNext('allow')).connection.target.protocol).toBe(17);
  expect(words(await udpProgram.ended)).toEqual(['0']);
});

test('every child of a shell is held under its own name and parent', async () => {
  const command = `'${caller()}' connect 127.0.0.1 ${tcp.port}; curl -sS http://127.0.0.1:${web.port}/sh; exit 3`;
  const shell = lab.run('sh', ['-c', command]);
  const first = await lab.client.answerNext('allow');
  const second = await lab.client.answerNext('allow');
  expect(first.connection.path).toBe(caller());
  expect(second.connection.path).toBe(realpathSync(need('curl')));
  expect(second.connection.process.id).not.toBe(first.connection.process.id);
  const { code, stdout } = await shell.ended;
  expect(code).toBe(3);
  expect(stdout).toContain('hello');
});

test('a process that executes another program is another process', async () => {
  const python = `import os, socket, sys
try: socket.create_connection(('127.0.0.1', ${tcp.port}))
except OSError as error: print(error.errno, flush=True)
os.execv(sys.argv[1], ['caller', 'connect', '127.0.0.1', '${tcp.port}'])`;
  const program = lab.run('python3', ['-c', python, caller()]);
  const before = await lab.client.answerNext('block');
  const after = await lab.client.answerNext('allow');
  expect(after.connection.process.id).toBe(before.connection.process.id);
  expect(after.connection.process.created).toBeGreaterThan(before.connection.process.created);
  expect(before.connection.path).toContain('python');
  expect(after.connection.path).toBe(caller());
  expect(words(await program.ended).slice(0, 2)).toEqual(['13', '0']);
});

test('a path with spaces, a newline and bytes that are no UTF-8 arrives whole', async () => {
  const bytes = Buffer.concat([
    Buffer.from(`${lab.folder}/a b\nc \u{1F600} `),
    Buffer.from([0xff, 0xc3]),
  ]);
  mkdirSync(path.join(lab.folder, 'plain'));
  copyFileSync(caller(), path.join(lab.folder, 'plain', 'program'));
  chmodSync(path.join(lab.folder, 'plain', 'program'), 0o755);
  renameSync(path.join(lab.folder, 'plain', 'program'), bytes);
  // Node passes arguments as UTF-8 only, so a shell finds the file.
  const command = `exec "$1"/a*b* connect 127.0.0.1 ${tcp.port}`;
  const program = lab.run('bash', ['-c', command, 'bash', lab.folder]);
  const { connection } = await lab.client.answerNext('allow');
  expect(connection.path).toBe(`${lab.folder}/a b\nc \u{1F600} \uDCFF\uDCC3`);
  expect(words(await program.ended)[0]).toBe('0');
});

test('without a client the policy decides at once', async () => {
  const alone = await Lab.start('allow');
  try {
    await alone.client.stop();
    expect(words(await alone.caller('connect', '127.0.0.1', tcp.port).ended)[0]).toBe('0');
    const blocking = await Lab.start('block');
    await blocking.client.stop();
    const program = blocking.caller('connect', '127.0.0.1', tcp.port);
    expect(words(await program.ended)[0]).toBe('EACCES');
    await blocking.stop();
  } finally {
    await alone.stop();
  }
});

test('a client that goes away settles what is held', async () => {
  const other = await Lab.start('allow');
  const program = other.caller('connect', '127.0.0.1', tcp.port);
  await other.client.expectHeld(1);
  const left = performance.now();
  await other.client.stop();
  const ended = await program.ended;
  expect(words(ended)[0]).toBe('0');
  expect(ended.at - left).toBeLessThan(1000);
  await other.stop();
});
