/**
 * How both sides prove that they know the secret without telling it: each answers the other's random number. A stranger who
 * has taken the address learns nothing, and is told nothing.
 *
 *   Portreeve -> caller   { nonce }
 *   caller -> Portreeve   { nonce, proof }
 *   Portreeve -> caller   { proof, version }
 */
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { z } from 'zod';
import { FrameError, type FrameReader, MAX_GREETING_BYTES, sendFrame } from './frames.ts';

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const challenge = z.strictObject({ nonce: hex });
const answer = z.strictObject({ nonce: hex, proof: hex });
const welcome = z.strictObject({ proof: hex, version: z.string().max(64) });

const NONCE_BYTES = 32;

interface Nonces {
  readonly ofServer: string;
  readonly ofClient: string;
}

/** For what is said after the greeting: one for each direction, new with each connection. */
export interface LineKeys {
  readonly ofServer: Buffer;
  readonly ofClient: Buffer;
}

/** The Portreeve at the other end. */
export interface Introduced {
  readonly version: string;
  readonly keys: LineKeys;
}

const KEY_BYTES = 32;

function proofOf(secret: string, side: 'client' | 'server', nonces: Nonces): string {
  const said = [side, nonces.ofServer, nonces.ofClient].join(' ');
  return createHmac('sha256', secret).update(said).digest('hex');
}

function isProof(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(given, 'hex'), Buffer.from(expected, 'hex'));
}

/** HKDF (RFC 5869): whoever only passes a greeting on can not make these. */
function keysOf(secret: string, nonces: Nonces): LineKeys {
  const salt = `${nonces.ofServer} ${nonces.ofClient}`;
  const key = (side: string): Buffer =>
    Buffer.from(hkdfSync('sha256', secret, salt, `portreeve line, ${side}`, KEY_BYTES));
  return { ofServer: key('server'), ofClient: key('client') };
}

/** Keys where the caller knows the secret, which it has then been told, else null. Throws when it says something else. */
export async function admit(
  socket: Socket,
  reader: FrameReader,
  { secret, version }: { readonly secret: string; readonly version: string },
): Promise<LineKeys | null> {
  const nonce = randomBytes(NONCE_BYTES).toString('hex');
  await sendFrame(socket, { nonce });
  const said = answer.safeParse(await reader.next(MAX_GREETING_BYTES));
  if (!said.success) throw new FrameError('no greeting');
  const nonces = { ofServer: nonce, ofClient: said.data.nonce };
  if (!isProof(said.data.proof, proofOf(secret, 'client', nonces))) return null;
  await sendFrame(socket, { proof: proofOf(secret, 'server', nonces), version });
  return keysOf(secret, nonces);
}

/** The Portreeve at the other end; null when it does not know the secret. Throws when the line breaks. */
export async function introduce(
  socket: Socket,
  reader: FrameReader,
  secret: string,
): Promise<Introduced | null> {
  const first = challenge.safeParse(await reader.next(MAX_GREETING_BYTES));
  if (!first.success) return null;
  const nonces = {
    ofServer: first.data.nonce,
    ofClient: randomBytes(NONCE_BYTES).toString('hex'),
  };
  await sendFrame(socket, {
    nonce: nonces.ofClient,
    proof: proofOf(secret, 'client', nonces),
  });
  const last = welcome.safeParse(await reader.next(MAX_GREETING_BYTES));
  if (!last.success || !isProof(last.data.proof, proofOf(secret, 'server', nonces))) return null;
  return { version: last.data.version, keys: keysOf(secret, nonces) };
}
