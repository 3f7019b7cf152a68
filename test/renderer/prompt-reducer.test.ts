import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CardView } from '../../src-preload/contract/model.ts';
import {
  choiceOf,
  emptyModel,
  openCard,
  reducePrompt,
  type PromptAction,
  type PromptModel,
} from '../../src-renderer/features/prompt/reducer.ts';
import { cardOf, cardView, promptState } from '../fakes/views.ts';

const card = (id: string, given: Partial<CardView> = {}): CardView =>
  cardOf(id, id, '192.0.2.1', given);
const received = (...cards: CardView[]): PromptAction => ({
  type: 'received',
  state: promptState({ cards }),
});
const after = (...actions: PromptAction[]): PromptModel => actions.reduce(reducePrompt, emptyModel);
const rows = (model: PromptModel): string[] =>
  model.slots.map((slot) => `${slot.card.cardId}${slot.gone ? ' gone' : ''}`);

describe('the open card', () => {
  it('given cards, then the first is open and the others are below in order', () => {
    const model = after(received(card('a'), card('b'), card('c')));
    expect(openCard(model)?.cardId).toBe('a');
    expect(rows(model)).toEqual(['b', 'c']);
  });

  it('given another order from main, then the card that is being read stays open', () => {
    const model = after(received(card('a'), card('b')), received(card('c'), card('b'), card('a')));
    expect(openCard(model)?.cardId).toBe('a');
    expect(rows(model)).toEqual(['b', 'c']);
  });

  it('given an accepted answer, then the next opens at once, before main says so', () => {
    const model = after(received(card('a'), card('b')), { type: 'answered', card: card('a') });
    expect(openCard(model)?.cardId).toBe('b');
    expect(rows(model)).toEqual([]);
  });

  it('given a newer revision of an answered card, then it asks again', () => {
    const model = after(
      received(card('a')),
      { type: 'answered', card: card('a') },
      received(card('a', { revision: 2 })),
    );
    expect(openCard(model)?.revision).toBe(2);
  });

  it('given the only card set aside, then it waits in the list until it is opened or the window is shown', () => {
    const aside = after(received(card('a')), { type: 'setAside' });
    expect(openCard(aside)).toBeNull();
    expect(rows(aside)).toEqual(['a']);
    expect(openCard(reducePrompt(aside, { type: 'opened', cardId: 'a' }))?.cardId).toBe('a');
    expect(openCard(reducePrompt(aside, { type: 'shown' }))?.cardId).toBe('a');
    expect(openCard(reducePrompt(aside, received(card('a'), card('b'))))?.cardId).toBe('b');
  });
});

describe('the list under the pointer', () => {
  const hovered = after(received(card('a'), card('b'), card('c'), card('d')), {
    type: 'pointerInList',
    inside: true,
  });

  it('given cards that go and come, then rows keep their places until the pointer leaves', () => {
    const changed = reducePrompt(hovered, received(card('e'), card('d'), card('a'), card('c')));
    expect(rows(changed)).toEqual(['b gone', 'c', 'd', 'e']);
    expect(rows(reducePrompt(changed, { type: 'pointerInList', inside: false }))).toEqual([
      'c',
      'd',
      'e',
    ]);
  });

  it('given a row that is opened, then the card that was open takes its place', () => {
    const opened = reducePrompt(hovered, { type: 'opened', cardId: 'c' });
    expect(openCard(opened)?.cardId).toBe('c');
    expect(rows(opened)).toEqual(['b', 'a', 'd']);
  });

  it('given any sequence while the pointer is inside, then no row changes its place', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    fc.assert(
      fc.property(fc.array(fc.shuffledSubarray(ids), { maxLength: 12 }), (steps) => {
        let model = hovered;
        for (const step of steps) {
          const before = model.slots.map((slot) => slot.card.cardId);
          model = reducePrompt(model, received(...step.map((id) => card(id))));
          expect(model.slots.slice(0, before.length).map((slot) => slot.card.cardId)).toEqual(
            before,
          );
        }
      }),
    );
  });
});

describe('choices', () => {
  it('given none, then the recommendation counts, also after it changed', () => {
    const wider = card('a', { recommended: { scope: 'anything', lifetime: 'once' } });
    expect(choiceOf(after(received(card('a'))), card('a'))).toEqual({
      scope: 'address',
      lifetime: 'always',
    });
    expect(choiceOf(after(received(wider)), wider)).toEqual({
      scope: 'anything',
      lifetime: 'once',
    });
  });

  it('given one, then it stays while other things change', () => {
    const model = after(
      received(card('a')),
      { type: 'chose', choice: { scope: 'address-port' } },
      { type: 'chose', choice: { lifetime: 'once' } },
      received(card('a', { waiting: 40, recommended: { scope: 'anything', lifetime: 'always' } })),
    );
    expect(choiceOf(model, card('a'))).toEqual({ scope: 'address-port', lifetime: 'once' });
  });

  it('given one that is no longer offered, then the recommendation counts', () => {
    const givenUp = card('a', { lifetimes: ['while-it-runs', 'always'] });
    const model = after(
      received(card('a')),
      { type: 'chose', choice: { lifetime: 'once' } },
      received(givenUp),
    );
    expect(choiceOf(model, givenUp).lifetime).toBe('always');
  });

  it('given cards that are gone, then their choices are forgotten', () => {
    const model = after(
      received(card('a')),
      { type: 'chose', choice: { lifetime: 'once' } },
      received(),
    );
    expect(model.choices).toEqual({});
  });
});

describe('failures', () => {
  it('given a stale answer, then the question as it was is kept to compare, and the card stays', () => {
    const model = after(
      received(cardView()),
      { type: 'sending' },
      { type: 'failed', card: cardView(), code: 'stale' },
    );
    expect(model.notice).toMatchObject({ kind: 'stale', before: { cardId: 'card-1' } });
    expect(model.sending).toBe(false);
    expect(openCard(model)?.cardId).toBe('card-1');
  });

  it('given any failure, then choices are kept for the next try', () => {
    const model = after(
      received(cardView()),
      { type: 'chose', choice: { lifetime: 'once' } },
      { type: 'sending' },
      { type: 'failed', card: cardView(), code: 'store-failed' },
    );
    expect(choiceOf(model, cardView()).lifetime).toBe('once');
    expect(model.notice).toEqual({ kind: 'error', code: 'store-failed' });
  });
});
