/** Answers questions to the journal one after the other, in whichever thread it is; opens the file with the first. */
import { attempt, attemptLater } from '../store/errors.ts';
import type { StoreResult } from '../store/errors.ts';
import { JournalSearch } from './journal-search.ts';
import type { FoundPage, FoundPicture, Question } from './journal-search.ts';
import { journalFile } from './journal-file.ts';
import type { JournalPorts, JournalSearcher } from './journal.ts';

/** The journal of a folder, searched in this thread: where nobody waits for anything else. */
export function journalIn(folder: string): JournalPorts['journal'] {
  return { file: journalFile(folder), search: (file) => new SearchDesk(file) };
}

export class SearchDesk implements JournalSearcher {
  readonly #file: string;
  readonly #pause: () => Promise<void>;
  #search: JournalSearch | null = null;
  /** The last text that was asked for: a picture of another one is drawn no further. */
  #text = '';

  /** `pause`: lets other questions come between two parts of a picture. */
  constructor(file: string, pause: () => Promise<void> = () => Promise.resolve()) {
    this.#file = file;
    this.#pause = pause;
  }

  page(question: Question, limit: number, before?: number): Promise<StoreResult<FoundPage>> {
    this.#text = question.text;
    return Promise.resolve(attempt(() => this.#opened().page(question, limit, before)));
  }

  picture(question: Question): Promise<StoreResult<FoundPicture | null>> {
    this.#text = question.text;
    return attemptLater(() => this.#draw(question));
  }

  stop(): Promise<void> {
    this.#search?.close();
    this.#search = null;
    return Promise.resolve();
  }

  async #draw(question: Question): Promise<FoundPicture | null> {
    const search = this.#opened();
    const steps = search.picture(question);
    while (this.#search === search && this.#text === question.text) {
      const step = steps.next();
      if (step.done === true) return step.value;
      // oxlint-disable-next-line no-await-in-loop -- others get their turn in between
      await this.#pause();
    }
    return null;
  }

  #opened(): JournalSearch {
    this.#search ??= new JournalSearch(this.#file);
    return this.#search;
  }
}
