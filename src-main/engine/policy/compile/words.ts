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

  at(place: number): number {
    return this.#words[place] ?? 0;
  }

  push(word: number): void {
    if (this.#length === this.#words.length) this.#grow(this.#length + 1);
    this.#words[this.#length++] = word;
  }

  append(words: Words): void {
    const end = this.#length + words.length;
    if (end > this.#words.length) this.#grow(end);
    this.#words.set(words.view(), this.#length);
    this.#length = end;
  }

  /** Keeps its room. */
  clear(): void {
    this.#length = 0;
  }

  /** What there is; good until the next push. */
  view(): Uint32Array {
    return this.#words.subarray(0, this.#length);
  }

  #grow(length: number): void {
    const grown = new Uint32Array(Math.max(length, this.#words.length * 2));
    grown.set(this.view());
    this.#words = grown;
  }
}
