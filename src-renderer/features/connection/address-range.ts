/** Ranges of addresses in as few characters as they can be said in. Both ends are canonical text of one family. */

/** "10.0.0.0/8" where the range is a prefix, else both ends. */
export function rangeText(first: string, last: string): string {
  const bits = first.includes(':') ? 128 : 32;
  const low = numberOf(first);
  const high = numberOf(last);
  if (low === null || high === null) return `${first}\u2013${last}`;
  const span = low === high ? '' : (low ^ high).toString(2);
  const free = span.length;
  const isPrefix = !span.includes('0') && (low >> BigInt(free)) << BigInt(free) === low;
  return isPrefix ? `${first}/${String(bits - free)}` : `${first}\u2013${last}`;
}

/** The address as one number; null where it is none. */
function numberOf(address: string): bigint | null {
  const groups = address.includes(':') ? groupsOf(address) : address.split('.');
  const [size, digits] = address.includes(':') ? [16n, '0x'] : [8n, ''];
  const isWhole = groups.length === (size === 16n ? 8 : 4);
  const isText = groups.every((group) => /^[0-9a-f]{1,4}$/u.test(group));
  if (!isWhole || !isText) return null;
  return groups.reduce((sum, group) => (sum << size) | BigInt(digits + group), 0n);
}

/** All eight of them. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  if (tail === undefined) return before;
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
}
