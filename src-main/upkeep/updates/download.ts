/** Reads what a feed serves: a short text, or a package into a file that is right to the last byte or not there. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';

import { Deadline, type Feed, type Patience, UpdateError, failureOf, get } from './feed.ts';

/** Bytes of latest.yml; ours has some hundred, and what is new. */
export const MAX_TEXT = 262_144;
const OWNER_ONLY = 0o600;
/** Left for everybody else on the disk. */
const SPARE_BYTES = 64 * 2 ** 20;

export interface WantedPackage {
  readonly url: string;
  readonly size: number;
  /** Base64, as electron-builder writes it. */
  readonly sha512: string;
}

/** The whole text; refused where it is longer than a description can be. */
export async function readText(url: string, feed: Feed, patience: Patience): Promise<string> {
  const deadline = new Deadline(patience);
  try {
    const response = await get(url, feed, deadline);
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of piecesOf(response)) {
      deadline.heard();
      bytes += piece.length;
      if (bytes > MAX_TEXT) throw new UpdateError('bad-answer', 'the description is too long');
      pieces.push(piece);
    }
    return Buffer.concat(pieces).toString('utf8');
  } catch (error) {
    throw failureOf(error, deadline.signal);
  } finally {
    deadline.over();
  }
}

function piecesOf({ body }: Response): AsyncIterable<Uint8Array> {
  return (body ?? Readable.from([])) as AsyncIterable<Uint8Array>;
}

export interface Download {
  readonly feed: Feed;
  readonly patience: Patience;
  readonly cancel: AbortSignal;
  /** Bytes so far. */
  readonly progress: (done: number) => void;
}

/** Writes the package to `file`, which must not be there. Where anything is wrong with it, it is gone again. */
export async function fetchPackage(
  wanted: WantedPackage,
  file: string,
  download: Download,
): Promise<void> {
  const deadline = new Deadline(download.patience, download.cancel);
  await needRoom(path.dirname(file), wanted.size);
  let handle: FileHandle | null = null;
  try {
    const response = await get(wanted.url, download.feed, deadline);
    handle = await open(file, 'wx', OWNER_ONLY);
    await receive(response, handle, wanted, { download, deadline });
    await handle.sync();
    await handle.close();
  } catch (error) {
    await handle?.close().catch(() => undefined);
    if (handle !== null) await rm(file, { force: true });
    throw diskFailure(error) ?? failureOf(error, deadline.signal);
  } finally {
    deadline.over();
  }
}

interface Receiving {
  readonly download: Download;
  readonly deadline: Deadline;
}

async function receive(
  response: Response,
  handle: FileHandle,
  { size, sha512 }: WantedPackage,
  { download, deadline }: Receiving,
): Promise<void> {
  const told = response.headers.get('content-length');
  if (told !== null && Number(told) !== size) throw new UpdateError('wrong-size', `told ${told}`);
  const hash = createHash('sha512');
  let done = 0;
  for await (const piece of piecesOf(response)) {
    deadline.heard();
    done += piece.length;
    if (done > size) throw new UpdateError('wrong-size', 'more than announced');
    hash.update(piece);
    await handle.write(piece);
    download.progress(done);
  }
  if (done !== size) throw new UpdateError('wrong-size', `${done} of ${size}`);
  if (hash.digest('base64') !== sha512) throw new UpdateError('wrong-hash');
}

async function needRoom(folder: string, size: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder).catch(() => ({ bavail: 0, bsize: 0 }));
  if (bsize !== 0 && bavail * bsize < size + SPARE_BYTES) throw new UpdateError('disk-full');
}

const full: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

function diskFailure(error: unknown): UpdateError | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (full.has(code)) return new UpdateError('disk-full', String(error));
  return /^E(?:EXIST|ACCES|PERM|ROFS|IO|ISDIR|NOENT)$/u.test(code)
    ? new UpdateError('not-written', String(error))
    : null;
}

/** Whether the file is still what was downloaded. */
export async function isWhole(file: string, { size, sha512 }: WantedPackage): Promise<boolean> {
  const hash = createHash('sha512');
  let bytes = 0;
  try {
    for await (const piece of createReadStream(file) as AsyncIterable<Uint8Array>) {
      bytes += piece.length;
      hash.update(piece);
    }
  } catch {
    return false;
  }
  return bytes === size && hash.digest('base64') === sha512;
}
