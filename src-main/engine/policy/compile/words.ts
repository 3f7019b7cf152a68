/** A row of 32-bit words that grows. */
export class Words {
  #words = new Uint32Array(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get last(): number | undefined {
    return this.#words[this.#length - 1];
  }

  push(word: number): void {
    if (this.#length === this.#words.length) {
      const grown = new Uint32Array(this.#length * 2);
      grown.set(this.#words);
      this.#words = grown;
    }
    this.#words[this.#length++] = word;
  }

  /** What there is; good until the next push. */
  view(): Uint32Array {
    return this.#words.subarray(0, this.#length);
  }
}
