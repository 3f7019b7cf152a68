/** Datagrams: every address is asked about once per socket, whichever call names it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Lab, until, words } from './lab.ts';
import { type TestServer, startUdp } from './servers.ts';

let lab: Lab;
let udp: TestServer;
let udp6: TestServer;

beforeAll(async () => {
  lab = await Lab.start();
  udp = await startUdp('127.0.0.1');
  udp6 = await startUdp('::1');
});

afterAll(async () => {
  udp.close();
  udp6.close();
  await lab.stop();
});

test.each(['sendto', 'sendmsg'])('%s is held; allowed, it arrives once', async (kind) => {
  const before = udp.received.length;
  const program = lab.caller('udp', kind, '127.0.0.1', udp.port);
  const { connection } = await lab.client.answerNext('allow');
  expect(connection.target).toMatchObject({ address: '127.0.0.1', port: udp.port, protocol: 17 });
  expect(words(await program.ended)).toEqual(['0']);
  await until('the datagram', () => udp.received.length > before);
  expect(udp.received.slice(before)).toEqual(['hello']);
});

test.each(['sendto', 'sendmsg'])('%s fails with EACCES when it is blocked', async (kind) => {
  const before = udp.received.length;
  const program = lab.caller('udp', kind, '127.0.0.1', udp.port);
  await lab.client.answerNext('block');
  expect(words(await program.ended)).toEqual(['EACCES']);
  expect(udp.received.length).toBe(before);
});

test('the same remote is asked about once per socket (rule R40)', async () => {
  const before = udp.received.length;
  const program = lab.caller('udp', 'twice', '127.0.0.1', udp.port);
  await lab.client.answerNext('allow');
  expect(words(await program.ended)).toEqual(['0', '0']);
  await until('both', () => udp.received.length === before + 2);
});

test('what was blocked is asked about again', async () => {
  const program = lab.caller('udp', 'twice', '127.0.0.1', udp.port);
  await lab.client.answerNext('block');
  await lab.client.answerNext('allow');
  expect(words(await program.ended)).toEqual(['EACCES', '0']);
});

test('connect() is held; what is sent over it afterwards is not', async () => {
  const program = lab.caller('udp', 'connect', '127.0.0.1', udp.port);
  await lab.client.answerNext('allow');
  expect(words(await program.ended)).toEqual(['0', '0']);
});

test('hanging up is not held, and AF_UNSPEC in a send is an address', async () => {
  const program = lab.caller('unspecified', '127.0.0.1', udp.port);
  await lab.client.answerNext('allow');
  expect(words(await program.ended)).toEqual(['0', '0', '0']);
});

test('IPv6 datagrams', async () => {
  const program = lab.caller('udp', 'sendto', '::1', udp6.port);
  const { connection } = await lab.client.answerNext('allow');
  expect(connection.target).toMatchObject({ address: '::1', port: udp6.port, protocol: 17 });
  expect(words(await program.ended)).toEqual(['0']);
  await until('the datagram', () => udp6.received.length === 1);
});

const three = ['127.0.0.1', '127.0.0.2', '127.0.0.1', '127.0.0.3'];

test('sendmmsg asks about each address once and goes on when all are allowed', async () => {
  const before = udp.received.length;
  const program = lab.caller('udp', 'sendmmsg', '127.0.0.1', udp.port, ...three);
  const held = await lab.client.expectHeld(3);
  const addresses = held.map(({ connection }) => connection.target.address).toSorted();
  expect(addresses).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
  await lab.client.answer(held.slice(0, 2), 'allow');
  expect(await lab.client.expectHeld(1)).toHaveLength(1);
  expect(udp.received.length).toBe(before);
  await lab.client.answer(held.slice(2), 'allow');
  expect(words(await program.ended)).toEqual(['0']);
  await until('both to 127.0.0.1', () => udp.received.length === before + 2);
});

test.each([0, 1, 2])('sendmmsg sends nothing when its address %i is blocked', async (blocked) => {
  const before = udp.received.length;
  const program = lab.caller('udp', 'sendmmsg', '127.0.0.1', udp.port, ...three);
  const held = await lab.client.expectHeld(3);
  await lab.client.answer(held.splice(blocked, 1), 'block');
  await lab.client.answer(held, 'allow');
  expect(words(await program.ended)).toEqual(['EACCES']);
  expect(udp.received.length).toBe(before);
});
