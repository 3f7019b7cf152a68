/** Everything about the program of one process, found out at once: what identity-windows.ts makes subjects of. */
import { X509Certificate, createHash } from 'node:crypto';

import type { Ancestor, ProcessKey, WantedFacts } from '../../engine/ports.ts';
import type { Pointer } from './ffi.ts';
import { fileStamp, readPieces, withFile } from './files.ts';
import { packageFamily } from './packages.ts';
import type { OpenProcess } from './processes.ts';
import {
  commandLine,
  currentFolder,
  imagePath,
  isRunning,
  parentOf,
  readArguments,
  runsFile,
  withProcess,
} from './processes.ts';
import { servicesOf } from './services.ts';
import type { TokenFacts } from './tokens.ts';
import { tokenFacts } from './tokens.ts';
import type { VersionNames } from './version.ts';
import { versionNames } from './version.ts';
import { isRemote, letteredPath, openablePath } from './volumes.ts';
import { signatureOf } from './wintrust.ts';

/** A chain of parents longer than this is cut. */
const MAX_ANCESTORS = 16;
const MAX_REMEMBERED = 1024;

/** Whom a certificate names: its organisation, or its common name where it has none, and the country. */
export interface Signer {
  readonly name: string;
  readonly country: string;
}

/** What is proven about a file: who signed it, and what it says of itself, which the signature covers. */
export interface SignedProgram extends VersionNames {
  readonly signer: Signer;
}

export interface FileFacts {
  readonly signed: SignedProgram | null;
  /** SHA-256; null where it was not wanted or could not be read. */
  readonly hash: string | null;
}

export interface FoundProgram extends FileFacts {
  /** With its drive's letter, for people; null where it can't be told. */
  readonly path: string | null;
  readonly arguments: readonly string[] | null;
  readonly folder: string | null;
  readonly package: string | null;
  readonly services: readonly string[];
  readonly ancestors: readonly FoundAncestor[];
}

export interface FoundAncestor {
  readonly process: Ancestor['process'];
  /** As the driver has it, and with its drive's letter. */
  readonly devicePath: string;
  readonly path: string;
  readonly signed: SignedProgram | null;
  readonly package: string | null;
}

export interface FoundFacts extends TokenFacts {
  readonly commandLine: string | null;
  readonly startedBy: string | null;
  readonly services: readonly string[];
}

/** Null where the process has gone or is another one by now. */
export function findProgram(
  key: ProcessKey,
  path: string,
  wanted: WantedFacts,
): FoundProgram | null {
  return withProcess(key, (process) => ({
    ...factsOfFile(process, path, wanted.hash),
    path: shownPath(process),
    arguments: readArguments(process),
    folder: currentFolder(process),
    package: packageFamily(process.handle),
    services: servicesOf(key.id) ?? [],
    ancestors: wanted.ancestors ? ancestorsOf(process) : [],
  }));
}

export function findFacts(key: ProcessKey): FoundFacts | null {
  return withProcess(key, (process) => {
    const parent = parentOf(process);
    return {
      ...tokenFacts(process.handle),
      commandLine: commandLine(process),
      startedBy: parent === null ? null : withProcess(parent, nameOfImage),
      services: servicesOf(key.id) ?? [],
    };
  });
}

/** Whether exactly this process still runs. */
export function isAlive(key: ProcessKey): boolean {
  return withProcess(key, isRunning) ?? false;
}

function shownPath(process: OpenProcess): string | null {
  const path = imagePath(process);
  return path === null ? null : letteredPath(path);
}

function nameOfImage(process: OpenProcess): string | null {
  return shownPath(process)?.replace(/^.*\\/s, '') ?? null;
}

function ancestorsOf(process: OpenProcess): FoundAncestor[] {
  const found: FoundAncestor[] = [];
  let parent = parentOf(process);
  while (parent !== null && found.length < MAX_ANCESTORS) {
    const next = withProcess(parent, (one) => ({
      ancestor: ancestorOf(one),
      parent: parentOf(one),
    }));
    if (next?.ancestor === undefined || next.ancestor === null) return found;
    found.push(next.ancestor);
    ({ parent } = next);
  }
  return found;
}

function ancestorOf(process: OpenProcess): FoundAncestor | null {
  const devicePath = imagePath(process);
  if (devicePath === null) return null;
  const { signed } = factsOfFile(process, devicePath, false);
  const family = packageFamily(process.handle);
  return {
    process: process.key,
    devicePath,
    path: letteredPath(devicePath),
    signed,
    package: family,
  };
}

const nothing: FileFacts = { signed: null, hash: null };

/** Of the file that this process runs, and of no other that has taken its path. */
function factsOfFile(process: OpenProcess, path: string, wantsHash: boolean): FileFacts {
  if (isRemote(path)) return nothing;
  const openable = openablePath(path);
  const facts = withFile(openable, (file) =>
    runsFile(process, file) === false ? nothing : remembered(file, openable, wantsHash),
  );
  return facts ?? nothing;
}

const known = new Map<string, FileFacts>();

function remembered(file: Pointer, openable: string, wantsHash: boolean): FileFacts {
  const stamp = fileStamp(file);
  const before = stamp === null ? undefined : known.get(`${openable} ${stamp}`);
  if (before !== undefined && (before.hash !== null || !wantsHash)) return before;
  const signed = before === undefined ? signedProgram(file, openable) : before.signed;
  const facts = { signed, hash: wantsHash ? hashOf(file) : null };
  if (known.size >= MAX_REMEMBERED) known.clear();
  if (stamp !== null) known.set(`${openable} ${stamp}`, facts);
  return facts;
}

function hashOf(file: Pointer): string | null {
  const hash = createHash('sha256');
  return readPieces(file, (piece) => hash.update(piece)) ? hash.digest('hex') : null;
}

function signedProgram(file: Pointer, openable: string): SignedProgram | null {
  const signature = signatureOf({ file, path: openable });
  const signer = signature === null ? null : signerOf(signature.certificate);
  return signer === null ? null : { signer, ...versionNames(openable) };
}

/** Null for a certificate that names nobody. */
export function signerOf(certificate: Uint8Array): Signer | null {
  const names = subjectNames(certificate);
  const name = names('O') || names('CN');
  return name === '' ? null : { name, country: names('C') };
}

function subjectNames(certificate: Uint8Array): (kind: string) => string {
  try {
    const { subject } = new X509Certificate(certificate).toLegacyObject();
    const values = subject as unknown as Record<string, string | string[] | undefined>;
    return (kind) => [values[kind] ?? []].flat().join(' + ');
  } catch {
    return () => '';
  }
}
