/** Security identifiers: [MS-DTYP] 2.4.2. In memory a revision, a count, six bytes of authority, and parts of four bytes. */
import type { Pointer } from './ffi.ts';
import { read } from './ffi.ts';

const REVISION = 1;
/** SID_MAX_SUB_AUTHORITIES (winnt.h). */
const MAX_PARTS = 15;
const HEAD_BYTES = 8;

/** As in "S-1-5-18"; null for what is none. */
export function sidText(sid: Pointer): string | null {
  if (sid === 0n) return null;
  const head = read(sid, 0, HEAD_BYTES);
  const count = head.readUInt8(1);
  if (head.readUInt8(0) !== REVISION || count > MAX_PARTS) return null;
  const parts = read(sid, HEAD_BYTES, count * 4);
  const numbers = Array.from({ length: count }, (_, index) => parts.readUInt32LE(index * 4));
  return ['S', REVISION, head.readUIntBE(2, 6), ...numbers].join('-');
}

/** The bytes of an identifier of the authority `authority`. */
export function sidBytes(authority: number, ...parts: readonly number[]): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + parts.length * 4);
  bytes.writeUInt8(REVISION, 0);
  bytes.writeUInt8(parts.length, 1);
  bytes.writeUIntBE(authority, 2, 6);
  for (const [index, part] of parts.entries()) bytes.writeUInt32LE(part, HEAD_BYTES + index * 4);
  return bytes;
}
