/** What is in a packed app: its archive, the hashes in it, and what is written into its program. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type * as Asar from '@electron/asar';
import { NtExecutable, NtExecutableResource } from 'resedit';

const asar = createRequire(import.meta.url)('@electron/asar') as typeof Asar;

export interface PackedFile {
  readonly name: string;
  readonly unpacked: boolean;
  /** As the archive's header says. */
  readonly hash: string;
  /** Of what is there. */
  readonly found: string;
}

interface Entry {
  readonly files?: Readonly<Record<string, Entry>>;
  readonly unpacked?: boolean;
  readonly integrity?: { readonly hash: string };
}

const sha256 = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex');

/** Every file of the archive, in its order. */
export function filesOf(archive: string): PackedFile[] {
  const { header } = asar.getRawHeader(archive);
  return entriesOf(header as Entry, '').map(([name, { unpacked = false, integrity }]) => {
    const bytes = asar.extractFile(archive, name);
    return { name, unpacked, hash: integrity?.hash ?? '', found: sha256(bytes) };
  });
}

function entriesOf(entry: Entry, name: string): [string, Entry][] {
  if (entry.files === undefined) return [[name, entry]];
  return Object.entries(entry.files).flatMap(([part, below]) =>
    entriesOf(below, name === '' ? part : `${name}/${part}`),
  );
}

export function textOf(archive: string, name: string): string {
  return asar.extractFile(archive, name).toString();
}

/** What Electron compares the archive's header with before it runs anything of it. */
export function headerHash(archive: string): string {
  return sha256(asar.getRawHeader(archive).headerString);
}

/** The texts that are written into a program: its manifest, and the hashes of its archives. */
export function textsIn(program: string): { manifest: string; integrity: unknown } {
  const image = NtExecutable.from(readFileSync(program), { ignoreCert: true });
  const { entries } = NtExecutableResource.from(image);
  const read = (type: string | number): string => {
    const entry = entries.find((one) => one.type === type);
    return entry === undefined ? '' : Buffer.from(entry.bin).toString();
  };
  return { manifest: read(24), integrity: JSON.parse(read('INTEGRITY')) };
}
