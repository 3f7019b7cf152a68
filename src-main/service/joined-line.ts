/** The caller's end of a line: calls go to the service, states come from it. */
import type { EventName } from '../../src-preload/contract/calls.ts';
import type { Caller } from '../../src-preload/contract/command-line.ts';
import type { ManagerState, PromptState, Result } from '../../src-preload/contract/model.ts';
import { gone, notSent, tooLong, tooMany } from '../line/failures.ts';
import { FrameError, FrameReader, MAX_FRAME_BYTES } from '../line/frames.ts';
import { type Introduced, introduce } from '../line/greeting.ts';
import { connectTo } from '../line/listening.ts';
import { SealedLine } from '../line/sealed.ts';

/** Where a line is, and what proves that one may use it. */
export interface LineAddress {
  readonly address: string;
  readonly secret: string;
}

export interface JoinSettings {
  /** Of this Portreeve. A service of another one means other things by the same words. */
  readonly version: string;
  /** The states that the line tells. */
  readonly events: readonly EventName[];
  onState(event: EventName, state: PromptState | ManagerState): void;
}

export interface JoinedLine {
  /** Never rejects; a call whose line breaks ends with `gone`. */
  call(caller: Caller, name: string, input: unknown): Promise<Result<unknown>>;
  /** Settles when the line is no more. */
  readonly ended: Promise<void>;
  close(): void;
}

export type Joining =
  /** Every state has been told once. */
  | { readonly kind: 'joined'; readonly line: JoinedLine }
  | { readonly kind: 'none' }
  /** Something else listens there, or the service has no place for more. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'other-version'; readonly version: string };

const GREETING_MS = 5000;
const MAX_CALLS = 64;

/** Never rejects. */
export async function joinLine(at: LineAddress, settings: JoinSettings): Promise<Joining> {
  const socket = await connectTo(at.address);
  if (socket === null) return { kind: 'none' };
  const reader = new FrameReader(socket);
  const late = setTimeout(() => socket.destroy(), GREETING_MS);
  socket.on('error', () => socket.destroy());
  try {
    const other = await introduce(socket, reader, at.secret);
    const refusal = refusalOf(other, settings.version);
    if (other !== null && refusal === null) {
      const sealed = new SealedLine({ socket, reader, keys: other.keys, side: 'client' });
      const line = new LineEnd(sealed, settings);
      if (await line.told) return { kind: 'joined', line };
    }
    socket.destroy();
    return refusal ?? { kind: 'refused' };
  } catch {
    socket.destroy();
    return { kind: 'refused' };
  } finally {
    clearTimeout(late);
  }
}

function refusalOf(other: Introduced | null, version: string): Joining | null {
  if (other === null) return { kind: 'refused' };
  return other.version === version ? null : { kind: 'other-version', version: other.version };
}

type Answered = (result: Result<unknown>) => void;

class LineEnd implements JoinedLine {
  readonly ended: Promise<void>;
  /** Whether every state came. */
  readonly told: Promise<boolean>;
  readonly #line: SealedLine;
  readonly #settings: JoinSettings;
  readonly #waiting = new Map<number, Answered>();
  readonly #untold: Set<EventName>;
  #lastId = 0;
  #isOver = false;
  #allTold: (isAll: boolean) => void = () => {};

  constructor(line: SealedLine, settings: JoinSettings) {
    this.#line = line;
    this.#settings = settings;
    this.#untold = new Set(settings.events);
    this.told = new Promise((resolve) => (this.#allTold = resolve));
    this.ended = this.#hear()
      .catch(() => {})
      .then(() => this.#over());
  }

  async call(caller: Caller, name: string, input: unknown): Promise<Result<unknown>> {
    if (this.#isOver) return notSent;
    if (this.#waiting.size >= MAX_CALLS) return tooMany;
    const id = (this.#lastId += 1);
    const answered = new Promise<Result<unknown>>((resolve) => this.#waiting.set(id, resolve));
    try {
      await this.#line.send({ id, role: caller, call: name, input });
    } catch (error) {
      if (error instanceof FrameError) this.#settle(id, tooLong);
      else this.#line.end();
    }
    return answered;
  }

  close(): void {
    this.#line.end();
  }

  async #hear(): Promise<void> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one frame comes after the other
      const frame = await this.#line.next(MAX_FRAME_BYTES);
      if (frame === undefined) return;
      this.#take(frame as ServiceFrame);
    }
  }

  /** It has proved to be this very Portreeve, which says nothing else. */
  #take(frame: ServiceFrame): void {
    if ('id' in frame) return this.#settle(frame.id, frame.result);
    this.#settings.onState(frame.event, frame.state);
    this.#untold.delete(frame.event);
    if (this.#untold.size === 0) this.#allTold(true);
  }

  #settle(id: number, result: Result<unknown>): void {
    this.#waiting.get(id)?.(result);
    this.#waiting.delete(id);
  }

  #over(): void {
    this.#isOver = true;
    this.#line.end();
    this.#allTold(false);
    for (const id of this.#waiting.keys()) this.#settle(id, gone);
  }
}

type ServiceFrame =
  | { readonly id: number; readonly result: Result<unknown> }
  | { readonly event: EventName; readonly state: PromptState | ManagerState };
