/** What is tried with the installed driver: as an administrator, as a standard user, over sleep, stop and crash. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

import { windowsDevice } from '../../../src-main/driver/device-windows.ts';
import { type Check, type Result, Skip } from './check.ts';
import { type Bench, conformance } from './conformance.ts';
import { HoldClient, until } from './hold-client.ts';
import { hostile } from './hostile.ts';
import { DEVICE, type Kit, imageOfService, startService, stopService } from './kit.ts';
import type { Ending } from './program.ts';
import { listen } from './server.ts';
import type { Phase } from './state.ts';
import { byPowershell, quoted, systemProgram } from './windows.ts';

const FLOOD = 2000;
const SLEEP_MS = 300_000;
const SLEPT_MS = 15_000;
const LOSS_MS = 2000;
const USER = 'portreeve-kit';
const TCP = 6;
const removeUser = `Get-LocalUser '${USER}' -ErrorAction SilentlyContinue | Remove-LocalUser`;
const kitFile = process.argv[1] ?? '';

export const service: readonly Check<Kit>[] = [
  { id: 'verifier.on', title: 'Driver Verifier watches the driver', run: verifierOn },
  { id: 'service.start', title: 'the driver starts', run: started },
];

export const special: readonly Check<Kit>[] = [
  { id: 'hostile.name', title: 'a name below the device is refused', run: nameBelow },
  { id: 'hold.icmp', title: 'a ping is held and answered', run: ping },
  { id: 'hold.inbound', title: 'an inbound connection is held and answered', run: inbound },
  { id: 'loss.kill', title: 'holds are settled when the client is killed', run: clientKilled },
  { id: 'sleep.settles', title: 'holds are settled over sleep', run: sleep },
  { id: 'service.stop', title: 'the driver stops while something is held', run: stopWhileHeld },
  { id: 'service.again', title: 'and starts again', run: started },
];

export const afterwards: readonly Check<Kit>[] = [
  { id: 'crash.none', title: 'Windows did not crash', run: noCrash },
];

export const exercise: Phase<Kit> = {
  title: 'Try the driver',
  changes: [
    'while it runs, connections of this computer are held for a moment each',
    'a user "portreeve-kit" exists for the checks that need one',
  ],
  async run(kit) {
    await kit.store.runChecks(service, kit);
    await withBench((bench) => kit.store.runChecks(conformance, bench));
    await kit.store.runChecks(hostile, windowsDevice());
    await kit.store.runChecks(special, kit);
    await asUser(kit);
    await kit.store.runChecks(afterwards, kit);
    return 'go on';
  },
};

async function withBench(run: (bench: Bench) => Promise<void>): Promise<void> {
  const client = new HoldClient(windowsDevice());
  await client.start();
  try {
    await run({ client, start: startProgram, floodCount: FLOOD });
  } finally {
    await client.stop();
  }
}

function startProgram(args: readonly string[]): ChildProcess {
  return spawnKit(['program', ...args]);
}

function spawnKit(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [kitFile, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function verifierOn({ windows }: Kit): Promise<undefined> {
  const output = await windows.must('verifier.exe', ['/query']);
  assert.match(output, /portreeve\.sys/i);
}

async function started(kit: Kit): Promise<undefined> {
  await startService(kit);
}

async function nameBelow(): Promise<string> {
  const opened = await windowsDevice(`${DEVICE}\\below`).open();
  if (opened.ok) await opened.device.close();
  assert.ok(!opened.ok, 'it was opened');
  return opened.failure.code;
}

/** ICMP has no ports; nothing else pings this address. */
async function ping(): Promise<string> {
  const client = new HoldClient(windowsDevice());
  await client.start();
  try {
    client.watch(({ protocol }) => protocol === 1);
    const child = spawn(systemProgram('ping.exe'), ['-n', '1', '-w', '20000', '127.0.0.1']);
    const held = await client.next();
    await client.answer(held, 'allow');
    await until('ping to end', () => child.exitCode ?? undefined, 30_000);
    assert.equal(child.exitCode, 0, 'no reply came');
    return held.connection.target.address;
  } finally {
    await client.stop();
  }
}

/** Over loopback the same connection is asked about twice: here what leaves is allowed at once, and what arrives waits. */
async function inbound(): Promise<string> {
  const client = new HoldClient(windowsDevice());
  await client.start();
  const server = await listen('tcp', '127.0.0.1');
  try {
    client.watch(({ direction, protocol }) => direction === 'inbound' && protocol === TCP);
    startProgram(['tcp', '127.0.0.1', String(server.port)]);
    let held = await client.next();
    while (held.connection.process.id !== BigInt(process.pid)) {
      // oxlint-disable-next-line no-await-in-loop -- that of another program
      await client.answer(held, 'allow');
      // oxlint-disable-next-line no-await-in-loop
      held = await client.next();
    }
    assert.deepEqual(server.received, [], 'it arrived while it was held');
    await client.answer(held, 'allow');
    await until('the connection to arrive', () => server.received[0]);
    return held.connection.target.address;
  } finally {
    server.close();
    await client.stop();
  }
}

interface Loss {
  readonly outcome: string;
  readonly milliseconds: number;
}

/** A program is on hold; `lose` makes the driver settle it. What became of the program, and how long after. */
async function holdAndLose(client: HoldClient, lose: () => Promise<void>): Promise<Loss> {
  const server = await listen('tcp', '127.0.0.1');
  client.watch(({ port, direction }) => port === server.port && direction === 'outbound');
  const program = startProgram(['tcp', '127.0.0.1', String(server.port)]);
  let text = '';
  program.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await client.next();
  const begun = performance.now();
  await lose();
  const line = await until('the program to end', () => /^\{.*\}$/m.exec(text)?.[0], 60_000);
  server.close();
  const { outcome } = JSON.parse(line) as Ending;
  return { outcome, milliseconds: performance.now() - begun };
}

/** The client is a process of its own, which tells when something is on hold. */
async function clientKilled(): Promise<string> {
  const server = await listen('tcp', '127.0.0.1');
  const client = spawnKit(['client', String(server.port)]);
  let told = '';
  client.stdout?.on('data', (chunk: Buffer) => (told += chunk.toString()));
  await until('the client to attach', () => told.includes('attached') || undefined);
  const program = startProgram(['tcp', '127.0.0.1', String(server.port)]);
  let text = '';
  program.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until('the connection to be held', () => told.includes('held') || undefined);
  const begun = performance.now();
  client.kill('SIGKILL');
  const line = await until('the program to end', () => /^\{.*\}$/m.exec(text)?.[0]);
  const took = performance.now() - begun;
  server.close();
  assert.equal((JSON.parse(line) as Ending).outcome, 'EACCES');
  assert.ok(took < LOSS_MS, `it took ${took.toFixed(0)} ms`);
  return `after ${took.toFixed(0)} ms`;
}

/** The other side of clientKilled. Does not end by itself. */
export async function runClient(port: number): Promise<void> {
  const client = new HoldClient(windowsDevice());
  client.watch((target) => target.port === port && target.direction === 'outbound');
  await client.start();
  process.stdout.write('attached\n');
  await client.next();
  process.stdout.write('held\n');
  setInterval(() => undefined, 1000);
}

async function sleep(kit: Kit): Promise<string> {
  const client = new HoldClient(windowsDevice());
  await client.start(SLEEP_MS);
  try {
    const { outcome } = await holdAndLose(client, async () => {
      const text = 'Put the computer to sleep and wake it up, or leave it; then press Enter here.';
      const slept = await longestGap(() => kit.ask(text));
      if (slept < SLEPT_MS) throw new Skip('the computer did not sleep');
    });
    assert.notEqual(outcome, 'done', 'it was let through');
    return outcome;
  } finally {
    await client.stop();
  }
}

/** The longest time in which no timer of this process ran, in milliseconds of the wall's clock. */
async function longestGap(during: () => Promise<void>): Promise<number> {
  let last = Date.now();
  let longest = 0;
  const look = (): void => {
    longest = Math.max(longest, Date.now() - last);
    last = Date.now();
  };
  const timer = setInterval(look, 500);
  await during();
  clearInterval(timer);
  look();
  return longest;
}

async function stopWhileHeld(kit: Kit): Promise<string> {
  const client = new HoldClient(windowsDevice());
  await client.start();
  try {
    const { outcome, milliseconds } = await holdAndLose(client, () => stopService(kit));
    assert.notEqual(outcome, 'done', 'it was let through');
    return `${outcome} after ${milliseconds.toFixed(0)} ms`;
  } finally {
    await client.stop();
  }
}

/**
 * Runs this file as a standard user that exists for as long as it takes. The password is made here and told to nobody;
 * the results come back in a file of the folder that everybody may write to.
 */
async function asUser(kit: Kit): Promise<void> {
  const { windows, store } = kit;
  const file = path.join(
    process.env['PUBLIC'] ?? 'C:\\Users\\Public',
    `portreeve-kit-${randomUUID()}.json`,
  );
  const args = [kitFile, 'user', file, await imageOfService(kit)]
    .map((one) => `"${one}"`)
    .join(' ');
  const password = `${randomUUID()}Aa1!`;
  store.willChange({ title: 'user', ...byPowershell(removeUser) });
  await windows.powershell(`
    $password = ConvertTo-SecureString ${quoted(password)} -AsPlainText -Force
    ${removeUser}
    New-LocalUser ${quoted(USER)} -Password $password | Out-Null
    Get-LocalGroup -SID S-1-5-32-545 | Add-LocalGroupMember -Member ${quoted(USER)}
    $who = New-Object System.Management.Automation.PSCredential(${quoted(USER)}, $password)
    Start-Process ${quoted(process.execPath)} -ArgumentList ${quoted(args)} -Credential $who -WorkingDirectory 'C:\\' -WindowStyle Hidden -Wait
    ${removeUser}`);
  for (const result of JSON.parse(readFileSync(file, 'utf8')) as Result[]) store.record(result);
  rmSync(file);
}

/** Dumps that are younger than the kit's first start. */
function noCrash({ store }: Kit): Promise<undefined> {
  const root = process.env['SystemRoot'] ?? 'C:\\Windows';
  const folder = path.join(root, 'Minidump');
  const small = existsSync(folder)
    ? readdirSync(folder).map((name) => path.join(folder, name))
    : [];
  const dumps = [path.join(root, 'MEMORY.DMP'), ...small].filter((file) => existsSync(file));
  const begun = Date.parse(store.state.started);
  assert.deepEqual(
    dumps.filter((file) => statSync(file).mtimeMs > begun),
    [],
    'memory dumps',
  );
  return Promise.resolve(undefined);
}
