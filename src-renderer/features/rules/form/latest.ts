/**
 * Asks main about the newest input only: not before it has been the newest for a while, never twice at once, and what is
 * said about an older input is not passed on.
 */
export interface LatestParts<Input, Answer> {
  readonly ask: (input: Input) => Promise<Answer>;
  /** Null: what was said last is out of date. */
  readonly tell: (answer: Answer | null) => void;
  /** Milliseconds of quiet. */
  readonly quietMs: number;
}

export class Latest<Input, Answer> {
  readonly #parts: LatestParts<Input, Answer>;
  #wanted: { readonly input: Input } | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #asking = false;

  constructor(parts: LatestParts<Input, Answer>) {
    this.#parts = parts;
  }

  /** Null: nothing is to be asked any more. */
  want(input: Input | null): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#wanted = input === null ? null : { input };
    this.#parts.tell(null);
    if (input === null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#ask();
    }, this.#parts.quietMs);
  }

  async #ask(): Promise<void> {
    const wanted = this.#wanted;
    if (this.#asking || wanted === null) return;
    this.#asking = true;
    const answer = await this.#parts.ask(wanted.input).finally(() => (this.#asking = false));
    if (this.#wanted === wanted) this.#parts.tell(answer);
    else if (this.#timer === null) await this.#ask();
  }
}
