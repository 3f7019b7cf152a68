/** What Portreeve writes down and tells about itself: bounded, one line each, and nobody's business unless wanted. */
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { diagnosticsText } from '../../src-main/upkeep/diagnostics.ts';
import { MAX_LOG_BYTES, createLogFile } from '../../src-main/upkeep/log-file.ts';
import { scrub } from '../../src-main/upkeep/scrub.ts';
import { awayView, blocklistView, managerState } from '../fakes/views.ts';
import { temporaryFolder } from './fakes/temporary-folder.ts';

const noon = Date.UTC(2026, 10, 28, 12);

describe('the log', () => {
  test('is in files of a bounded size, whatever is written, for its owner alone', () => {
    const folder = path.join(temporaryFolder(), 'logs');
    const log = createLogFile(folder, () => noon);
    for (let line = 0; line < 1200; line += 1) log.warn(`${line} ${'x'.repeat(5000)}`);
    const files = readdirSync(folder).toSorted();
    expect(files).toEqual(['portreeve.log', 'portreeve.log.1', 'portreeve.log.2']);
    for (const file of files) {
      const { size, mode } = statSync(path.join(folder, file));
      expect(size).toBeLessThanOrEqual(MAX_LOG_BYTES);
      expect(mode & 0o077).toBe(0);
    }
    expect(readFileSync(path.join(folder, 'portreeve.log'), 'utf8')).toContain(' 1199 xxx');
    expect(log.last()).toHaveLength(30);
  });

  test('keeps a message on one line, without anything that moves a cursor', () => {
    const folder = temporaryFolder();
    const told: string[] = [];
    const log = createLogFile(
      folder,
      () => noon,
      (message) => told.push(message),
    );
    log.warn('a\r\n2026-11-28T12:00:00.000Z forged \u001b[2J\u202e end\ud800');
    const text = readFileSync(path.join(folder, 'portreeve.log'), 'utf8');
    expect(text).toBe(
      '2026-11-28T12:00:00.000Z a 2026-11-28T12:00:00.000Z forged  [2J  end\ufffd\n',
    );
    expect(told).toHaveLength(1);
  });

  test('stops nothing when it cannot be written', () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'file'), '');
    mkdirSync(path.join(folder, 'logs', 'portreeve.log'), { recursive: true });
    for (const bad of ['file/logs', 'logs']) {
      const log = createLogFile(path.join(folder, bad), () => noon);
      log.warn('kept');
      expect(log.last()).toHaveLength(1);
    }
  });
});

describe('what is taken out of a line', () => {
  test.each([
    ['could not read C:\\Users\\ann lee\\rules.json', 'could not read <path>'],
    ['open /home/ann/rules.json: failed', 'open <path>: failed'],
    ['share \\\\server\\c$ is gone', 'share <path>'],
    ['https://lists.example/x?y is late', '<address> is late'],
    ['to 192.0.2.7:443', 'to <address>:443'],
    ['to 2001:db8::1 and fe80::1%eth0', 'to <address> and <address>'],
    ['for mail.example.co.uk', 'for <name>'],
    ['for müller.example', 'for <name>'],
    ['account S-1-5-21-1-2-3-1001', 'account <account>'],
    [
      '2026-11-28T12:00:00.000Z rules 1.2.3 took 40 ms',
      '2026-11-28T12:00:00.000Z rules 1.2.3 took 40 ms',
    ],
    [`on ${os.hostname()}.`, os.hostname().length > 3 ? 'on <name>.' : `on ${os.hostname()}.`],
  ])('%s', (line, expected) => {
    expect(scrub(line)).toBe(expected);
  });
});

describe('diagnostics', () => {
  const lines = ['2026-11-28T12:00:00.000Z call addRule: C:\\Users\\ann\\x 192.0.2.7'];
  const state = managerState({
    away: [awayView(1)],
    blocklists: [blocklistView(0)],
    held: 3,
    driver: { kind: 'lost', reason: 'C:\\Users\\ann', remedy: '' },
    managed: { locked: ['mode'], rulesFile: 'C:\\Users\\ann\\rules.json', problems: [] },
  });
  const parts = { version: '0.1.0', state, rules: 7, autostart: { kind: 'on' }, lines } as const;

  test('have versions, counters and last messages, and no name, path or address', () => {
    const text = diagnosticsText({ ...parts, withNames: false });
    for (const part of ['version: 0.1.0', 'rules: 7', 'held: 3', 'call addRule', 'locked: mode']) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(
      /ann|192\.0\.2|198\.51|lists\.example|Known trackers|node\.exe|Users/u,
    );
  });

  test('have them where they are wanted', () => {
    const text = diagnosticsText({ ...parts, withNames: true });
    for (const part of [
      'C:\\Users\\ann\\rules.json',
      '192.0.2.7',
      'lists.example',
      '198.51.100.1',
    ]) {
      expect(text).toContain(part);
    }
  });
});
