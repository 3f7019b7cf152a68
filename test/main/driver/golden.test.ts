import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import * as messages from '../../../src-main/driver/messages.ts';
import * as rules from '../../../src-main/driver/rule-messages.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const golden = path.resolve(import.meta.dirname, '../../golden');
const SESSION = 0x1122334455667788n;
const CREATED = 133_500_000_000_000_000n;
const created = messages.millisecondsOf(CREATED);
let program: string;
/** Words 2 ** 32 - 1 and 16 777 220. */
const table = Uint8Array.of(255, 255, 255, 255, 4, 0, 0, 1);

const fromClient: Record<string, Uint8Array> = {
  'hello.bin': messages.encodeHello(0x00010203),
  'policy.bin': messages.encodePolicy(SESSION, {
    holdMs: 60_000,
    mode: 'lockdown',
    loopback: 'ask',
    noClient: 'block',
    watchdog: 'allow',
    full: 'block',
    unknownReauthorize: 'allow',
  }),
  'read.bin': messages.encodeRead(SESSION),
  'answers.bin': messages.encodeAnswers(SESSION, [
    { id: 1n, verdict: 'allow' },
    { id: 0xffff_ffff_ffff_ffffn, verdict: 'block' },
    { id: 0x0102030405060708n, verdict: 'keep' },
  ]),
  'status_request.bin': messages.encodeStatusRequest(SESSION),
  'table_begin.bin': rules.encodeTableBegin(SESSION, table, Number.MAX_SAFE_INTEGER),
  'table_part.bin': rules.encodeTablePart(SESSION, 131_072, table),
  'table_commit.bin': rules.encodeTableCommit(SESSION),
  'mappings.bin': rules.encodeMappings(SESSION, [
    { process: { id: 4242n, created: 0xffff_ffff_ffff_ffffn }, subjectId: 7 },
    { process: { id: 4243n, created: CREATED }, subjectId: null },
  ]),
  'hits_request.bin': rules.encodeHitsRequest(SESSION, 70_000),
};

/** `UPDATE_GOLDEN=1` writes the client's files anew. */
beforeAll(() => {
  const folder = temporaryFolder();
  program = path.join(folder, 'golden');
  const strict = ['-std=c17', '-Wall', '-Wextra', '-Werror', '-Wconversion'];
  execFileSync('cc', [...strict, '-o', program, path.join(golden, 'golden.c')]);
  if (process.env['UPDATE_GOLDEN'] !== '1') return;
  for (const [name, bytes] of Object.entries(fromClient)) {
    writeFileSync(path.join(golden, 'from-client', name), bytes);
  }
});

function fromDriver(name: string): Uint8Array {
  return readFileSync(path.join(golden, 'from-driver', name));
}

describe('bytes that C wrote', () => {
  test('are still what C writes', () => {
    const folder = temporaryFolder();
    execFileSync(program, ['write', folder]);
    for (const name of readdirSync(path.join(golden, 'from-driver'))) {
      expect(readFileSync(path.join(folder, name)), name).toEqual(fromDriver(name));
    }
  });

  test('read as the events they are, unknown kinds left out', () => {
    const decoded = messages.decodeEvents(fromDriver('events.bin'));
    expect(decoded).toEqual({
      ok: true,
      value: { session: SESSION, sequence: 3n, decidedLost: 9, events: [held, decided, settled] },
    });
  });

  test('read as the results they are', () => {
    const decoded = messages.decodeResults(fromDriver('results.bin'));
    expect(decoded).toEqual({
      ok: true,
      value: [
        { id: 1n, status: 0 },
        { id: 0xffff_ffff_ffff_ffffn, status: 1 },
        { id: 3n, status: 2 },
      ],
    });
  });

  test('read as the welcome and the counters they are', () => {
    expect(messages.decodeWelcome(fromDriver('welcome.bin'))).toMatchObject({
      ok: true,
      value: { session: SESSION, loadedAt: CREATED, driverVersion: 0x00010203, maxHeld: 4096 },
    });
    const status = messages.decodeStatus(fromDriver('status.bin'));
    if (!status.ok) throw new Error(status.error);
    const { header, session, ...counters } = status.value;
    expect(header.size).toBe(168);
    expect(session).toBe(SESSION);
    expect(Object.values(counters).map(Number)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    ]);
  });

  test('read as the replies about rules they are', () => {
    expect(rules.decodeTableResult(fromDriver('table_result.bin'))).toMatchObject({
      ok: true,
      value: { version: 0x0001020304050607n, status: 2 },
    });
    expect(rules.decodeMapped(fromDriver('mapped.bin'))).toMatchObject({
      ok: true,
      value: { accepted: 3, unknown: 2 },
    });
    expect(rules.decodeHits(fromDriver('hits.bin'))).toEqual({
      ok: true,
      value: {
        hits: [
          { ruleId: 1, hits: 0xffff_ffff },
          { ruleId: 0xffff_fffe, hits: 7 },
        ],
        next: 70_000,
      },
    });
  });
});

describe('bytes that the client wrote', () => {
  test.each(Object.entries(fromClient))('%s is what was written before', (name, bytes) => {
    expect(Buffer.from(bytes)).toEqual(readFileSync(path.join(golden, 'from-client', name)));
  });

  test('read in C as what they mean', () => {
    execFileSync(program, ['check', path.join(golden, 'from-client')], { stdio: 'pipe' });
  });

  test('are refused by C when one byte differs', () => {
    const folder = temporaryFolder();
    for (const [name, bytes] of Object.entries(fromClient))
      writeFileSync(path.join(folder, name), bytes);
    const policy = Buffer.from(fromClient['policy.bin'] ?? []);
    policy.writeUInt8(9, 20);
    writeFileSync(path.join(folder, 'policy.bin'), policy);
    const check = () => execFileSync(program, ['check', folder], { stdio: 'pipe' });
    expect(check).toThrow(/policy.mode is 9 instead of 2/);
  });
});

const held = {
  kind: 'held',
  id: 0x0102030405060708n,
  deadline: created + 61_000,
  connection: {
    process: { id: 4242n, created: CREATED },
    path: '/usr/bin/curl\udcff',
    pathCut: false,
    target: {
      address: '127.1.2.3',
      hostName: null,
      port: 443,
      protocol: 6,
      direction: 'outbound',
      loopback: true,
    },
    localAddress: '127.0.0.1',
    time: created + 1000,
  },
};

const decided = {
  kind: 'decided',
  verdict: 'block',
  reason: 'client-lost',
  connection: {
    process: { id: 0xffff_ffffn, created: CREATED },
    path: '/opt/x\udcff',
    pathCut: true,
    target: {
      address: 'fe80::2a%7',
      hostName: null,
      port: 53,
      protocol: 17,
      direction: 'inbound',
      loopback: false,
    },
    localAddress: '::',
    time: created + 2000,
    listener: { since: created + 500, everywhere: true },
    serviceTag: 77n,
  },
};

const settled = {
  kind: 'settled',
  id: 0x0102030405060708n,
  time: created + 3000,
  verdict: 'block',
  reason: 'watchdog',
};
