/** Asks the thread of facts-worker.ts; starts it at the first question, and again after it has failed. */
import { Worker } from 'node:worker_threads';

import type { Answer, Question, QuestionName, questions } from './facts-worker.ts';

type Input<Name extends QuestionName> = Parameters<(typeof questions)[Name]>[0];
type Output<Name extends QuestionName> = ReturnType<(typeof questions)[Name]>;

/** A thread that fails so often is not started again. */
const MAX_FAILURES = 10;

export class WindowsFacts {
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #worker: Worker | null = null;
  #lastId = 0;
  #failures = 0;

  /** Undefined where it could not be found out. Never rejects. */
  ask<Name extends QuestionName>(
    name: Name,
    input: Input<Name>,
  ): Promise<Output<Name> | undefined> {
    if (this.#failures > MAX_FAILURES) return Promise.resolve(undefined);
    this.#worker ??= this.#start();
    this.#lastId += 1;
    const question: Question = { id: this.#lastId, name, input };
    return new Promise((resolve) => {
      this.#waiting.set(question.id, (value) => resolve(value as Output<Name> | undefined));
      this.#worker?.postMessage(question);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./facts-worker.ts', import.meta.url));
    worker.unref();
    worker.on('message', ({ id, value }: Answer) => this.#settle(id, value));
    worker.on('error', () => undefined);
    worker.on('exit', () => this.#ended());
    return worker;
  }

  #settle(id: number, value: unknown): void {
    const settle = this.#waiting.get(id);
    this.#waiting.delete(id);
    settle?.(value);
  }

  /** Whoever waits gets no answer. */
  #ended(): void {
    this.#worker = null;
    this.#failures += 1;
    for (const id of this.#waiting.keys()) this.#settle(id, undefined);
  }
}
