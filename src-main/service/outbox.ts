/**
 * What goes to one caller. One frame at a time is on its way; a state that changes meanwhile is sent as it is then, so that who
 * reads slowly gets fewer, newer ones, and who reads nothing makes nothing grow.
 */
import type { EventName } from '../../src-preload/contract/calls.ts';
import { answerTooLong } from '../line/failures.ts';
import { FrameError } from '../line/frames.ts';
import type { SealedLine } from '../line/sealed.ts';

interface Answer {
  readonly id: number;
  readonly result: unknown;
  readonly sent: () => void;
}

export class Outbox {
  readonly #line: SealedLine;
  readonly #readState: (event: EventName) => unknown;
  readonly #answers: Answer[] = [];
  readonly #changed = new Set<EventName>();
  #isSending = false;

  constructor(line: SealedLine, readState: (event: EventName) => unknown) {
    this.#line = line;
    this.#readState = readState;
  }

  /** Resolves when it has been taken by the other side's system. Never, when the line breaks. */
  answer(id: number, result: unknown): Promise<void> {
    return new Promise((sent) => {
      this.#answers.push({ id, result, sent });
      this.#start();
    });
  }

  /** The state of this event is to be told anew. */
  changed(event: EventName): void {
    this.#changed.add(event);
    this.#start();
  }

  #start(): void {
    if (this.#isSending) return;
    this.#isSending = true;
    // Whoever reads hears of the same failure.
    this.#send().catch(() => this.#line.end());
  }

  async #send(): Promise<void> {
    while (this.#answers.length > 0 || this.#changed.size > 0) {
      // oxlint-disable-next-line no-await-in-loop -- one frame after the other
      await this.#sendAnswer();
      // oxlint-disable-next-line no-await-in-loop -- as above
      await this.#sendState();
    }
    this.#isSending = false;
  }

  async #sendAnswer(): Promise<void> {
    const answer = this.#answers.shift();
    if (answer === undefined) return;
    const { id, result, sent } = answer;
    try {
      await this.#line.send({ id, result });
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      await this.#line.send({ id, result: answerTooLong });
    }
    sent();
  }

  async #sendState(): Promise<void> {
    for (const event of this.#changed) {
      this.#changed.delete(event);
      return this.#line.send({ event, state: this.#readState(event) });
    }
  }
}
