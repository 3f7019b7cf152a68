/** Reads blocklists from files and over HTTPS; nothing that a server or a file does can take long or much memory. */
import { open } from 'node:fs/promises';
import { constants } from 'node:fs';
import path from 'node:path';
import type { ListFailure } from '../../src-preload/contract/model.ts';
import { MAX_LIST_BYTES } from '../engine/blocklists/compile.ts';
import type { Validators } from '../engine/blocklists/subscription.ts';
import type { ListAnswer } from '../engine/ports.ts';

const TIME_MS = 60_000;
const MAX_REDIRECTS = 5;
const MAX_VALIDATOR = 1024;
const loopbackHosts = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const NOT_MODIFIED = 304;

/** `timeMs` bounds the whole of it. */
export async function readListSource(
  source: string,
  known: Validators,
  timeMs = TIME_MS,
): Promise<ListAnswer> {
  if (isLocalPath(source)) return readLocal(source, known);
  if (!URL.canParse(source)) return failed('not-secure');
  return readRemote(new URL(source), known, timeMs);
}

/** No network share: reading one tells its server who the user is. */
function isLocalPath(source: string): boolean {
  return path.isAbsolute(source) && !/^[\\/]{2}/.test(source);
}

async function readLocal(file: string, known: Validators): Promise<ListAnswer> {
  try {
    // Without O_NONBLOCK, opening a pipe waits for its writer. Windows has no such flag and no such pipes.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const { size, mtimeMs, ino, isFile } = await statOf(handle);
      if (!isFile) return failed('not-readable');
      if (size > MAX_LIST_BYTES) return failed('too-big');
      const etag = `${ino}-${size}-${mtimeMs}`;
      if (etag === known.etag) return { kind: 'unchanged' };
      const bytes = new Uint8Array(size);
      const { bytesRead } = await handle.read(bytes, 0, size, 0);
      const validators = { etag, lastModified: null };
      return { kind: 'content', bytes: bytes.subarray(0, bytesRead), validators };
    } finally {
      await handle.close();
    }
  } catch (error) {
    return failed(isMissing(error) ? 'not-found' : 'not-readable');
  }
}

async function statOf(handle: Awaited<ReturnType<typeof open>>) {
  const stat = await handle.stat();
  return { size: stat.size, mtimeMs: stat.mtimeMs, ino: stat.ino, isFile: stat.isFile() };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function readRemote(url: URL, known: Validators, timeMs: number): Promise<ListAnswer> {
  const signal = AbortSignal.timeout(timeMs);
  try {
    return await follow(url, known, signal, MAX_REDIRECTS);
  } catch {
    return failed(signal.aborted ? 'too-slow' : 'no-connection');
  }
}

/** Redirections are followed by hand, so that each stop is checked. */
async function follow(
  url: URL,
  known: Validators,
  signal: AbortSignal,
  redirects: number,
): Promise<ListAnswer> {
  if (!isSecure(url)) return failed('not-secure');
  const response = await fetch(url.href, { headers: headersOf(known), redirect: 'manual', signal });
  const location = response.headers.get('location');
  if (response.status >= 300 && response.status < 400 && location !== null) {
    await response.body?.cancel();
    if (redirects === 0 || !URL.canParse(location, url.href)) return failed('server-error');
    return follow(new URL(location, url.href), known, signal, redirects - 1);
  }
  if (response.status === NOT_MODIFIED && isAsked(known)) return { kind: 'unchanged' };
  if (!response.ok) {
    await response.body?.cancel();
    return failed(response.status === 404 ? 'not-found' : 'server-error');
  }
  return readBody(response);
}

function isSecure({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && loopbackHosts.test(hostname));
}

/** Whether a server may say that nothing is new. */
function isAsked({ etag, lastModified }: Validators): boolean {
  return etag !== null || lastModified !== null;
}

function headersOf({ etag, lastModified }: Validators): Record<string, string> {
  return {
    ...(etag !== null && { 'if-none-match': etag }),
    ...(lastModified !== null && { 'if-modified-since': lastModified }),
  };
}

/** Counts what comes out of a compressed body, not what goes in. */
async function readBody(response: Response): Promise<ListAnswer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_LIST_BYTES) return failed('too-big');
    chunks.push(chunk);
  }
  const validators = {
    etag: validatorOf(response, 'etag'),
    lastModified: validatorOf(response, 'last-modified'),
  };
  return { kind: 'content', bytes: Buffer.concat(chunks, size), validators };
}

function validatorOf(response: Response, name: string): string | null {
  const value = response.headers.get(name);
  return value !== null && value.length <= MAX_VALIDATOR ? value : null;
}

function failed(failure: ListFailure): ListAnswer {
  return { kind: 'failed', failure };
}
