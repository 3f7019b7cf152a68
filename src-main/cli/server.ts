/**
 * Where the command line reaches a running Portreeve. After the greeting, one call at a time:
 *
 *   caller -> Portreeve   { call, input }
 *   Portreeve -> caller   the call's result
 */
import net from 'node:net';
import { z } from 'zod';
import type { Log } from '../engine/ports.ts';
import type { Router } from '../ipc/router.ts';
import { answerTooLong } from '../line/failures.ts';
import { FrameError, FrameReader, MAX_FRAME_BYTES, sendFrame } from '../line/frames.ts';
import { admit } from '../line/greeting.ts';
import { obstacle, publish } from '../line/listening.ts';
import { type Presence, newPresence, removePresence } from '../line/presence.ts';

export interface CommandServerParts {
  readonly stateFolder: string;
  readonly router: Router;
  readonly version: string;
  readonly log: Log;
}

export interface CommandServer {
  close(): void;
}

const GREETING_MS = 5000;
const IDLE_MS = 10 * 60_000;
const MAX_CONNECTIONS = 16;
const callFrame = z.object({ call: z.unknown(), input: z.unknown() });

/** Null when it cannot be reached, which is logged: Portreeve works without. */
export async function startCommandServer(parts: CommandServerParts): Promise<CommandServer | null> {
  const { stateFolder, log } = parts;
  const presence = newPresence(stateFolder, 'command-line');
  const why = await obstacle(stateFolder, presence);
  const server = why === null ? await listen(parts, presence) : null;
  if (server === null) {
    log.warn(
      `The command line cannot reach this Portreeve: ${why ?? 'its socket cannot be made'}.`,
    );
    return null;
  }
  const close = (): void => {
    removePresence(stateFolder, presence);
    server.close();
  };
  return { close };
}

async function listen(
  parts: CommandServerParts,
  presence: Presence,
): Promise<{ close(): void } | null> {
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    void serve(socket, parts, presence.secret);
  });
  server.maxConnections = MAX_CONNECTIONS;
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(presence.address, () => resolve(true));
  });
  const close = (): void => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  if (listening && publish(parts.stateFolder, presence)) {
    server.unref();
    return { close };
  }
  close();
  return null;
}

/** One connection to its end. Whatever it says, nobody else is disturbed. */
async function serve(socket: net.Socket, parts: CommandServerParts, secret: string): Promise<void> {
  const reader = new FrameReader(socket);
  const late = setTimeout(() => socket.destroy(), GREETING_MS);
  socket.on('error', () => socket.destroy());
  try {
    const isAdmitted = null !== (await admit(socket, reader, { secret, version: parts.version }));
    clearTimeout(late);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    if (isAdmitted) await answerCalls(socket, reader, parts.router);
  } catch {
    // A broken line, half a frame, or a stranger.
  } finally {
    clearTimeout(late);
    socket.destroy();
  }
}

async function answerCalls(socket: net.Socket, reader: FrameReader, router: Router): Promise<void> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- the next call is not read before this one is answered
    const frame = await reader.next(MAX_FRAME_BYTES);
    if (frame === undefined) return;
    const said = callFrame.safeParse(frame);
    if (!said.success) throw new FrameError('no call');
    const { call, input } = said.data;
    // oxlint-disable-next-line no-await-in-loop -- as above
    await sendResult(socket, await router.call('command-line', call, input));
  }
}

async function sendResult(socket: net.Socket, result: unknown): Promise<void> {
  try {
    await sendFrame(socket, result);
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    await sendFrame(socket, answerTooLong);
  }
}
