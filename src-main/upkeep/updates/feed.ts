/**
 * Where newer versions are published, and every request there: HTTPS, the hosts of this build's configuration and no
 * others, all of it bounded. Nothing here is asked before its user has switched updates on.
 */
import { z } from 'zod';

import type { UpdateProblem } from '../../../src-preload/contract/upkeep.ts';

/** Field `updates` of package.json; `npm run dist -- --updates URL` writes it into a release. */
export interface Feed {
  /** Folder that has latest.yml and the packages. */
  readonly url: string;
  /** Hosts besides its own to which it may redirect. */
  readonly alsoFrom: readonly string[];
}

/** What a person can be told; `problem` says what to do. */
export class UpdateError extends Error {
  readonly problem: UpdateProblem;
  constructor(problem: UpdateProblem, message: string = problem) {
    super(message);
    this.problem = problem;
  }
}

const MAX_REDIRECTS = 5;
const loopbackHosts = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/u;

const schema = z.object({
  url: z.string().refine((text) => URL.canParse(text) && isSecure(new URL(text))),
  alsoFrom: z.array(z.string().regex(/^[a-z\d.-]+$/u)).default([]),
});

/** Null where this build names none, or none that could be trusted. */
export function readFeed(packageJson: unknown): Feed | null {
  const read = z.object({ updates: schema }).safeParse(packageJson);
  return read.success ? read.data.updates : null;
}

/** Plain HTTP to this computer only: for tests. */
function isSecure({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && loopbackHosts.test(hostname));
}

/** How long a server may say nothing, and how long a look or a download may take in all. */
export interface Patience {
  readonly silentMs: number;
  readonly wholeMs: number;
}

/** Ends a request when the server falls silent, when it takes too long in all, and when its user wants that. */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #silence = new AbortController();
  readonly #patience: Patience;
  #timer: NodeJS.Timeout | null = null;

  constructor(patience: Patience, cancel: AbortSignal | null = null) {
    this.#patience = patience;
    const signals = [this.#silence.signal, AbortSignal.timeout(patience.wholeMs)];
    this.signal = AbortSignal.any(cancel === null ? signals : [...signals, cancel]);
    this.heard();
  }

  heard(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#silence.abort(), this.#patience.silentMs);
  }

  over(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

/** The answer to a GET, after redirections that are each checked. Sends nothing that tells this computer from others. */
export async function get(address: string, feed: Feed, deadline: Deadline): Promise<Response> {
  let url = new URL(address);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    check(url, feed);
    // oxlint-disable-next-line no-await-in-loop -- one redirection after the other
    const response = await ask(url, deadline);
    deadline.heard();
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return good(response);
    // oxlint-disable-next-line no-await-in-loop -- as above
    await response.body?.cancel();
    if (!URL.canParse(location, url.href)) throw new UpdateError('bad-answer');
    url = new URL(location, url.href);
  }
  throw new UpdateError('bad-answer', 'too many redirections');
}

function check(url: URL, { url: own, alsoFrom }: Feed): void {
  if (!isSecure(url)) throw new UpdateError('elsewhere', `not over HTTPS: ${url.origin}`);
  if (url.host !== new URL(own).host && !alsoFrom.includes(url.host)) {
    throw new UpdateError('elsewhere', `redirected to ${url.host}`);
  }
}

async function ask(url: URL, { signal }: Deadline): Promise<Response> {
  try {
    return await fetch(url.href, { redirect: 'manual', signal, credentials: 'omit' });
  } catch (error) {
    throw failureOf(error, signal);
  }
}

/** A body that broke off, an aborted request, or a server that is not there. */
export function failureOf(error: unknown, signal: AbortSignal): UpdateError {
  if (error instanceof UpdateError) return error;
  if (signal.aborted) return new UpdateError('too-slow', String(signal.reason));
  return new UpdateError('no-connection', String(error));
}

function good(response: Response): Response {
  if (response.status === 200) return response;
  void response.body?.cancel();
  throw new UpdateError('bad-answer', `answered with ${response.status}`);
}
