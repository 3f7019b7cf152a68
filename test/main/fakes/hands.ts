/** What a user does and sees, for tests: over whatever bench is the present one. */
import type {
  AnswerAck,
  CardView,
  Lifetime,
  Result,
  Scope,
  Verdict,
} from '../../../src-preload/contract/model.ts';
import type { RuleView } from '../../../src-preload/contract/rules.ts';
import type { HoldAnswer } from '../../../src-main/engine/ports.ts';
import type { Bench } from './engine-bench.ts';

export interface Hands {
  cards(): readonly CardView[];
  card(index?: number): CardView;
  /** Answers the first card, or the one that is given as it was shown then. */
  answer(
    verdict: Verdict,
    scope: Scope,
    lifetime: Lifetime,
    about?: CardView,
  ): Promise<Result<AnswerAck>>;
  rules(text?: string): Promise<readonly RuleView[]>;
  verdicts(ids: readonly bigint[]): (HoldAnswer | 'waiting')[];
}

export function hands(bench: () => Bench): Hands {
  const cards = () => bench().engine.promptState().cards;
  const card = (index = 0) => {
    const found = cards()[index];
    if (found === undefined) throw new Error(`there is no card ${index}`);
    return found;
  };
  return {
    cards,
    card,
    answer(verdict, scope, lifetime, about = card()) {
      const { cardId, revision } = about;
      const input = { cardId, revision, verdict, scope, lifetime };
      return bench().engine.handlers.answerPrompt(input);
    },
    async rules(text = '') {
      const page = await bench().engine.handlers.listRules({ text, offset: 0, limit: 500 });
      if (!page.ok) throw new Error(page.message);
      return page.value.rules;
    },
    verdicts: (ids) => ids.map((id) => bench().driver.answered.get(id) ?? 'waiting'),
  };
}
