/** The states of the prompt. */
import type { Page } from 'playwright-core';
import { cardOf, cardView, promptState } from '../../fakes/views.ts';
import {
  crowd,
  hostile,
  looking,
  named,
  ofStandardUser,
  selfTest,
  undo,
} from '../example-cards.ts';
import { lost, type Shot } from './shot.ts';

const prompt = (
  name: string,
  given: Parameters<typeof promptState>[0],
  act?: Shot['act'],
): Shot => ({
  name: `prompt-${name}`,
  role: 'prompt',
  answers: { readPrompt: promptState(given) },
  ...(act && { act }),
});
const live = (page: Page): Promise<void> => page.waitForTimeout(1000);

/** Made anew for each picture, so that its clocks have just begun. */
export const promptShots = (): readonly Shot[] => [
  prompt('inert', {}),
  prompt('waiting', {}, live),
  prompt('details', {}, async (page) => {
    await page.keyboard.press('d');
    await live(page);
  }),
  prompt('considering-block', {}, async (page) => {
    await live(page);
    await page.locator('.answer').first().hover();
    await page.waitForTimeout(200);
  }),
  prompt('many', { cards: crowd(), undo: undo() }, live),
  prompt(
    'given-up',
    {
      cards: [
        cardView({
          state: 'given-up',
          deadline: null,
          waiting: 0,
          lifetimes: ['while-it-runs', 'until-restart', 'always'],
        }),
      ],
    },
    live,
  ),
  prompt('named', { cards: [named()] }, async (page) => {
    await page.keyboard.press('d');
    await live(page);
  }),
  prompt('answerer', { cards: [ofStandardUser()], isAnswerer: true }, live),
  prompt(
    'account',
    { cards: [ofStandardUser(), ofStandardUser('card-2'), cardView({ cardId: 'card-3' })] },
    live,
  ),
  prompt('test', { cards: [selfTest()] }, live),
  prompt('looking', { cards: [looking()] }),
  prompt('hostile', { cards: [hostile()] }, async (page) => {
    await page.keyboard.press('d');
    await live(page);
  }),
  prompt(
    'listed',
    {
      cards: [
        cardOf('card-1', 'Discord', '203.0.113.9', {
          listHit: {
            listId: '1',
            listName: 'Known trackers',
            entry: '203.0.113.0 - 203.0.113.255',
            line: 4711,
          },
        }),
      ],
    },
    live,
  ),
  prompt('driver-lost', { cards: [], driver: lost }),
  prompt('empty', { cards: [] }),
  prompt('undo', { cards: [], undo: undo() }),
];
