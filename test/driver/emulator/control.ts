/** The control socket of a served lab, treated badly. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const hello = 0x12e004;
const status = 0x12e014;
const read = 0x12e00c;
const sharingViolation = 0xc0000043;
const cancelled = 0xc0000120;
const noHello = 0xc0000184;

interface Reply {
  status: number;
  id: number;
  output: Buffer;
}

/** One connection: replies by request id, in a plain way. */
class Connection {
  readonly socket: Socket;
  readonly replies: Reply[] = [];
  closed = false;
  private pending = Buffer.alloc(0);
  private waiters: (() => void)[] = [];

  constructor(path: string) {
    this.socket = connect(path);
    this.socket.on('data', (bytes) => this.take(bytes));
    this.socket.on('error', () => this.wake());
    this.socket.on('close', () => {
      this.closed = true;
      this.wake();
    });
  }

  private take(bytes: Buffer): void {
    this.pending = Buffer.concat([this.pending, bytes]);
    while (this.pending.length >= 16 && this.pending.length >= this.pending.readUInt32LE(0)) {
      const frame = this.pending.subarray(0, this.pending.readUInt32LE(0));
      this.pending = this.pending.subarray(frame.length);
      const id = Number(frame.readBigUInt64LE(8));
      this.replies.push({ status: frame.readUInt32LE(4), id, output: frame.subarray(16) });
    }
    this.wake();
  }

  private wake(): void {
    for (const waiter of this.waiters.splice(0)) waiter();
  }

  async until(holds: () => boolean): Promise<void> {
    const end = Date.now() + 10_000;
    while (!holds()) {
      if (Date.now() > end) throw new Error('nothing came within 10 s');
      await new Promise<void>((resolve) => {
        this.waiters.push(resolve);
        setTimeout(resolve, 100);
      });
    }
  }

  async reply(id: number): Promise<Reply> {
    await this.until(() => this.replies.some((each) => each.id === id) || this.closed);
    const found = this.replies.find((each) => each.id === id);
    if (found === undefined) throw new Error(`the connection ended before reply ${id}`);
    return found;
  }
}

function ioctlFrame(id: number, code: number, input: Buffer, room: number): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(24 + input.length, 0);
  head.writeUInt32LE(1, 4);
  head.writeBigUInt64LE(BigInt(id), 8);
  head.writeUInt32LE(code, 16);
  head.writeUInt32LE(room, 20);
  return Buffer.concat([head, input]);
}

function cancelFrame(id: number): Buffer {
  const frame = Buffer.alloc(16);
  frame.writeUInt32LE(16, 0);
  frame.writeUInt32LE(2, 4);
  frame.writeBigUInt64LE(BigInt(id), 8);
  return frame;
}

function message(kind: number, bytes: number, session = 0n): Buffer {
  const body = Buffer.alloc(bytes);
  body.writeUInt32LE(bytes, 0);
  body.writeUInt16LE(kind, 4);
  body.writeUInt16LE(1, 6);
  if (bytes >= 16) body.writeBigUInt64LE(session, 8);
  return body;
}

async function open(path: string): Promise<Connection> {
  const connection = new Connection(path);
  await connection.reply(0);
  return connection;
}

async function greet(connection: Connection): Promise<bigint> {
  connection.socket.write(ioctlFrame(1, hello, message(1, 16), 64));
  const welcome = await connection.reply(1);
  if (welcome.status !== 0) throw new Error(`HELLO: 0x${welcome.status.toString(16)}`);
  return welcome.output.readBigUInt64LE(8);
}

function expectStatus(reply: Reply, wanted: number): void {
  if (reply.status === wanted) return;
  throw new Error(
    `reply ${reply.id}: 0x${reply.status.toString(16)}, not 0x${wanted.toString(16)}`,
  );
}

async function end(connection: Connection): Promise<void> {
  connection.socket.destroy();
  await connection.until(() => connection.closed);
}

/** The lab needs a moment to see that a connection is gone. */
async function openFree(path: string): Promise<Connection> {
  for (let i = 0; i < 100; i++) {
    const connection = await open(path);
    if ((await connection.reply(0)).status === 0) return connection;
    await end(connection);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the device stays in use');
}

async function secondClient(path: string): Promise<void> {
  const first = await openFree(path);
  await greet(first);
  const second = await open(path);
  expectStatus(await second.reply(0), sharingViolation);
  await second.until(() => second.closed);
  await end(first);
}

async function badFrames(path: string): Promise<void> {
  for (const head of [
    [0, 1],
    [8, 1],
    [24, 9],
    [0xffffffff, 1],
    [1 << 20, 1],
    [17, 2],
  ]) {
    const connection = await openFree(path);
    const frame = Buffer.alloc(24);
    frame.writeUInt32LE(head[0] ?? 0, 0);
    frame.writeUInt32LE(head[1] ?? 0, 4);
    connection.socket.write(frame);
    await connection.until(() => connection.closed);
  }
}

async function byteByByte(path: string): Promise<void> {
  const connection = await openFree(path);
  for (const byte of ioctlFrame(1, hello, message(1, 16), 64)) {
    connection.socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expectStatus(await connection.reply(1), 0);
  await end(connection);
}

async function pipelined(path: string): Promise<void> {
  const connection = await openFree(path);
  const session = await greet(connection);
  const frames = Array.from({ length: 2000 }, (_, i) =>
    ioctlFrame(i + 2, status, message(9, 16, session), 256),
  );
  connection.socket.write(Buffer.concat(frames));
  expectStatus(await connection.reply(2001), 0);
  if (connection.replies.length !== 2002) throw new Error(`${connection.replies.length} replies`);
  await end(connection);
}

async function cancelRead(path: string): Promise<void> {
  const connection = await openFree(path);
  connection.socket.write(ioctlFrame(7, read, message(4, 16), 65536));
  expectStatus(await connection.reply(7), noHello);
  const session = await greet(connection);
  connection.socket.write(ioctlFrame(8, read, message(4, 16, session), 65536));
  connection.socket.write(Buffer.concat([cancelFrame(99), cancelFrame(8), cancelFrame(8)]));
  expectStatus(await connection.reply(8), cancelled);
  await end(connection);
}

/** Asks for much and reads nothing: the lab may stop reading, but goes on for others. */
async function slowReader(path: string): Promise<void> {
  const slow = await openFree(path);
  const session = await greet(slow);
  slow.socket.pause();
  const frame = ioctlFrame(2, status, message(9, 16, session), 256);
  const flood = Buffer.concat(Array.from({ length: 20_000 }, () => frame));
  slow.socket.write(flood);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const other = await open(path);
  expectStatus(await other.reply(0), sharingViolation);
  await end(slow);
  await end(await openFree(path));
}

async function diesAtAnyTime(path: string): Promise<void> {
  const whole = ioctlFrame(1, hello, message(1, 16), 64);
  for (let bytes = 0; bytes <= whole.length; bytes += 5) {
    const connection = await openFree(path);
    connection.socket.write(whole.subarray(0, bytes));
    await end(connection);
  }
  for (let i = 0; i < 20; i++) {
    const connection = await openFree(path);
    const session = await greet(connection);
    connection.socket.write(ioctlFrame(2, read, message(4, 16, session), 65536));
    if (i % 2 === 0) connection.socket.write(cancelFrame(2));
    await end(connection);
  }
}

async function noise(path: string): Promise<void> {
  let seed = 12345;
  const random = (): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) >> 8;
  const codes = [hello, hello + 4, read, read + 4, status, 0, 0xffffffff];
  const connection = await openFree(path);
  const session = await greet(connection);
  for (let id = 2; id < 1500; id++) {
    const input = message(random() % 12, 8 + (random() % 64), session);
    if (input.length > 0 && random() % 2 === 0) input[random() % input.length] = random() & 0xff;
    const code = codes[random() % codes.length] ?? 0;
    connection.socket.write(ioctlFrame(id, code, input, random() % 100_000));
    connection.socket.write(cancelFrame(id));
  }
  await connection.until(() => connection.closed || connection.replies.length === 1500);
  await end(connection);
}

const cases = {
  secondClient,
  badFrames,
  byteByByte,
  pipelined,
  cancelRead,
  slowReader,
  diesAtAnyTime,
  noise,
};

async function serve(program: string, folder: string): Promise<ChildProcess> {
  const lab = spawn(
    program,
    ['serve', '--socket', join(folder, 's'), '--door', join(folder, 'd'), '--exit-with-stdin'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  if (lab.stdout === null) throw new Error('no pipe');
  await once(createInterface(lab.stdout), 'line');
  return lab;
}

async function runCase(name: string, test: (path: string) => Promise<void>, path: string) {
  try {
    await test(path);
    return true;
  } catch (error) {
    console.log(`FAILED control socket, ${name}: ${String(error)}`);
    return false;
  }
}

function exitCode(lab: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => lab.once('exit', resolve));
}

/** One truth value per case, and one for the end of the lab: it has to exit with 0, nothing reported. */
export async function controlCases(program: string): Promise<boolean[]> {
  const folder = mkdtempSync(join(tmpdir(), 'portreeve-control-'));
  const lab = await serve(program, folder);
  const results: boolean[] = [];
  for (const [name, test] of Object.entries(cases)) {
    results.push(await runCase(name, test, join(folder, 's')));
  }
  lab.stdin?.end();
  const code = lab.exitCode ?? (await exitCode(lab));
  if (code !== 0) console.log(`FAILED the lab ended with ${String(code)}`);
  rmSync(folder, { recursive: true, force: true });
  return [...results, code === 0];
}
