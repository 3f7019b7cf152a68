/** What happens to a hold when the program, its thread, its socket or the lab goes away meanwhile. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Lab, caller, until, words } from './lab.ts';
import { type TestServer, startTcp } from './servers.ts';

let lab: Lab;
let tcp: TestServer;

beforeAll(async () => {
  lab = await Lab.start();
  tcp = await startTcp();
});

afterAll(async () => {
  tcp.close();
  await lab.stop();
});

test('a killed program settles its hold at once', async () => {
  const program = lab.caller('connect', '127.0.0.1', tcp.port);
  const [held] = await lab.client.expectHeld(1);
  const killed = performance.now();
  process.kill(Number(held?.connection.process.id), 'SIGKILL');
  await lab.client.expectHeld(0);
  expect(performance.now() - killed).toBeLessThan(300);
  expect(await program.ended).toMatchObject({ code: 'SIGKILL' });
});

test('a killed launcher takes its program with it', async () => {
  const program = lab.caller('connect', '127.0.0.1', tcp.port);
  await lab.client.expectHeld(1);
  program.child.kill('SIGKILL');
  await lab.client.expectHeld(0);
});

test('a killed supervisor takes the program with it, and the launcher says so', async () => {
  const program = lab.caller('connect', '127.0.0.1', tcp.port);
  const [held] = await lab.client.expectHeld(1);
  const stat = readFileSync(`/proc/${held?.connection.process.id ?? 0n}/stat`, 'latin1');
  const supervisor = Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]);
  expect(supervisor).not.toBe(program.child.pid);
  process.kill(supervisor, 'SIGKILL');
  await lab.client.expectHeld(0);
  const ended = await program.ended;
  // The kernel may end the call with ENOSYS a moment before the program's own end.
  expect([undefined, 'ENOSYS']).toContain(words(ended)[0]);
  const { code, stderr } = ended;
  expect(code).toBe(125);
  expect(stderr).toContain('the supervisor of this program was killed');
});

test('a signal without SA_RESTART ends the call with EINTR and the hold within a second', async () => {
  const program = lab.caller('interrupt', '127.0.0.1', tcp.port);
  await lab.client.expectHeld(1);
  const ended = await program.ended;
  expect(words(ended)[0]).toBe('EINTR');
  await lab.client.expectHeld(0);
  expect(performance.now() - ended.at).toBeLessThan(1000);
});

test.each(['restart', 'storm'])('signals with SA_RESTART keep the same hold: %s', async (how) => {
  const program = lab.caller(how, '127.0.0.1', tcp.port);
  const [held] = await lab.client.expectHeld(1);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const [same] = await lab.client.expectHeld(1);
  expect(same?.id).toBe(held?.id);
  await lab.client.answerNext('allow');
  const [error, milliseconds] = words(await program.ended);
  expect(error).toBe('0');
  expect(Number(milliseconds)).toBeGreaterThan(1400);
});

test.each(['close', 'replace'])('%s of the socket by another thread ends the hold', async (how) => {
  const program = lab.caller(how, '127.0.0.1', tcp.port);
  await lab.client.expectHeld(1);
  await lab.client.expectHeld(0);
  expect(words(await program.ended)).toEqual(['EBADF']);
});

test('an address that was changed while it was held is refused, not reached', async () => {
  const before = tcp.received.length;
  const program = lab.caller('change', '127.0.0.7', tcp.port, '127.0.0.8');
  const [held] = await lab.client.expectHeld(1);
  expect(held?.connection.target.address).toBe('127.0.0.7');
  await new Promise((resolve) => setTimeout(resolve, 600));
  await lab.client.answerNext('allow');
  expect(words(await program.ended)).toEqual(['EACCES']);
  expect(tcp.received.length).toBe(before);
});

test('exec() in another thread settles the hold', async () => {
  const program = lab.caller('thread-killed', '127.0.0.1', tcp.port);
  await lab.client.expectHeld(1);
  await lab.client.expectHeld(0);
  expect(await program.ended).toMatchObject({ code: 0, stdout: '' });
});

test('the lab killed while a program is held: an error at once, and the program finds the next lab', async () => {
  const script = `for i in 1 2 3; do "$1" connect 127.0.0.1 ${tcp.port} | head -1; sleep 1; done`;
  const other = await Lab.start();
  const shell = other.run('sh', ['-c', script, 'sh', caller()]);
  let output = '';
  shell.child.stdout?.on('data', (text: Buffer) => (output += text.toString()));
  await other.client.expectHeld(1);
  const killed = performance.now();
  await other.kill();
  await until('an error', () => output.startsWith('EACCES'));
  expect(performance.now() - killed).toBeLessThan(1000);
  await other.serve();
  other.client.answerEvery('allow');
  const ended = await shell.ended;
  expect(ended.code).toBe(0);
  expect(words(ended).at(-1)).toBe('0');
  expect(ended.stderr).toContain('Portreeve is gone');
  await other.stop();
});

test('the unload of the driver answers what is held', async () => {
  const other = await Lab.start('allow');
  const program = other.caller('connect', '127.0.0.1', tcp.port);
  await other.client.expectHeld(1);
  expect(await other.unload()).toBe(0);
  expect(['0', 'EACCES']).toContain(words(await program.ended)[0]);
  await other.stop();
});
