/** Images with one fault each, so that every check of the audit is seen to find what it looks for. */
import { type Pe, directory, offsetOf } from './pe.ts';

const SECTION_FLAGS = 36;
const WRITE = 0x80;

export interface Fault {
  /** The check that has to find it. */
  readonly check: string;
  /** Changes the bytes of an image that is right. */
  readonly spoil: (bytes: Buffer, pe: Pe) => void;
}

function optional(bytes: Buffer): number {
  return bytes.readUInt32LE(0x3c) + 24;
}

function flip(bytes: Buffer, offset: number, bits = 1): void {
  bytes.writeUInt8(bytes.readUInt8(offset) ^ bits, offset);
}

/** In place, so that nothing else moves. */
function rename(bytes: Buffer, from: string, to: string): void {
  const at = bytes.indexOf(from, 'latin1');
  if (at < 0) throw new Error(`${from} is not in the image`);
  bytes.write(to, at, 'latin1');
}

function firstSection(bytes: Buffer): number {
  return optional(bytes) + bytes.readUInt16LE(bytes.readUInt32LE(0x3c) + 20);
}

export const faults: readonly Fault[] = [
  { check: 'is a native image with an entry', spoil: (bytes) => flip(bytes, optional(bytes) + 68) },
  {
    check: 'may be moved, forbids execution of data, is verified when loaded',
    spoil: (bytes) => flip(bytes, optional(bytes) + 71),
  },
  {
    check: 'has pages of its own for every section, none both writable and executable',
    spoil: (bytes) => flip(bytes, firstSection(bytes) + SECTION_FLAGS + 3, WRITE),
  },
  {
    check: 'has all of its code, and its entry, in .text',
    spoil: (bytes) => bytes.writeUInt32LE(0, optional(bytes) + 16),
  },
  {
    check: 'has unwind data and relocations, exports nothing',
    spoil: (bytes) => bytes.writeUInt32LE(0, optional(bytes) + 112 + directory.exceptions * 8 + 4),
  },
  {
    check: 'imports what was reviewed and nothing else',
    spoil: (bytes) => rename(bytes, 'IoCreateDevice\0', 'ZwCreateFile\0\0\0'),
  },
  { check: 'has the right checksum', spoil: (bytes) => flip(bytes, bytes.length - 1) },
  {
    check: 'says its version',
    // The fixed part begins with this signature.
    spoil: (bytes) => flip(bytes, bytes.indexOf(Buffer.from([0xbd, 0x04, 0xef, 0xfe])) + 8),
  },
];

/** For images with control flow guard: a target that is no function, and a pointer that can be written. */
export const guardFaults: readonly Fault['spoil'][] = [
  (bytes) => flip(bytes, optional(bytes) + 71, 0x40),
  (bytes, pe) => {
    const config = offsetOf(pe, pe.directories[directory.loadConfig]?.address ?? 0);
    const table = Number(bytes.readBigUInt64LE(config + 128) - pe.imageBase);
    flip(bytes, offsetOf(pe, table));
  },
  (bytes) => flip(bytes, firstSection(bytes) + 40 + SECTION_FLAGS + 3, WRITE),
];
