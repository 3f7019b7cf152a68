/** The calls of the pages about the journal. */
import type { Result } from '../../../src-preload/contract/model.ts';
import type { EngineHandlers, HandlerContext } from '../handlers.ts';
import { done, refuse } from '../result.ts';
import { journalFailed } from './journal.ts';
import type { StoreResult } from '../store/errors.ts';

type Names = 'readJournal' | 'pictureJournal' | 'clearJournal';

export function journalHandlers(context: HandlerContext): Pick<EngineHandlers, Names> {
  const { journal } = context;
  return {
    readJournal: async (query) => resultOf(await journal.page(query)),
    pictureJournal: async ({ text }) => resultOf(await journal.picture(text)),
    clearJournal: async () => {
      const cleared = await journal.clear();
      context.changed();
      return resultOf(cleared);
    },
  };
}

function resultOf<T>(result: StoreResult<T>): Result<T> {
  return result.ok ? done(result.value) : refuse('journal-failed', journalFailed);
}
