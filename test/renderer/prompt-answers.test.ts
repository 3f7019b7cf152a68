/** How the built prompt page takes answers, in Chromium, with a fake bridge behind it. */
import { describe, expect, it } from 'vitest';
import { cardOf, cardView } from '../fakes/views.ts';
import { withoutBrowser } from './pages.ts';
import {
  allow,
  answersOf,
  block,
  callsOf,
  centre,
  emit,
  live,
  openPrompt,
  openStill,
  usePromptPages,
} from './prompt-window.ts';

describe.skipIf(withoutBrowser)('answers on the prompt page', () => {
  usePromptPages();

  describe('answers', () => {
    it('given a click at 899 ms, then nothing; at 900, then one answer with id and revision', async () => {
      const page = await openStill({ cards: [cardView({ revision: 6 })] });
      const { x, y } = await centre(page);
      await page.clock.runFor(899);
      await page.mouse.click(x, y);
      expect(await answersOf(page)).toEqual([]);
      await page.clock.runFor(1);
      await page.mouse.click(x, y);
      await expect
        .poll(() => answersOf(page))
        .toEqual([
          {
            cardId: 'card-1',
            revision: 7,
            verdict: 'allow',
            scope: 'address',
            lifetime: 'always',
          },
        ]);
    });

    it('given a press that begins inert and ends when the guard is down, then nothing', async () => {
      const page = await openStill();
      const { x, y } = await centre(page);
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.clock.runFor(2000);
      await page.mouse.up();
      expect(await answersOf(page)).toEqual([]);
    });

    it('given a question that changes while its answer is pressed, then the release answers neither', async () => {
      const page = await openStill();
      await page.clock.runFor(1000);
      await live(page);
      const { x, y } = await centre(page);
      await page.mouse.move(x, y);
      await page.mouse.down();
      await emit(page, { cards: [cardOf('card-2', 'Discord', '192.0.2.9')] });
      await page.locator('.answer[aria-disabled="true"]').first().waitFor();
      await page.clock.runFor(1000);
      await live(page);
      await page.mouse.up();
      expect(await answersOf(page)).toEqual([]);
    });

    it('given a double click, then the first card is answered and the one that took its place is not', async () => {
      const page = await openStill({
        cards: [cardView(), cardOf('card-2', 'Discord', '192.0.2.9')],
      });
      await page.clock.runFor(1000);
      const { x, y } = await centre(page);
      await page.mouse.dblclick(x, y);
      await page.clock.runFor(899);
      await page.mouse.click(x, y);
      await expect.poll(() => page.locator('h1').innerText()).toBe('Discord');
      expect((await answersOf(page)).map((answer) => answer.cardId)).toEqual(['card-1']);
    });

    it('given a new revision, a resize or the focus, then the guard is up again', async () => {
      const page = await openStill();
      const changes = [
        () => emit(page, { cards: [cardView({ revision: 3 })] }),
        () => page.setViewportSize({ width: 900, height: 761 }),
        () => page.evaluate(() => window.dispatchEvent(new Event('focus'))),
      ];
      for (const change of changes) {
        await page.clock.runFor(1000);
        await live(page);
        const { x, y } = await centre(page);
        await change();
        await page.mouse.click(x, y);
        expect(await answersOf(page)).toEqual([]);
      }
    });

    it('given the pointer on an answer, then the sentence tells it and nothing moves', async () => {
      const target = { ...cardView().target, address: '2001:db8:85a3:1234:5678:8a2e:370:7334' };
      const subject = {
        kind: 'path' as const,
        name: 'a name of many words that takes its room',
        path: '/x',
        canBeRemembered: true,
      };
      const page = await openPrompt({ cards: [cardView({ target, subject })] });
      const before = await allow(page).boundingBox();
      for (const [button, words] of [
        [block(page), 'may not reach'],
        [allow(page), 'may reach'],
      ] as const) {
        await button.hover();
        await expect
          .poll(() => page.locator('[data-sentence]:visible').innerText())
          .toContain(words);
        expect(await allow(page).boundingBox()).toEqual(before);
      }
    });

    it('given a growing count, then the guard stays down: that is no other question', async () => {
      const page = await openPrompt();
      await live(page);
      await emit(page, { cards: [cardView({ waiting: 30, destinations: 2 })] });
      await page.getByText('+29 waiting').waitFor();
      const { x, y } = await centre(page);
      await page.mouse.click(x, y);
      await expect.poll(() => answersOf(page)).toHaveLength(1);
    });

    it('given a stale answer, then it says what changed and the card can be answered again', async () => {
      const page = await openPrompt();
      await page.evaluate(() => {
        window.fake.answers.answerPrompt = { ok: false, code: 'stale', message: '' };
      });
      await live(page);
      await block(page).click();
      const target = { ...cardView().target, address: '192.0.2.77', port: 25 };
      await emit(page, { cards: [cardView({ revision: 2, target })] });
      const strip = page.getByText('The question changed').locator('..');
      await expect.poll(() => strip.innerText()).toContain('127.0.0.1 : 8080');
      expect(await strip.innerText()).toContain('192.0.2.77 : 25');
      await live(page);
      await block(page).click();
      expect((await answersOf(page)).map((answer) => answer.revision)).toEqual([1, 2]);
    });

    it.each(['refused', 'not-found', 'driver-lost', 'store-failed', 'internal'] as const)(
      'given the failure %s, then a sentence says it and the choice is kept',
      async (code) => {
        const page = await openPrompt();
        await page.evaluate((failure) => {
          window.fake.answers.answerPrompt = { ok: false, code: failure, message: '' };
        }, code);
        await page.getByRole('radio', { name: 'Once' }).click();
        await live(page);
        await allow(page).click();
        await expect
          .poll(() => page.locator('article [role="status"]').innerText())
          .toMatch(/^.{30,}\.$/u);
        expect(await page.getByRole('radio', { name: 'Once' }).isChecked()).toBe(true);
      },
    );
  });

  describe('keys', () => {
    it('given a new card, then nothing has the focus, and Enter, Space or letters answer nothing', async () => {
      const page = await openPrompt();
      expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
      await live(page);
      for (const key of ['Enter', 'Space', 'a', 'y', 'Backspace']) await page.keyboard.press(key);
      expect(await answersOf(page)).toEqual([]);
    });

    it('given 1-4, W and D, then lifetime, scope and details change and the sentence with them', async () => {
      const page = await openPrompt();
      const sentence = page.locator('[data-sentence="undecided"]');
      await page.keyboard.press('1');
      await expect.poll(() => sentence.innerText()).toContain('this time only');
      await page.keyboard.press('w');
      await expect.poll(() => sentence.innerText()).toContain('everything curl connects to');
      await page.keyboard.press('w');
      await expect.poll(() => sentence.innerText()).toContain('127.0.0.1 on port 8080');
      await page.keyboard.press('d');
      await page.getByText('Command line').waitFor();
    });

    it('given Ctrl+Enter, Ctrl+Backspace, Escape and Ctrl+Z after the guard, then allow, block, later, undo', async () => {
      const undo = {
        undoId: 'u-1',
        verdict: 'allow',
        subject: cardView().subject,
        until: Date.now() + 30_000,
      } as const;
      const cards = ['a', 'b', 'c'].map((id) => cardOf(id, id, '192.0.2.1'));
      const page = await openStill({ cards, undo });
      await page.keyboard.press('Control+Enter');
      expect(await answersOf(page)).toEqual([]);
      for (const key of ['Control+Enter', 'Control+Backspace', 'Escape']) {
        await page.clock.runFor(1000);
        await live(page);
        await page.keyboard.press(key);
      }
      await page.keyboard.press('Control+z');
      await expect
        .poll(async () => (await answersOf(page)).map((answer) => [answer.cardId, answer.verdict]))
        .toEqual([
          ['a', 'allow'],
          ['b', 'block'],
        ]);
      expect(await callsOf(page, 'postponePrompt')).toEqual([{ cardId: 'c' }]);
      await expect.poll(() => callsOf(page, 'undoAnswer')).toEqual([{ undoId: 'u-1' }]);
    });

    it('given Allow was clicked, then it does not keep the focus for the next card', async () => {
      const page = await openStill({ cards: [cardView(), cardOf('b', 'b', '192.0.2.1')] });
      await page.clock.runFor(1000);
      await allow(page).click();
      await expect.poll(() => page.locator('h1').innerText()).toBe('b');
      await page.keyboard.press('d');
      await page.clock.runFor(2000);
      for (const key of ['Space', 'Enter']) await page.keyboard.press(key);
      expect(await answersOf(page)).toHaveLength(1);
    });

    it('given Tab to Allow, then Enter does nothing, and Space answers 900 ms after the focus came', async () => {
      const page = await openStill();
      await page.clock.runFor(1000);
      for (let step = 0; step < 12; step++) {
        await page.keyboard.press('Tab');
        if (await allow(page).evaluate((button) => button === document.activeElement)) break;
      }
      for (const key of ['Space', 'Enter']) await page.keyboard.press(key);
      await page.clock.runFor(1000);
      await page.keyboard.press('Enter');
      expect(await answersOf(page)).toEqual([]);
      await page.keyboard.press('Space');
      await expect.poll(() => answersOf(page)).toHaveLength(1);
    });
  });
});
