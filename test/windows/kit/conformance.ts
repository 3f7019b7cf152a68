/** Real connections of a real program, held and answered. On Windows and, to test the kit itself, in the lab. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

import type { Check } from './check.ts';
import { type Held, type HoldClient, until } from './hold-client.ts';
import type { Ending } from './program.ts';
import { type Server, listen } from './server.ts';

export interface Bench {
  /** Attached. */
  readonly client: HoldClient;
  /** Starts program.ts with these arguments where the driver sees its connections. Its standard output is a pipe. */
  start(args: readonly string[]): ChildProcess;
  readonly floodCount: number;
}

interface Way {
  readonly name: string;
  readonly words: string;
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
}

const ways: readonly Way[] = [
  { name: 'tcp4', words: 'TCP over IPv4', protocol: 'tcp', address: '127.0.0.1' },
  { name: 'tcp6', words: 'TCP over IPv6', protocol: 'tcp', address: '::1' },
  { name: 'udp4', words: 'UDP over IPv4', protocol: 'udp', address: '127.0.0.1' },
  { name: 'udp6', words: 'UDP over IPv6', protocol: 'udp', address: '::1' },
];
const protocols = { tcp: 6, udp: 17 };

const QUIET_MS = 300;
/** A refusal that waits for a time-out of TCP takes 20 s and more. */
const AT_ONCE_MS = 1000;
const SHORT_HOLD_MS = 1000;

export const conformance: readonly Check<Bench>[] = [
  ...ways.map((way) => ({
    id: `hold.${way.name}`,
    title: `${way.words} is held, arrives only after "allow", once and in order`,
    run: (bench: Bench) => allows(bench, way),
  })),
  ...ways.map((way) => ({
    id: `block.${way.name}`,
    title: `${way.words} that is blocked fails at once and never arrives`,
    run: (bench: Bench) => blocks(bench, way),
  })),
  { id: 'hold.timeout', title: 'what nobody answers is blocked in time', run: timesOut },
  { id: 'loss.close', title: 'holds are settled when the client goes', run: clientGoes },
  { id: 'loss.program', title: 'the hold of a program that is killed ends', run: programKilled },
  { id: 'hold.flood', title: 'a flood of connections is answered without a loss', run: flood },
];

async function allows(bench: Bench, way: Way): Promise<string> {
  const { server, program, held } = await hold(bench, way);
  await pause(QUIET_MS);
  assert.deepEqual(server.received, [], 'something arrived while it was held');
  const answered = performance.now();
  await answerAll(bench, held, 'allow');
  assert.equal((await endingOf(program)).outcome, 'done');
  const took = performance.now() - answered;
  const expected = way.protocol === 'tcp' ? ['connection'] : ['0', '1', '2'];
  await until('all to arrive', () => (server.received.length < expected.length ? undefined : true));
  await pause(QUIET_MS);
  assert.deepEqual(server.received, expected);
  server.close();
  return `${took.toFixed(0)} ms from the answer to the end of the program`;
}

async function blocks(bench: Bench, way: Way): Promise<string> {
  const { server, program, held } = await hold(bench, way);
  const answered = performance.now();
  await answerAll(bench, held, 'block');
  const { outcome } = await endingOf(program);
  const took = performance.now() - answered;
  // Windows tells the sender of a datagram that it was sent, once it is held.
  if (way.protocol === 'tcp') assert.equal(outcome, 'EACCES');
  assert.ok(took < AT_ONCE_MS, `it took ${took.toFixed(0)} ms`);
  await pause(QUIET_MS);
  assert.deepEqual(server.received, [], 'something arrived though it was blocked');
  server.close();
  return `${outcome} after ${took.toFixed(0)} ms`;
}

/** Each further datagram of the socket may ask anew, once the first is settled. */
async function answerAll({ client }: Bench, held: Held, verdict: 'allow' | 'block'): Promise<void> {
  client.answerEvery(verdict);
  await client.answer(held, verdict);
}

interface OnHold {
  readonly server: Server;
  readonly program: ChildProcess;
  readonly held: Held;
}

async function hold(bench: Bench, way: Way): Promise<OnHold> {
  const server = await listen(way.protocol, way.address);
  bench.client.forget();
  bench.client.watch(
    ({ port, protocol, direction }) =>
      port === server.port && protocol === protocols[way.protocol] && direction === 'outbound',
  );
  const program = bench.start([way.protocol, way.address, String(server.port)]);
  const held = await bench.client.next();
  assert.equal(held.connection.target.address, way.address);
  return { server, program, held };
}

/** What the program wrote before it ended. */
async function endingOf(program: ChildProcess): Promise<Ending> {
  let text = '';
  program.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const line = await until('the program to end', () => /^\{.*\}$/m.exec(text)?.[0], 60_000);
  return JSON.parse(line) as Ending;
}

const tcp = ways[0] as Way;

/** The driver's own clock decides. */
async function timesOut(bench: Bench): Promise<string> {
  await bench.client.stop();
  await bench.client.start(SHORT_HOLD_MS);
  try {
    const { server, program, held } = await hold(bench, tcp);
    const { reason, verdict } = await bench.client.settled(held);
    assert.deepEqual([reason, verdict], ['watchdog', 'block']);
    const { outcome, milliseconds } = await endingOf(program);
    assert.equal(outcome, 'EACCES');
    server.close();
    return `after ${milliseconds.toFixed(0)} ms`;
  } finally {
    await bench.client.stop();
    await bench.client.start();
  }
}

async function clientGoes(bench: Bench): Promise<string> {
  const { server, program } = await hold(bench, tcp);
  const started = performance.now();
  await bench.client.stop();
  const { outcome } = await endingOf(program);
  const took = performance.now() - started;
  await bench.client.start();
  assert.equal(outcome, 'EACCES');
  assert.ok(took < AT_ONCE_MS, `it took ${took.toFixed(0)} ms`);
  const told = ({ port }: { port: number }): boolean => port === server.port;
  await until('the next client to be told', () =>
    bench.client.decided.find(({ connection }) => told(connection.target)),
  );
  server.close();
  return `after ${took.toFixed(0)} ms, and the next client is told`;
}

async function programKilled(bench: Bench): Promise<string> {
  const { server, program, held } = await hold(bench, tcp);
  program.kill('SIGKILL');
  const { reason } = await bench.client.settled(held);
  server.close();
  return reason;
}

async function flood(bench: Bench): Promise<string> {
  const server = await listen('tcp', tcp.address);
  bench.client.forget();
  bench.client.watch(({ port }) => port === server.port);
  bench.client.answerEvery('allow');
  const args = ['flood', tcp.address, String(server.port), String(bench.floodCount)];
  const { outcome, count, milliseconds } = await endingOf(bench.start(args));
  bench.client.forget();
  server.close();
  assert.deepEqual([outcome, count], ['done', bench.floodCount]);
  return `${count} in ${(milliseconds / 1000).toFixed(1)} s`;
}
