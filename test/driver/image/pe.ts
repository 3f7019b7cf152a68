/** Reads a PE32+ image ("PE Format", learn.microsoft.com): only what an audit asks about. */

export interface Section {
  readonly name: string;
  readonly address: number;
  readonly virtualBytes: number;
  readonly rawBytes: number;
  readonly rawOffset: number;
  readonly writable: boolean;
  readonly executable: boolean;
}

export interface Directory {
  readonly address: number;
  readonly bytes: number;
}

export interface Pe {
  readonly bytes: Buffer;
  readonly machine: number;
  readonly timestamp: number;
  readonly characteristics: number;
  readonly magic: number;
  readonly entry: number;
  readonly imageBase: bigint;
  readonly sectionAlignment: number;
  readonly osVersion: readonly [major: number, minor: number];
  readonly subsystemVersion: readonly [major: number, minor: number];
  readonly subsystem: number;
  readonly dllCharacteristics: number;
  readonly checksum: number;
  readonly directories: readonly Directory[];
  readonly sections: readonly Section[];
}

/** Indices of data directories. */
export const directory = {
  exports: 0,
  imports: 1,
  resources: 2,
  exceptions: 3,
  relocations: 5,
  loadConfig: 10,
};

const CHECKSUM = 64;
const SECTION_BYTES = 40;
const IMPORT_BYTES = 20;
const WRITE = 0x8000_0000;
const EXECUTE = 0x2000_0000;

/** Throws for anything that is not PE32+. */
export function readPe(bytes: Buffer): Pe {
  const header = bytes.readUInt32LE(0x3c);
  if (bytes.toString('latin1', header, header + 4) !== 'PE\0\0') throw new Error('not a PE image');
  const optional = header + 24;
  const u16 = (offset: number): number => bytes.readUInt16LE(optional + offset);
  const u32 = (offset: number): number => bytes.readUInt32LE(optional + offset);
  if (u16(0) !== 0x20b) throw new Error('not PE32+');
  return {
    bytes,
    machine: bytes.readUInt16LE(header + 4),
    timestamp: bytes.readUInt32LE(header + 8),
    characteristics: bytes.readUInt16LE(header + 22),
    magic: u16(0),
    entry: u32(16),
    imageBase: bytes.readBigUInt64LE(optional + 24),
    sectionAlignment: u32(32),
    osVersion: [u16(40), u16(42)],
    subsystemVersion: [u16(48), u16(50)],
    checksum: u32(CHECKSUM),
    subsystem: u16(68),
    dllCharacteristics: u16(70),
    directories: directoriesOf(bytes, optional),
    sections: sectionsOf(bytes, header),
  };
}

function directoriesOf(bytes: Buffer, optional: number): Directory[] {
  const count = bytes.readUInt32LE(optional + 108);
  return Array.from({ length: count }, (_, index) => ({
    address: bytes.readUInt32LE(optional + 112 + index * 8),
    bytes: bytes.readUInt32LE(optional + 116 + index * 8),
  }));
}

function sectionsOf(bytes: Buffer, header: number): Section[] {
  const first = header + 24 + bytes.readUInt16LE(header + 20);
  return Array.from({ length: bytes.readUInt16LE(header + 6) }, (_, index) => {
    const at = first + index * SECTION_BYTES;
    const flags = bytes.readUInt32LE(at + 36);
    return {
      name: bytes.toString('latin1', at, at + 8).replaceAll('\0', ''),
      virtualBytes: bytes.readUInt32LE(at + 8),
      address: bytes.readUInt32LE(at + 12),
      rawBytes: bytes.readUInt32LE(at + 16),
      rawOffset: bytes.readUInt32LE(at + 20),
      writable: (flags & WRITE) !== 0,
      executable: (flags & EXECUTE) !== 0,
    };
  });
}

/** Where the byte at this address is in the file. */
export function offsetOf(pe: Pe, address: number): number {
  const section = pe.sections.find(
    (one) => address >= one.address && address < one.address + one.rawBytes,
  );
  if (section === undefined) throw new Error(`no byte in the file is at 0x${address.toString(16)}`);
  return address - section.address + section.rawOffset;
}

/** "library name" of every import. */
export function importsOf(pe: Pe): string[] {
  const found: string[] = [];
  let at = offsetOf(pe, pe.directories[directory.imports]?.address ?? 0);
  for (; pe.bytes.readUInt32LE(at + 12) !== 0; at += IMPORT_BYTES) {
    const library = textAt(pe, pe.bytes.readUInt32LE(at + 12));
    const names = namesOf(pe, pe.bytes.readUInt32LE(at));
    found.push(...names.map((name) => `${library} ${name}`));
  }
  return found;
}

function namesOf(pe: Pe, address: number): string[] {
  const names: string[] = [];
  for (let at = offsetOf(pe, address); ; at += 8) {
    const entry = pe.bytes.readBigUInt64LE(at);
    if (entry === 0n) return names;
    if (entry >> 63n !== 0n) throw new Error('imported by number');
    names.push(textAt(pe, Number(entry) + 2));
  }
}

function textAt(pe: Pe, address: number): string {
  const start = offsetOf(pe, address);
  return pe.bytes.toString('latin1', start, pe.bytes.indexOf(0, start));
}

/** The checksum that the header should have: words added with carry, its own field as zero, plus the length. */
export function checksumOf(pe: Pe): number {
  const copy = Buffer.concat([pe.bytes, Buffer.alloc(pe.bytes.length % 2)]);
  copy.writeUInt32LE(0, pe.bytes.readUInt32LE(0x3c) + 24 + CHECKSUM);
  let sum = 0;
  for (let at = 0; at < copy.length; at += 2) {
    sum += copy.readUInt16LE(at);
    sum = (sum & 0xffff) + (sum >>> 16);
  }
  return sum + pe.bytes.length;
}

/** The strings of the version resource, and its fixed part's file version. */
export function versionOf(pe: Pe): { fixed: string; strings: ReadonlyMap<string, string> } {
  const { address, bytes } = pe.directories[directory.resources] ?? { address: 0, bytes: 0 };
  const start = offsetOf(pe, address);
  const resource = pe.bytes.subarray(start, start + bytes);
  const at = resource.indexOf(Buffer.from([0xbd, 0x04, 0xef, 0xfe]));
  if (at < 0) throw new Error('no version resource');
  const [high, low] = [resource.readUInt32LE(at + 8), resource.readUInt32LE(at + 12)];
  const fixed = [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff].join('.');
  const texts = resource
    .toString('utf16le', at % 2)
    .split('\0')
    .filter((text) => text !== '');
  const names = [
    'CompanyName',
    'FileDescription',
    'FileVersion',
    'OriginalFilename',
    'ProductName',
  ];
  const strings = names.map((name): [string, string] => [
    name,
    texts[texts.findIndex((text) => text.endsWith(name)) + 1] ?? '',
  ]);
  return { fixed, strings: new Map(strings) };
}
