/**
 * One caller that has proved who it is, to its end:
 *
 *   caller -> service   { id, role, call, input }      ids only grow; several calls at once
 *   service -> caller   { id, result }
 *   service -> caller   { event, state }               each state at the start, then whenever it changes
 */
import { z } from 'zod';
import type { Caller } from '../../src-preload/contract/command-line.ts';
import type { App } from '../app.ts';
import { FrameError } from '../line/frames.ts';
import type { SealedLine } from '../line/sealed.ts';
import type { LineTerms } from './line-terms.ts';
import { Outbox } from './outbox.ts';

export type ServedApp = Pick<App, 'engine' | 'router' | 'readState'>;

const callFrame = z.strictObject({
  id: z.int().min(1),
  role: z.string().max(64),
  call: z.string().max(64),
  input: z.unknown(),
});

/** Resolves when it hangs up. Throws when the line breaks, or it says what it must not. */
export async function serveCaller(
  line: SealedLine,
  app: ServedApp,
  terms: LineTerms,
): Promise<void> {
  const served = new ServedCaller(line, app, terms);
  const events = new Set(terms.events);
  const unsubscribe = app.engine.onChange((event) => {
    if (events.has(event)) served.outbox.changed(event);
  });
  for (const event of events) served.outbox.changed(event);
  try {
    await served.hear();
  } finally {
    unsubscribe();
  }
}

class ServedCaller {
  readonly outbox: Outbox;
  readonly #line: SealedLine;
  readonly #app: ServedApp;
  readonly #terms: LineTerms;
  #lastId = 0;
  #running = 0;
  #freed: (() => void) | null = null;
  #isOver = false;

  constructor(line: SealedLine, app: ServedApp, terms: LineTerms) {
    this.#line = line;
    this.#app = app;
    this.#terms = terms;
    this.outbox = new Outbox(line, (event) => app.readState(event));
    line.onEnd(() => this.#end());
  }

  async hear(): Promise<void> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- what is not taken up is not read either
      await this.#room();
      // oxlint-disable-next-line no-await-in-loop -- as above
      const frame = this.#isOver ? undefined : await this.#line.next(this.#terms.maxCallBytes);
      if (frame === undefined) return;
      void this.#run(this.#accept(frame));
    }
  }

  /** What it has said before, and nobody has looked at, does not count any more. */
  #end(): void {
    this.#isOver = true;
    this.#freed?.();
  }

  /** Resolves when another call may begin, or the line has ended. */
  #room(): Promise<void> {
    if (this.#running < this.#terms.maxCallsAtOnce) return Promise.resolve();
    return new Promise((resolve) => (this.#freed = resolve));
  }

  /** Our own programs say nothing else: whoever does is not served any longer. */
  #accept(frame: unknown): AcceptedCall {
    const said = callFrame.safeParse(frame);
    if (!said.success) throw new FrameError('no call');
    const { id, role, call, input } = said.data;
    const caller = this.#terms.roles.find((known) => known === role);
    if (caller === undefined) throw new FrameError('not its role');
    if (id <= this.#lastId) throw new FrameError('said before');
    this.#lastId = id;
    return { id, caller, call, input };
  }

  async #run({ id, caller, call, input }: AcceptedCall): Promise<void> {
    this.#running += 1;
    await this.outbox.answer(id, await this.#app.router.call(caller, call, input));
    this.#running -= 1;
    this.#freed?.();
    this.#freed = null;
  }
}

interface AcceptedCall {
  readonly id: number;
  readonly caller: Caller;
  readonly call: string;
  readonly input: unknown;
}
