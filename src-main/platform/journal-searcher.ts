/**
 * Searches the journal in a thread of its own: among millions of lines that takes longer than a connection should wait. The
 * thread ends when nobody has searched for a while, and gives its memory back.
 */
import { Worker } from 'node:worker_threads';

import type { FoundPage, FoundPicture, Question } from '../engine/journal/journal-search.ts';
import type { JournalSearcher } from '../engine/journal/journal.ts';
import { storeError } from '../engine/store/errors.ts';
import type { StoreResult } from '../engine/store/errors.ts';

const IDLE_MS = 30_000;

export type Order =
  | {
      readonly kind: 'page';
      readonly question: Question;
      readonly limit: number;
      readonly before?: number | undefined;
    }
  | { readonly kind: 'picture'; readonly question: Question };

export interface Asked {
  readonly id: number;
  readonly order: Order;
}

export interface Answered {
  readonly id: number;
  readonly result: StoreResult<unknown>;
}

export class ThreadSearcher implements JournalSearcher {
  readonly #file: string;
  readonly #waiting = new Map<number, (result: StoreResult<unknown>) => void>();
  #worker: Worker | null = null;
  #timer: NodeJS.Timeout | null = null;
  #asked = 0;

  constructor(file: string) {
    this.#file = file;
  }

  page(question: Question, limit: number, before?: number): Promise<StoreResult<FoundPage>> {
    return this.#ask({ kind: 'page', question, limit, before }) as Promise<StoreResult<FoundPage>>;
  }

  picture(question: Question): Promise<StoreResult<FoundPicture | null>> {
    return this.#ask({ kind: 'picture', question }) as Promise<StoreResult<FoundPicture | null>>;
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = null;
    for (const answer of this.#waiting.values()) answer(storeError('failed'));
    this.#waiting.clear();
    await worker?.terminate();
  }

  #ask(order: Order): Promise<StoreResult<unknown>> {
    this.#worker ??= this.#start();
    this.#asked += 1;
    const asked: Asked = { id: this.#asked, order };
    const answer = new Promise<StoreResult<unknown>>((resolve) => {
      this.#waiting.set(asked.id, resolve);
    });
    this.#worker.postMessage(asked);
    this.#idle();
    return answer;
  }

  #start(): Worker {
    const url = new URL('./journal-searcher-worker.ts', import.meta.url);
    const worker = new Worker(url, { workerData: this.#file });
    worker.on('message', ({ id, result }: Answered) => {
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
    // A thread that fails has had too little memory; the next question starts another one.
    worker.once('error', () => {
      if (worker === this.#worker) void this.stop();
    });
    return worker;
  }

  #idle(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#waiting.size > 0) this.#idle();
      else void this.stop();
    }, IDLE_MS);
    this.#timer.unref();
  }
}
