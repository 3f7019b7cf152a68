/** Answers of Windows' DNS client, as they lie in memory; the memory is real, the answers are made here. */
import { afterEach, beforeEach, expect, test } from 'vitest';

import { answersIn } from '../../../src-main/platform/windows/dns.ts';
import {
  Arena,
  type Pointer,
  readText,
  write,
  writeNumber,
  writePointer,
} from '../../../src-main/platform/windows/ffi.ts';

let arena: Arena;

beforeEach(() => {
  arena = new Arena();
});
afterEach(() => arena.free());

type Given = { readonly alias: string } | { readonly address: readonly number[] } | 'text';

/** A list of DNS_RECORDW (windns.h). */
function list(given: readonly Given[]): Pointer {
  let next = 0n;
  for (const one of given.toReversed()) {
    const record = arena.allocate(88);
    writePointer(record, 0, next);
    writeNumber(record, 16, typeOf(one));
    if (one !== 'text' && 'alias' in one) writePointer(record, 32, arena.text(one.alias));
    if (one !== 'text' && 'address' in one) write(record, 32, Uint8Array.from(one.address));
    next = record;
  }
  return next;
}

function typeOf(one: Given): number {
  if (one === 'text') return 16;
  if ('alias' in one) return 5;
  return one.address.length === 4 ? 1 : 28;
}

test('an alias leads to the name that has the addresses', () => {
  const first = list([
    { alias: 'edge.cdn.test' },
    'text',
    { address: [192, 0, 2, 7] },
    { address: [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] },
  ]);
  const names = ['www.example', 'edge.cdn.test'];
  expect(answersIn(first, 'www.example')).toEqual([
    { names, address: '192.0.2.7' },
    { names, address: '2001:db8::1' },
  ]);
});

test('nothing is made of no answer, and a list that leads to itself ends', () => {
  expect(answersIn(0n, 'x.example')).toEqual([]);
  const first = list([{ address: [192, 0, 2, 7] }]);
  writePointer(first, 0, first);
  expect(answersIn(first, 'x.example').length).toBeLessThan(1000);
});

test('text keeps what no name may have', () => {
  expect(readText(arena.text('\ud800\u202ex'))).toBe('\ud800\u202ex');
  expect(readText(0n)).toBe('');
});
