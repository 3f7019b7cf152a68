import { describe, expect, it } from 'vitest';
import { rangeText } from '../../src-renderer/features/connection/address-range.ts';

describe('a range of addresses', () => {
  it.each([
    ['10.0.0.0', '10.255.255.255', '10.0.0.0/8'],
    ['192.168.1.0', '192.168.1.255', '192.168.1.0/24'],
    ['0.0.0.0', '255.255.255.255', '0.0.0.0/0'],
    ['10.0.0.1', '10.0.0.1', '10.0.0.1/32'],
    ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db8::/32'],
    ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '::/0'],
    ['fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'fe80::/10'],
    ['::1', '::1', '::1/128'],
  ])('from %s to %s is %s', (first, last, text) => {
    expect(rangeText(first, last)).toBe(text);
  });

  it.each([
    ['10.0.0.1', '10.0.0.9'],
    ['10.0.0.4', '10.0.0.11'],
    ['10.0.0.128', '10.0.1.127'],
    ['2001:db8::1', '2001:db8::f'],
    ['nonsense', '10.0.0.1'],
    ['1.2.3', '1.2.3.4'],
  ])('from %s to %s is no prefix, so both ends are told', (first, last) => {
    expect(rangeText(first, last)).toBe(`${first}\u2013${last}`);
  });
});
