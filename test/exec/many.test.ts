/** Many at once, and many in a row. */
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

test('200 connections of one program to 200 addresses are held at once and released by one answer', async () => {
  const program = lab.caller('threads', 200, tcp.port);
  const held = await lab.client.expectHeld(200);
  const addresses = new Set(held.map(({ connection }) => connection.target.address));
  expect(addresses.size).toBe(200);
  expect(new Set(held.map(({ connection }) => connection.process.id)).size).toBe(1);
  expect(await lab.client.answer(held, 'allow')).toBe(200);
  expect(words(await program.ended)).toEqual(['200', '0', '0']);
});

test('beyond 256 holds of one program the rest gets the default of the policy', async () => {
  const program = lab.caller('threads', 400, tcp.port);
  const full = (): number => lab.client.decided.filter(({ reason }) => reason === 'full').length;
  await until('144 decisions without a hold', () => full() === 144);
  const held = await lab.client.expectHeld(256);
  await lab.client.answer(held, 'allow');
  expect(words(await program.ended)).toEqual(['256', '144', '0']);
});

test('another program is not delayed by what is held', async () => {
  const many = lab.caller('threads', 200, tcp.port);
  const waiting = await lab.client.expectHeld(200);
  const ids = new Set(waiting.map(({ id }) => id));
  const other = lab.caller('connect', '127.0.0.1', tcp.port);
  await until('the other', () => lab.client.held().length === 201);
  await lab.client.answer(
    lab.client.held().filter(({ id }) => !ids.has(id)),
    'allow',
  );
  expect(words(await other.ended)[0]).toBe('0');
  await lab.client.answer(waiting, 'block');
  expect(words(await many.ended)).toEqual(['0', '200', '0']);
});

test('500 processes at once', async () => {
  lab.client.answerEvery('allow');
  const program = lab.caller('forks', 500, '127.0.0.1', tcp.port);
  expect(words(await program.ended)).toEqual(['500', '0', '0']);
  lab.client.answerEvery(null);
});

test(
  '16 programs of 256 connections each: 4 096 held, all answered',
  { timeout: 120_000 },
  async () => {
    const programs = Array.from({ length: 16 }, () => lab.caller('threads', 256, tcp.port));
    await until('4096 holds', () => lab.client.held().length === 4096);
    expect(await lab.client.answer(lab.client.held(), 'block')).toBe(4096);
    for (const { ended } of programs) {
      // oxlint-disable-next-line no-await-in-loop -- each has its own line
      expect(words(await ended)).toEqual(['0', '256', '0']);
    }
  },
);

test('10 000 connections in a row leave nothing behind', { timeout: 120_000 }, async () => {
  lab.client.answerEvery('allow');
  const command = `'${caller()}' sequence 10000 127.0.0.1 ${tcp.port}; sleep 2; echo descriptors; ls /proc/$PPID/fd | wc -l`;
  const program = lab.run('sh', ['-c', command]);
  const [error, microseconds, , descriptors] = words(await program.ended);
  lab.client.answerEvery(null);
  expect(error).toBe('0');
  expect(Number(microseconds)).toBeGreaterThan(0);
  expect(Number(descriptors)).toBeLessThan(20);
});
