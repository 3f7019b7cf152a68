/**
 * The security catalog of a driver package, unsigned: a certificate trust list that names the hash of each file, as PKCS #7
 * without a signer. osslsigncode signs it. Made here since no tool on Linux makes one; docs/signing.md says what is known of it.
 * The attributes are those of Microsoft's "Authenticode" paper and of what inf2cat writes for SHA-256.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Object identifiers; those that begin with a dot are Microsoft's, 1.3.6.1.4.1.311. */
const OID = {
  signedData: '1.2.840.113549.1.7.2',
  trustList: '.10.1',
  catalogList: '.12.1.1',
  catalogMember: '.12.1.3',
  nameValue: '.12.2.1',
  memberInfo: '.12.2.3',
  indirectData: '.2.1.4',
  image: '.2.1.15',
  flatFile: '.2.1.25',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const;

/** Of a name and its value: they are part of the signature, the value is text. */
const NAME_FLAGS = 0x1001_0001;
/** Windows 10 and later, of any processor. */
const SYSTEMS = '2:10.0';

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  if (length >= 65_536) throw new Error('the catalog is too long');
  const long = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  const size = length < 128 ? [length] : long;
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const octets = (bytes: Buffer): Buffer => der(0x04, bytes);
const nothing = der(0x05);
const obsolete = der(0xa2, der(0x80, wide('<<<Obsolete>>>')));

/** DER wants the members of a set in the order of their bytes. */
function set(...parts: readonly Buffer[]): Buffer {
  return der(0x31, ...parts.toSorted((left, right) => Buffer.compare(left, right)));
}

/** UTF-16, high byte first. */
function wide(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

function identifier(text: string): Buffer {
  const full = text.startsWith('.') ? `1.3.6.1.4.1.311${text}` : text;
  const [first = 0, second = 0, ...rest] = full.split('.').map(Number);
  const groups = [first * 40 + second, ...rest].map((number) => {
    const bytes = [number & 127];
    for (let left = number >> 7; left > 0; left >>= 7) bytes.unshift((left & 127) | 128);
    return Buffer.from(bytes);
  });
  return der(0x06, ...groups);
}

function nameAndValue(name: string, value: string): Buffer {
  const flags = Buffer.alloc(4);
  flags.writeUInt32BE(NAME_FLAGS);
  const text = octets(Buffer.from(`${value}\0`, 'utf16le'));
  return sequence(der(0x1e, wide(name)), der(0x02, flags), text);
}

/** What a signature of an image covers: all but its checksum, where its signature is, and the signature. */
export function imageHash(image: Buffer): Buffer {
  const optional = image.readUInt32LE(0x3c) + 24;
  const checksum = optional + 64;
  const directory = optional + (image.readUInt16LE(optional) === 0x20b ? 144 : 128);
  const end = image.readUInt32LE(directory) || image.length;
  const hash = createHash('sha256');
  hash.update(image.subarray(0, checksum));
  hash.update(image.subarray(checksum + 4, directory));
  hash.update(image.subarray(directory + 8, end));
  // A signature begins at a multiple of 8, and would be hashed behind these zeros.
  return hash.update(Buffer.alloc((8 - (end % 8)) % 8)).digest();
}

function member(file: string): Buffer {
  const bytes = readFileSync(file);
  const isImage = bytes.subarray(0, 2).toString() === 'MZ';
  const hash = isImage ? imageHash(bytes) : createHash('sha256').update(bytes).digest();
  const kind = isImage
    ? sequence(identifier(OID.image), sequence(der(0x03, Buffer.from([0])), der(0xa0, obsolete)))
    : sequence(identifier(OID.flatFile), obsolete);
  const digest = sequence(sequence(identifier(OID.sha256), nothing), octets(hash));
  const attribute = (oid: string, value: Buffer): Buffer =>
    sequence(identifier(oid), der(0x31, value));
  return sequence(
    octets(hash),
    set(
      attribute(OID.nameValue, nameAndValue('File', path.basename(file))),
      attribute(OID.nameValue, nameAndValue('OSAttr', SYSTEMS)),
      attribute(OID.indirectData, sequence(kind, digest)),
      attribute(OID.memberInfo, der(0x82)),
    ),
  );
}

function utcTime(when: Date): Buffer {
  return der(0x17, Buffer.from(`${when.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`));
}

/** Writes the catalog of these files. The same files give the same bytes at the same second. */
export function writeCatalog(catalog: string, files: readonly string[], when = new Date()): void {
  const members = files.map(member).toSorted((left, right) => Buffer.compare(left, right));
  const list = sequence(
    sequence(identifier(OID.catalogList)),
    octets(createHash('sha256').update(Buffer.concat(members)).digest().subarray(0, 16)),
    utcTime(when),
    sequence(identifier(OID.catalogMember), nothing),
    sequence(...members),
  );
  const content = sequence(identifier(OID.trustList), der(0xa0, list));
  const version = der(0x02, Buffer.from([1]));
  const signed = sequence(version, der(0x31), content, der(0x31));
  writeFileSync(catalog, sequence(identifier(OID.signedData), der(0xa0, signed)));
}
