import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';

import { compileList, MAX_LIST_BYTES } from '../../../src-main/engine/blocklists/compile.ts';
import type { CompiledList } from '../../../src-main/engine/blocklists/compile.ts';
import { matchAddress, matchName, rangesOf } from '../../../src-main/engine/blocklists/match.ts';
import { compileInWorker } from '../../../src-main/platform/list-compiler.ts';
import { readListSource } from '../../../src-main/platform/list-source.ts';
import { startBench } from '../fakes/engine-bench.ts';
import type { Bench } from '../fakes/engine-bench.ts';
import { sample } from '../fakes/sample.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const unknown = { etag: null, lastModified: null };

function compiled(text: string | Uint8Array): CompiledList {
  const outcome = compileList(typeof text === 'string' ? Buffer.from(text) : text);
  if (!outcome.ok) throw new Error(outcome.refusal);
  return outcome.list;
}

describe('a list', () => {
  test('takes hosts lines, names, wildcards, addresses, blocks and ranges, mixed', () => {
    const list = compiled(
      [
        '\u{feff}# a comment',
        '127.0.0.1 localhost',
        '0.0.0.0 Ads.Example.COM tracker.example.net # two names\r',
        '::1 six.example',
        '*.wild.example',
        '.dot.example.',
        'b\u00fccher.example',
        '*.zip',
        '192.0.2.7',
        '198.51.100.0/24 ; SBL1',
        '203.0.113.5 - 203.0.113.9',
        '2001:db8::/32',
        '::ffff:100.64.0.1',
        '! another comment',
        '',
      ].join('\n'),
    );
    expect(list.problems).toEqual([]);
    expect(matchName(list, 'ads.example.com')).toEqual({ entry: 'ads.example.com', line: 3 });
    expect(matchName(list, 'x.TRACKER.example.net.')?.line).toBe(3);
    expect(matchName(list, 'six.example')?.line).toBe(4);
    expect(matchName(list, 'deep.a.wild.example')?.line).toBe(5);
    expect(matchName(list, 'dot.example')?.line).toBe(6);
    expect(matchName(list, 'shop.b\u00fccher.example')).toEqual({
      entry: 'xn--bcher-kva.example',
      line: 7,
    });
    expect(matchName(list, 'invoice.zip')?.entry).toBe('zip');
    for (const other of ['example.com', 'ads.example.com.evil', 'xads.example.com', 'localhost'])
      expect(matchName(list, other), other).toBeNull();
    expect(matchAddress(list, '192.0.2.7')).toEqual({ entry: '192.0.2.7', line: 9 });
    expect(matchAddress(list, '198.51.100.255')).toEqual({
      entry: '198.51.100.0 - 198.51.100.255',
      line: 10,
    });
    expect(matchAddress(list, '203.0.113.9')?.line).toBe(11);
    expect(matchAddress(list, '203.0.113.10')).toBeNull();
    expect(matchAddress(list, '2001:db8:ffff::1%3')?.line).toBe(12);
    expect(matchAddress(list, '::ffff:192.0.2.7')?.line).toBe(9);
    expect(matchAddress(list, '100.64.0.1')?.line).toBe(13);
  });

  test('names each line that is no entry, and keeps the others', () => {
    const list = compiled(
      `good.example\n-bad-.example\n0.0.0.0/0\n300.1.2.3\ncom\n||ads.example^\n1.2.3.4/33\n${'a'.repeat(5000)}\n10.0.0.9-10.0.0.1\ngood2.example\nc.example\nd.example\ne.example\nf.example\ng.example\nh.example\n`,
    );
    expect(list.entries).toBe(8);
    expect(list.problemCount).toBe(8);
    expect(list.problems.map(({ line, code }) => `${line} ${code}`)).toEqual([
      '2 not-a-name',
      '3 everything',
      '4 not-a-range',
      '5 top-level',
      '6 filter-syntax',
      '7 not-a-range',
      '8 too-long',
      '9 not-a-range',
    ]);
  });

  test('in UTF-16 is read as well', () => {
    const little = Buffer.from('\u{feff}one.example\r\ntwo.example', 'utf16le');
    for (const bytes of [little, Buffer.from(little).swap16()]) {
      const list = compiled(bytes);
      expect([matchName(list, 'one.example')?.line, matchName(list, 'two.example')?.line]).toEqual([
        1, 2,
      ]);
    }
  });

  test.each([
    ['', 'empty'],
    ['# nothing\n\n', 'empty'],
    ['<!doctype html>\n<p>not found</p>\nhello.example\n', 'no-list'],
  ])('is refused as a whole when it is none: %j', (text, refusal) => {
    expect(compileList(Buffer.from(text))).toEqual({ ok: false, refusal });
  });

  test('finds what a plain search finds', () => {
    const label = fc.constantFrom('a', 'b', 'ab', 'a-b', 'a_b', '0a', 'x0');
    const name = fc.array(label, { minLength: 2, maxLength: 5 }).map((labels) => labels.join('.'));
    fc.assert(
      fc.property(
        fc.array(name, { minLength: 1, maxLength: 200 }),
        fc.array(name),
        (names, asked) => {
          const list = compiled(names.join('\n'));
          for (const one of [...asked, ...names]) {
            const found = matchName(list, one);
            const above = names.filter((entry) => one === entry || one.endsWith(`.${entry}`));
            expect(found === null).toBe(above.length === 0);
            if (found !== null) expect(names[found.line - 1]).toBe(found.entry);
            if (found !== null) expect(above).toContain(found.entry);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('finds the addresses that a plain search finds, and joins its ranges', () => {
    const span = fc
      .tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 60 }))
      .map(([first, more]) => ({ first, last: Math.min(511, first + more) }));
    const text = (at: number) => `10.0.${at >> 8}.${at & 255}`;
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 40 }), (spans) => {
        const list = compiled(
          spans.map(({ first, last }) => `${text(first)}-${text(last)}`).join('\n'),
        );
        const has = (at: number) => spans.some(({ first, last }) => at >= first && at <= last);
        const { ipv4 } = rangesOf(list);
        const value = (bytes: readonly number[]) => (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0);
        for (let at = 0; at < 512; at += 1) {
          const found = matchAddress(list, text(at));
          expect(found !== null).toBe(has(at));
          const own = spans[(found?.line ?? 1) - 1];
          if (found !== null) expect(own && at >= own.first && at <= own.last).toBe(true);
          const inRange = ipv4.some(({ first, last }) => at >= value(first) && at <= value(last));
          expect(inRange).toBe(has(at));
        }
        const gaps = ipv4
          .slice(1)
          .map(({ first }, index) => value(first) - value(ipv4[index]!.last));
        expect(gaps.every((gap) => gap > 1)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        compileList(bytes);
      }),
    );
  });
});

describe('a source', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<string> {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/list`;
  }

  test('is asked only for what is new', async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(request.headers['if-none-match'], request.headers['if-modified-since']);
      if (request.headers['if-none-match'] === '"v1"') response.writeHead(304).end();
      else response.writeHead(200, { etag: '"v1"', 'last-modified': 'then' }).end('a.example\n');
    });
    const first = await readListSource(url, unknown);
    if (first.kind !== 'content') throw new Error(first.kind);
    expect(Buffer.from(first.bytes).toString()).toBe('a.example\n');
    expect(await readListSource(url, first.validators)).toEqual({ kind: 'unchanged' });
    expect(seen).toEqual([undefined, undefined, '"v1"', 'then']);
  });

  test.each([
    ['http://lists.example/a', 'not-secure'],
    ['ftp://127.0.0.1/a', 'not-secure'],
    ['file:///etc/passwd', 'not-secure'],
    ['//server/share/list.txt', 'not-secure'],
    ['relative.txt', 'not-secure'],
    ['http://127.0.0.1:1/a', 'no-connection'],
    ['/dev/zero', 'not-readable'],
    ['/nowhere/list.txt', 'not-found'],
  ])('%s is refused: %s', async (source, failure) => {
    expect(await readListSource(source, unknown)).toEqual({ kind: 'failed', failure });
  });

  test('may not lead to an address that is not secure, nor round in circles', async () => {
    const away = await serve((_, response) =>
      response.writeHead(302, { location: 'http://lists.example/x' }).end(),
    );
    expect(await readListSource(away, unknown)).toMatchObject({ failure: 'not-secure' });
    const circle = await serve((_, response) => response.writeHead(302, { location: '/' }).end());
    expect(await readListSource(circle, unknown)).toMatchObject({ failure: 'server-error' });
  });

  test('that never ends, is too big or errs is given up', async () => {
    const slow = await serve((_, response) => void response.writeHead(200).write('a.example\n'));
    expect(await readListSource(slow, unknown, 200)).toMatchObject({ failure: 'too-slow' });
    const big = await serve((_, response) => {
      const chunk = Buffer.alloc(2 ** 20, 'a');
      const push = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', push);
      push();
    });
    expect(await readListSource(big, unknown)).toMatchObject({ failure: 'too-big' });
    const errs = await serve((_, response) => response.writeHead(500).end('a.example'));
    expect(await readListSource(errs, unknown)).toMatchObject({ failure: 'server-error' });
    const eager = await serve((_, response) => response.writeHead(304).end());
    expect(await readListSource(eager, unknown)).toMatchObject({ failure: 'server-error' });
  }, 60_000);

  test('that is a file is read again only when it changed, and a pipe holds nobody up', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'list.txt');
    writeFileSync(file, 'a.example\n');
    const first = await readListSource(file, unknown);
    if (first.kind !== 'content') throw new Error(first.kind);
    expect(await readListSource(file, first.validators)).toEqual({ kind: 'unchanged' });
    writeFileSync(file, 'b.example, longer\n');
    expect((await readListSource(file, first.validators)).kind).toBe('content');
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await readListSource(pipe, unknown)).toMatchObject({ failure: 'not-readable' });
    const wide = path.join(folder, 'wide');
    writeFileSync(wide, Buffer.alloc(MAX_LIST_BYTES + 1));
    expect(await readListSource(wide, unknown)).toMatchObject({ failure: 'too-big' });
  });
});

describe('a subscription', () => {
  const lists = (bench: Bench) => bench.engine.managerState().blocklists;
  const settled = (bench: Bench) =>
    expect
      .poll(() =>
        lists(bench).every(({ state, checkedAt }) => state !== 'updating' && checkedAt !== null),
      )
      .toBe(true);

  test('explains its hit on the card, survives a restart, and keeps the old list on failure', async () => {
    let bench = await startBench();
    const file = path.join(temporaryFolder(), 'list.txt');
    writeFileSync(file, '# mine\n203.0.113.0/24\nnot a list line\nads.example\n');
    const added = await bench.engine.handlers.addBlocklist({ name: 'Mine', source: file });
    expect(added).toEqual({ ok: true, value: { listId: '1' } });
    await settled(bench);
    expect(lists(bench)).toMatchObject([
      {
        state: 'ready',
        names: 1,
        ranges: 1,
        failure: null,
        problemCount: 1,
        problems: [{ line: 3 }],
      },
    ]);
    bench.driver.hold({
      ...sample(),
      target: { ...sample().target, address: '203.0.113.9', loopback: false },
    });
    const hit = { listId: '1', listName: 'Mine', entry: '203.0.113.0 - 203.0.113.255', line: 2 };
    expect(bench.engine.promptState().cards[0]?.listHit).toEqual(hit);

    writeFileSync(file, '<html>\n');
    bench.clock.pass(25 * 3_600_000);
    await expect.poll(() => lists(bench)[0]?.failure).toBe('empty');
    expect(bench.engine.promptState().cards[0]?.listHit).toEqual(hit);

    bench = await bench.restart();
    await expect.poll(() => lists(bench)[0]?.state).toBe('ready');
    expect(lists(bench)[0]).toMatchObject({ ranges: 1, failure: 'empty' });
    writeFileSync(file, '198.51.100.1\n');
    bench.clock.pass(3_600_000);
    await expect.poll(() => lists(bench)[0]?.failure).toBeNull();
    bench.driver.hold({
      ...sample(),
      target: { ...sample().target, address: '203.0.113.9', loopback: false },
    });
    expect(bench.engine.promptState().cards[0]?.listHit).toBeNull();
    await bench.engine.stop();
  });

  test('is added once, switched off, and removed with its file', async () => {
    const bench = await startBench();
    const file = path.join(temporaryFolder(), 'list.txt');
    writeFileSync(file, '203.0.113.0/24\n');
    const { handlers } = bench.engine;
    await handlers.addBlocklist({ name: 'Mine', source: file });
    expect(await handlers.addBlocklist({ name: 'Again', source: file })).toMatchObject({
      ok: false,
    });
    await settled(bench);
    bench.driver.hold({
      ...sample(),
      target: { ...sample().target, address: '203.0.113.9', loopback: false },
    });
    const hit = () => bench.engine.promptState().cards[0]?.listHit;
    expect(hit()).not.toBeNull();
    await handlers.setBlocklistEnabled({ listId: '1', enabled: false });
    expect(hit()).toBeNull();
    const folder = path.join(path.dirname(bench.file), 'blocklists');
    expect(readdirSync(folder)).toEqual(['1.list']);
    expect(await handlers.removeBlocklist({ listId: '1' })).toEqual({ ok: true, value: null });
    expect(await handlers.removeBlocklist({ listId: '1' })).toMatchObject({ code: 'not-found' });
    expect(readdirSync(folder)).toEqual([]);
    await bench.engine.stop();
  });

  test('sweeps what a crash left, and fetches a damaged file anew', async () => {
    let bench = await startBench();
    const file = path.join(temporaryFolder(), 'list.txt');
    writeFileSync(file, '203.0.113.0/24\n');
    await bench.engine.handlers.addBlocklist({ name: 'Mine', source: file });
    await settled(bench);
    const folder = path.join(path.dirname(bench.file), 'blocklists');
    bench = await bench.restart(() => {
      writeFileSync(path.join(folder, '1.list'), '\0\0\0');
      writeFileSync(path.join(folder, '1.list.new'), 'half');
      writeFileSync(path.join(folder, '9.list'), 'gone.example');
    });
    await expect.poll(() => readdirSync(folder)).toEqual(['1.list']);
    bench.clock.pass(1);
    await expect.poll(() => lists(bench)[0]?.ranges).toBe(1);
    expect(readFileSync(path.join(folder, '1.list'), 'utf8')).toBe('203.0.113.0/24\n');
    await bench.engine.stop();
  });

  test('that cannot be saved changes nothing', async () => {
    const bench = await startBench();
    const file = path.join(temporaryFolder(), 'list.txt');
    writeFileSync(file, '203.0.113.0/24\n');
    const folder = path.join(path.dirname(bench.file), 'blocklists');
    mkdirSync(path.join(folder, '1.list.new'), { recursive: true });
    await bench.engine.handlers.addBlocklist({ name: 'Mine', source: file });
    await expect.poll(() => lists(bench)[0]?.failure).toBe('not-saved');
    expect(lists(bench)[0]?.ranges).toBe(0);
    expect(existsSync(path.join(folder, '1.list'))).toBe(false);
    await bench.engine.stop();
  });
});

test('a thread compiles the same list', async () => {
  const list = await compileInWorker(Buffer.from('a.example\n192.0.2.0/24\n2001:db8::1\n'));
  if (!list.ok) throw new Error(list.refusal);
  expect(matchName(list.list, 'x.a.example')?.line).toBe(1);
  expect(matchAddress(list.list, '192.0.2.200')?.line).toBe(2);
  expect(matchAddress(list.list, '2001:db8::1')?.line).toBe(3);
});
