/**
 * Who may open a page of the browser shell: whoever holds a token that was printed for the role. A token is good once;
 * it is exchanged for a session that lives in a host-only cookie and in this process's memory only.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role } from '../../../src-preload/contract/calls.ts';

const bytesOfSecret = 32;
const maxTokens = 32;
const maxSessions = 8;
export const cookieName = 'portreeve-session';

export interface Sessions {
  /** A new token for `role`, to be put into an address. */
  issueToken(role: Role): string;
  /** The session that `token` buys, or null when it is unknown, used or of another role. */
  redeem(role: Role, token: string): string | null;
  /** Whether a Cookie header carries a session of `role`. */
  admits(role: Role, cookieHeader: string | undefined): boolean;
}

/** An empty set of sessions. */
export function createSessions(): Sessions {
  const tokens = { prompt: new Set<string>(), manager: new Set<string>() };
  const sessions = { prompt: new Set<string>(), manager: new Set<string>() };
  return {
    issueToken(role) {
      const token = newSecret();
      addBounded(tokens[role], digest(token), maxTokens);
      return token;
    },
    redeem(role, token) {
      if (!takeSecret(tokens[role], token)) return null;
      const session = newSecret();
      addBounded(sessions[role], digest(session), maxSessions);
      return session;
    },
    admits(role, cookieHeader) {
      const session = readCookie(cookieHeader);
      return session !== null && findSecret(sessions[role], session) !== null;
    },
  };
}

/** The Set-Cookie value of a session: this host only, never read by script, never sent from another site. */
export function sessionCookie(session: string): string {
  return `${cookieName}=${session}; Path=/; HttpOnly; SameSite=Strict`;
}

function newSecret(): string {
  return randomBytes(bytesOfSecret).toString('base64url');
}

/** Only digests are kept, so that comparing takes equal time whatever was sent. */
function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function findSecret(known: ReadonlySet<string>, secret: string): string | null {
  const wanted = Buffer.from(digest(secret));
  return [...known].find((entry) => timingSafeEqual(Buffer.from(entry), wanted)) ?? null;
}

function takeSecret(known: Set<string>, secret: string): boolean {
  const found = findSecret(known, secret);
  return found !== null && known.delete(found);
}

/** Sets keep the order of insertion: the oldest entry makes room. */
function addBounded(known: Set<string>, entry: string, most: number): void {
  const oldest = known.values().next();
  if (known.size >= most && !oldest.done) known.delete(oldest.value);
  known.add(entry);
}

function readCookie(header: string | undefined): string | null {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim().split('='));
  const own = pairs.filter(([name]) => name === cookieName);
  return own.length === 1 ? (own[0]?.[1] ?? null) : null;
}
