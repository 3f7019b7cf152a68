/** What the prompt window shows, as a pure function of what main sent and what the user did. */
import type {
  CardView,
  ErrorCode,
  Lifetime,
  PromptState,
  Scope,
} from '../../../src-preload/contract/model.ts';
import { keepEqual } from './keep-equal.ts';

/** What a card asks, without the counts and the clock that go on while it is open. */
export type Question = Omit<CardView, 'waiting' | 'destinations' | 'deadline'>;

export interface Choice {
  readonly scope: Scope;
  readonly lifetime: Lifetime;
}

/** A row of the list under the open card. */
export interface Slot {
  readonly card: CardView;
  /** Nothing to answer any more, but the pointer is in the list, so the row keeps its place until it leaves. */
  readonly gone: boolean;
}

interface Answered {
  readonly cardId: string;
  readonly revision: number;
}

export type Notice =
  | { readonly kind: 'error'; readonly code: ErrorCode }
  | { readonly kind: 'stale'; readonly before: CardView };

export interface PromptModel {
  /** Null until main has sent the first state. */
  readonly state: PromptState | null;
  readonly openId: string | null;
  readonly slots: readonly Slot[];
  readonly pointerInList: boolean;
  /** What the user chose, by card; a card without an entry follows its recommendation. */
  readonly choices: Readonly<Record<string, Partial<Choice>>>;
  readonly setAside: readonly string[];
  /** Answered here; hidden until main's next state leaves it out or asks anew. */
  readonly answered: readonly Answered[];
  readonly sending: boolean;
  readonly details: boolean;
  readonly notice: Notice | null;
}

export type PromptAction =
  | { readonly type: 'received'; readonly state: PromptState }
  | { readonly type: 'shown' }
  | { readonly type: 'opened'; readonly cardId: string }
  | { readonly type: 'setAside' }
  | { readonly type: 'chose'; readonly choice: Partial<Choice> }
  | { readonly type: 'toggledDetails' }
  | { readonly type: 'pointerInList'; readonly inside: boolean }
  | { readonly type: 'sending' }
  | { readonly type: 'answered'; readonly card: CardView }
  | { readonly type: 'failed'; readonly card: CardView | null; readonly code: ErrorCode }
  | { readonly type: 'dismissed' };

export const emptyModel: PromptModel = {
  state: null,
  openId: null,
  slots: [],
  pointerInList: false,
  choices: {},
  setAside: [],
  answered: [],
  sending: false,
  details: false,
  notice: null,
};

/** The next model. The open card stays open as long as it exists, whatever else arrives. */
export function reducePrompt(model: PromptModel, action: PromptAction): PromptModel {
  switch (action.type) {
    case 'received':
      return arrange({ ...model, state: keepState(model.state, action.state) });
    case 'shown':
      return arrange({ ...model, setAside: [] });
    case 'opened':
      return arrange(swapOpen(model, action.cardId));
    case 'setAside':
      return arrange(setOpenAside(model));
    case 'chose':
      return withChoice(model, action.choice);
    case 'toggledDetails':
      return { ...model, details: !model.details };
    case 'pointerInList':
      return arrange({ ...model, pointerInList: action.inside });
    case 'sending':
      return { ...model, sending: true, notice: null };
    case 'answered':
      return arrange({ ...model, sending: false, answered: [...model.answered, action.card] });
    case 'failed':
      return { ...model, sending: false, notice: noticeOf(action) };
    case 'dismissed':
      return { ...model, notice: null };
  }
}

/** The card that is open now, or null. */
export function openCard(model: PromptModel): CardView | null {
  return liveCards(model).find((card) => card.cardId === model.openId) ?? null;
}

/** What an answer would say: the user's choice where it is still offered, else the recommendation. */
export function choiceOf(model: PromptModel, card: Question): Choice {
  const chosen = model.choices[card.cardId] ?? {};
  const { scope, lifetime } = { ...card.recommended, ...chosen };
  return {
    scope: card.scopes.includes(scope) ? scope : card.recommended.scope,
    lifetime: card.lifetimes.includes(lifetime) ? lifetime : card.recommended.lifetime,
  };
}

/** The new state, in which what is as it was is the same object. A card is compared with itself, wherever it stands. */
function keepState(before: PromptState | null, after: PromptState): PromptState {
  const known = new Map(before?.cards.map((card) => [card.cardId, card]));
  const cards = after.cards.map((card) => keepEqual(known.get(card.cardId), card));
  return keepEqual(before, { ...after, cards });
}

function liveCards(model: PromptModel): readonly CardView[] {
  return (model.state?.cards ?? []).filter((card) => !model.answered.some(isSame(card)));
}

function isSame(card: Answered): (other: Answered) => boolean {
  return (other) => other.cardId === card.cardId && other.revision === card.revision;
}

/** Brings open card, list and remembered choices into line with the cards that exist. */
function arrange(model: PromptModel): PromptModel {
  const cards = liveCards(model);
  const setAside = model.setAside.filter((id) => cards.some((card) => card.cardId === id));
  const openId = chooseOpen(model, cards, setAside);
  const changed = openId !== model.openId;
  return {
    ...model,
    setAside,
    answered: model.answered.filter((card) => model.state?.cards.some(isSame(card)) ?? false),
    openId,
    slots: keepEqual(model.slots, arrangeSlots(model, cards, openId)),
    choices: keepKnown(model.choices, model.state?.cards ?? []),
    details: model.details && !changed,
    notice: changed && model.notice?.kind !== 'stale' ? null : model.notice,
  };
}

function chooseOpen(
  model: PromptModel,
  cards: readonly CardView[],
  setAside: readonly string[],
): string | null {
  if (cards.some((card) => card.cardId === model.openId)) return model.openId;
  return cards.find((card) => !setAside.includes(card.cardId))?.cardId ?? null;
}

/** Rows keep their order; new ones come at the end; while the pointer is in the list none disappears. */
function arrangeSlots(
  model: PromptModel,
  cards: readonly CardView[],
  openId: string | null,
): Slot[] {
  const others = new Map(cards.map((card) => [card.cardId, card]));
  if (openId !== null) others.delete(openId);
  const slots: Slot[] = [];
  for (const slot of model.slots) {
    const card = others.get(slot.card.cardId);
    others.delete(slot.card.cardId);
    if (card !== undefined) slots.push({ card, gone: false });
    else if (model.pointerInList) slots.push({ card: slot.card, gone: true });
  }
  for (const card of others.values()) slots.push({ card, gone: false });
  return slots;
}

/** The card that was open takes the place of the one that is opened, so that no other row moves. */
function swapOpen(model: PromptModel, cardId: string): PromptModel {
  const before = openCard(model);
  const slots = model.slots.map((slot) =>
    slot.card.cardId === cardId && before !== null ? { card: before, gone: false } : slot,
  );
  return {
    ...model,
    slots,
    openId: cardId,
    setAside: model.setAside.filter((id) => id !== cardId),
    details: false,
    notice: null,
  };
}

function setOpenAside(model: PromptModel): PromptModel {
  if (model.openId === null) return model;
  return { ...model, openId: null, setAside: [...model.setAside, model.openId] };
}

function withChoice(model: PromptModel, choice: Partial<Choice>): PromptModel {
  if (model.openId === null) return model;
  const known = model.choices[model.openId];
  return { ...model, choices: { ...model.choices, [model.openId]: { ...known, ...choice } } };
}

function noticeOf(action: { readonly card: CardView | null; readonly code: ErrorCode }): Notice {
  return action.code === 'stale' && action.card !== null
    ? { kind: 'stale', before: action.card }
    : { kind: 'error', code: action.code };
}

function keepKnown(
  choices: PromptModel['choices'],
  cards: readonly CardView[],
): PromptModel['choices'] {
  const known = new Set(cards.map((card) => card.cardId));
  return Object.fromEntries(Object.entries(choices).filter(([cardId]) => known.has(cardId)));
}
