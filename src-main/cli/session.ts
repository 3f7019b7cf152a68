/** A place where calls can be made: the running Portreeve, or the store itself while none runs. */
import type net from 'node:net';
import type { InputOf, OutputOf } from '../../src-preload/contract/calls.ts';
import type { CommandLineCall } from '../../src-preload/contract/command-line.ts';
import type { Result } from '../../src-preload/contract/model.ts';
import { FrameError, FrameReader, MAX_FRAME_BYTES, sendFrame } from '../line/frames.ts';
import { gone, tooLong } from '../line/failures.ts';
import { introduce } from '../line/greeting.ts';
import { connectTo } from '../line/listening.ts';
import { type Presence, findPresence } from '../line/presence.ts';

export interface Session {
  /** The version of the Portreeve that runs; null when this is the store alone. */
  readonly running: string | null;
  call<Name extends CommandLineCall>(
    name: Name,
    input: InputOf<Name>,
  ): Promise<Result<OutputOf<Name>>>;
  close(): Promise<void>;
}

export type Reached =
  | { readonly kind: 'running'; readonly session: Session }
  | { readonly kind: 'none' }
  /** Somebody is there who must not be talked to; a whole sentence. */
  | { readonly kind: 'refused'; readonly why: string };

const CONNECT_MS = 5000;
const foreign =
  'The file that says how to reach Portreeve could have been written by others, so that it is not used. Remove command-line.json from the folder of the rules, and start Portreeve again.';
const stranger =
  'Something that is not your Portreeve answered in its place, and was told nothing. End Portreeve and start it again.';

/** The Portreeve that runs on this state folder. */
export async function reachRunning(stateFolder: string): Promise<Reached> {
  const found = findPresence(stateFolder, 'command-line');
  if (found.kind === 'unsafe') return { kind: 'refused', why: foreign };
  if (found.kind === 'none') return { kind: 'none' };
  const socket = await connectTo(found.presence.address);
  return socket === null ? { kind: 'none' } : greet(socket, found.presence);
}

async function greet(socket: net.Socket, { secret }: Presence): Promise<Reached> {
  const reader = new FrameReader(socket);
  const late = setTimeout(() => socket.destroy(), CONNECT_MS);
  socket.on('error', () => socket.destroy());
  try {
    const other = await introduce(socket, reader, secret);
    if (other !== null) {
      return { kind: 'running', session: sessionOver(socket, reader, other.version) };
    }
  } catch {
    // It has ended, or says what no Portreeve says.
  } finally {
    clearTimeout(late);
  }
  socket.destroy();
  return { kind: 'refused', why: stranger };
}

function sessionOver(socket: net.Socket, reader: FrameReader, running: string): Session {
  return {
    running,
    async call<Name extends CommandLineCall>(name: Name, input: InputOf<Name>) {
      try {
        await sendFrame(socket, { call: name, input });
        const result = await reader.next(MAX_FRAME_BYTES);
        // It has proved to be Portreeve, which answers with the call's result.
        if (result !== undefined) return result as Result<OutputOf<Name>>;
      } catch (error) {
        if (error instanceof FrameError && error.message === 'too long') return tooLong;
      }
      return gone;
    },
    close() {
      socket.destroy();
      return Promise.resolve();
    },
  };
}
