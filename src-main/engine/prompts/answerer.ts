/**
 * One account's part of the questions: the cards of its own programs, and what it may do with them (ADR 0079). Everything is
 * looked at again here, whatever a page or a line has checked before.
 */
import { type AnswererCall, answererLifetimes } from '../../../src-preload/contract/answerer.ts';
import type {
  Lifetime,
  ManagerState,
  PromptState,
  UndoView,
} from '../../../src-preload/contract/model.ts';
import { noManager } from '../../../src-preload/contract/nothing.ts';
import { type EngineHandlers, type HandlerContext, promptHandlers } from '../handlers.ts';
import { MAX_CARDS_SHOWN } from '../limits.ts';
import { done, refuse } from '../result.ts';
import type { Card } from './card.ts';

export interface Account {
  /** Among machines: on Windows its SID. */
  readonly id: string;
  /** For people. */
  readonly name: string;
}

/** The engine's own, not cut down to an account. */
export interface AnswererParts {
  readonly context: HandlerContext;
  /** The prompt's state with these cards. */
  readonly show: (cards: readonly Card[]) => PromptState;
  /** The prompt's state has changed; once more at this time. */
  readonly changed: (again?: number) => void;
}

type OwnHandlers = Pick<EngineHandlers, AnswererCall>;

const notYours = 'This question has been settled already.';
const notSo = 'This question cannot be answered in that way.';
const tooLate = 'This can no longer be taken back.';

export class Answerer {
  readonly handlers: OwnHandlers;
  readonly #account: Account;
  readonly #parts: AnswererParts;
  #undo: UndoView | null = null;

  constructor(account: Account, parts: AnswererParts) {
    this.#account = account;
    this.#parts = parts;
    const setUndo = (undo: UndoView | null): void => {
      this.#undo = undo;
      parts.changed(undo?.until);
    };
    const own = { answererName: account.name, promptState: () => this.promptState(), setUndo };
    this.handlers = this.#guarded(promptHandlers({ ...parts.context, ...own }));
  }

  promptState(): PromptState {
    const { context, show } = this.#parts;
    const { cards, ...state } = show(context.desk.queue.first(MAX_CARDS_SHOWN, this.#account.id));
    const isOpen = this.#undo !== null && this.#undo.until > context.clock.now();
    return {
      ...state,
      cards: cards.map(({ lifetimes, recommended, ...card }) => ({
        ...card,
        lifetimes: lifetimes.filter((one) => answererLifetimes.includes(one)),
        recommended: { ...recommended, lifetime: forNow(recommended.lifetime) },
      })),
      undo: isOpen ? this.#undo : null,
      isAnswerer: true,
    };
  }

  /** Named one by one: what is new in it is not theirs. */
  managerState(): ManagerState {
    const { context } = this.#parts;
    const { driver, noClient, mode } = context.managerState();
    const cards = [...context.desk.queue.of(this.#account.id)];
    return {
      ...noManager(driver),
      held: cards.reduce((held, card) => held + card.holds.size, 0),
      cards: cards.length,
      mode: { ...mode, pauses: [] },
      noClient,
      isService: true,
    };
  }

  #guarded(all: OwnHandlers): OwnHandlers {
    return {
      readPrompt: async () => done(this.promptState()),
      answerPrompt: async (input) => {
        if (!this.#isOwn(input.cardId)) return refuse('not-found', notYours);
        if (!answererLifetimes.includes(input.lifetime)) return refuse('refused', notSo);
        return all.answerPrompt(input);
      },
      postponePrompt: async (input) =>
        this.#isOwn(input.cardId) ? all.postponePrompt(input) : refuse('not-found', notYours),
      touchPrompt: async (input) =>
        this.#isOwn(input.cardId) ? all.touchPrompt(input) : refuse('not-found', notYours),
      undoAnswer: async (input) =>
        input.undoId === this.#undo?.undoId ? all.undoAnswer(input) : refuse('not-found', tooLate),
    };
  }

  /** Another account's card is not told apart from none. */
  #isOwn(cardId: string): boolean {
    return this.#parts.context.desk.queue.card(cardId)?.account === this.#account.id;
  }
}

/** Each account's part, made once: it knows what that account may still take back. */
export class Answerers {
  readonly #parts: AnswererParts;
  readonly #known = new Map<string, Answerer>();

  constructor(parts: AnswererParts) {
    this.#parts = parts;
  }

  of(account: Account): Answerer {
    const answerer = this.#known.get(account.id) ?? new Answerer(account, this.#parts);
    this.#known.set(account.id, answerer);
    return answerer;
  }
}

function forNow(lifetime: Lifetime): Lifetime {
  return answererLifetimes.includes(lifetime) ? lifetime : 'while-it-runs';
}
