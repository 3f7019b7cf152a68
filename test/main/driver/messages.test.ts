import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { addressText } from '../../../src-main/driver/address.ts';
import * as messages from '../../../src-main/driver/messages.ts';
import * as wire from '../../../src-main/driver/wire.gen.ts';
import { MAX_HOLD_MS } from '../../../src-main/engine/limits.ts';
import type { Connection, DriverEvent } from '../../../src-main/engine/ports.ts';
import { batchBytes, eventBytes, resultsBytes, welcomeBytes } from '../fakes/wire-bytes.ts';

/** Where the place of the path stands in an event; its length follows. */
const PATH_AT = wire.CONNECTION_EVENT_BYTES - 8;

const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const time = fc.integer({ min: 1, max: 4_000_000_000_000 });
/** Any UTF-16, lone surrogates included. */
const path = fc
  .array(fc.integer({ min: 1, max: 0xffff }), { maxLength: 300 })
  .map((units) => String.fromCharCode(...units));
const target = fc.record({
  address: fc.ipV4(),
  hostName: fc.constant(null),
  port: fc.integer({ min: 0, max: 65_535 }),
  protocol: fc.integer({ min: 0, max: 255 }),
  direction: fc.constantFrom('outbound' as const, 'inbound' as const),
  loopback: fc.boolean(),
});
const connection: fc.Arbitrary<Connection> = fc.record(
  {
    process: fc.record({ id: u64, created: u64 }),
    path,
    pathCut: fc.boolean(),
    target,
    localAddress: fc.ipV4(),
    time,
    listener: fc.record({ since: time, everywhere: fc.boolean() }),
    serviceTag: fc.bigInt({ min: 1n, max: 0xffff_ffff_ffff_ffffn }),
  },
  { requiredKeys: ['process', 'path', 'pathCut', 'target', 'localAddress', 'time'] },
);
const outcome = {
  verdict: fc.constantFrom('allow' as const, 'block' as const),
  reason: fc.constantFrom('watchdog' as const, 'no-client' as const, 'power' as const),
};
const event: fc.Arbitrary<DriverEvent> = fc.oneof(
  fc.record({
    kind: fc.constant('held' as const),
    id: fc.bigInt({ min: 1n, max: 0xffff_ffff_ffff_ffffn }),
    connection,
    deadline: time,
  }),
  fc.record({ kind: fc.constant('settled' as const), id: u64, time, ...outcome }),
  fc.record({ kind: fc.constant('decided' as const), connection, ...outcome }),
);
const batch = fc.record({
  session: u64,
  sequence: u64,
  events: fc.array(event, { maxLength: 12 }),
});

describe('event batches', () => {
  test('come out as they went in, lone surrogates included', () => {
    fc.assert(
      fc.property(batch, ({ session, sequence, events }) => {
        const bytes = batchBytes({ session, sequence, decidedLost: 5 }, events.map(eventBytes));
        const value = { session, sequence, decidedLost: 5, events };
        expect(messages.decodeEvents(bytes)).toEqual({ ok: true, value });
      }),
    );
  });

  test('that lie in the middle of other bytes read the same', () => {
    const bytes = batchBytes({ session: 1n, sequence: 1n }, []);
    const around = Buffer.concat([Buffer.alloc(13, 0xff), bytes, Buffer.alloc(7, 0xff)]);
    expect(messages.decodeEvents(around.subarray(13, 13 + bytes.length)).ok).toBe(true);
  });

  test('with changed bytes give a value or an error, and never read beyond their end', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        batch,
        changes,
        fc.nat({ max: 40 }),
        ({ session, sequence, events }, changed, cut) => {
          const bytes = batchBytes({ session, sequence }, events.map(eventBytes));
          for (const [at, value] of changed) bytes[at % bytes.length] = value;
          expectNoThrow(bytes.subarray(0, Math.max(0, bytes.length - cut)));
        },
      ),
      { numRuns: 5000 },
    );
  });

  test('with an empty path may say that it is anywhere', () => {
    const bytes = batchBytes({ session: 1n, sequence: 1n }, [eventBytes(held)]);
    const view = new DataView(bytes.buffer, 32);
    view.setUint32(PATH_AT, 0xffff_fff0, true);
    view.setUint32(PATH_AT + 4, 0, true);
    expect(messages.decodeEvents(bytes)).toMatchObject({
      value: { events: [{ connection: { path: '' } }] },
    });
  });

  test('made of nothing but noise are errors', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), expectNoThrow), { numRuns: 5000 });
  });

  test.each<readonly [string, number, (view: DataView) => void]>([
    ['a count beyond the events', 0, (view) => view.setUint32(24, 2, true)],
    ['a huge count of tiny events', 0, (view) => view.setUint32(24, 0xffff_ffff, true)],
    ['a size beyond the bytes', 0, (view) => view.setUint32(0, 4096, true)],
    ['a size below the head', 0, (view) => view.setUint32(0, 8, true)],
    ['another version', 0, (view) => view.setUint16(6, 9, true)],
    ['an event without a size', 32, (view) => view.setUint32(0, 0, true)],
    ['a path before the fixed part', 32, (view) => view.setUint32(PATH_AT, 8, true)],
    ['a path beyond the event', 32, (view) => view.setUint32(PATH_AT + 4, 0xffff_fff0, true)],
    ['half a character', 32, (view) => view.setUint32(PATH_AT + 4, 3, true)],
    ['an unknown family', 32, (view) => view.setUint8(96, 5)],
    ['an unknown direction', 32, (view) => view.setUint8(98, 0)],
    ['a reserved byte that is set', 32, (view) => view.setUint8(101, 1)],
    ['a held connection without an id', 32, (view) => view.setBigUint64(8, 0n, true)],
  ])('with %s are refused', (_, at, spoil) => {
    const bytes = batchBytes({ session: 1n, sequence: 1n }, [eventBytes(held)]);
    expect(messages.decodeEvents(bytes).ok).toBe(true);
    spoil(new DataView(bytes.buffer, at));
    expect(messages.decodeEvents(bytes)).toMatchObject({ ok: false });
  });
});

describe('other messages', () => {
  test('never throw on changed bytes', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        fc.nat({ max: 30 }),
        (at, value, cut) => {
          for (const original of [welcomeBytes(7n), resultsBytes([{ id: 1n, status: 0 }])]) {
            const bytes = original.slice(0, original.length - cut);
            bytes[at % bytes.length] = value;
            expectNoThrow(bytes);
          }
        },
      ),
    );
  });

  test('refuse another number of results than was said', () => {
    const bytes = resultsBytes([{ id: 1n, status: 0 }]);
    new DataView(bytes.buffer).setUint32(8, 2, true);
    expect(messages.decodeResults(bytes)).toMatchObject({ ok: false });
  });

  test('writing a number that does not fit is a bug and throws', () => {
    expect(() => messages.encodeHello(2 ** 32)).toThrow(RangeError);
    expect(() => messages.encodeRead(-1n)).toThrow(RangeError);
    expect(() => messages.encodeAnswers(1n, [{ id: 2n ** 64n, verdict: 'allow' }])).toThrow(
      RangeError,
    );
  });

  test('the engine bounds a hold as the driver does', () => {
    expect(MAX_HOLD_MS).toBe(wire.MAX_HOLD_MS);
  });
});

describe('addresses', () => {
  test.each([
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
    ['20010db8000100000001000000010001', '2001:db8:1:0:1:0:1:1'],
    ['fe800000000000000000000000000abc', 'fe80::abc'],
    ['00010000000000000000000000000000', '1::'],
  ])('%s is %s', (hex, text) => {
    expect(addressText(Buffer.from(hex, 'hex'), wire.FAMILY_IPV6, 0)).toBe(text);
  });

  test('two different IPv6 addresses never have one text', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
    const scope = fc.constantFrom(0, 1, 2);
    fc.assert(
      fc.property(bytes, bytes, scope, scope, (one, other, scopeOne, scopeOther) => {
        const same = Buffer.compare(one, other) === 0 && scopeOne === scopeOther;
        const texts = [addressText(one, 6, scopeOne), addressText(other, 6, scopeOther)];
        expect(texts[0] === texts[1]).toBe(same);
      }),
    );
  });
});

function expectNoThrow(bytes: Uint8Array): void {
  const decoders = [
    messages.decodeEvents,
    messages.decodeResults,
    messages.decodeWelcome,
    messages.decodeStatus,
  ];
  for (const decode of decoders) {
    const result = decode(bytes);
    expect(typeof (result.ok ? result.value : result.error)).not.toBe('undefined');
  }
}

const held: DriverEvent = {
  kind: 'held',
  id: 9n,
  deadline: 1_900_000_000_000,
  connection: {
    process: { id: 1n, created: 2n },
    path: '/bin/x',
    pathCut: false,
    target: {
      address: '127.0.0.1',
      hostName: null,
      port: 80,
      protocol: 6,
      direction: 'outbound',
      loopback: true,
    },
    time: 1_900_000_000_000,
  },
};
