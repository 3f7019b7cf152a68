/** The built prompt page in Chromium, under the product's Content-Security-Policy, with a fake bridge. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PromptAnswer, PromptState } from '../../src-preload/contract/model.ts';
import type { RecordedCall } from '../fakes/page-bridge.ts';
import { cardOf, cardView, promptState } from '../fakes/views.ts';
import { startPages, withoutBrowser, type OpenPage, type Pages } from './pages.ts';

let pages: Pages;
const opened: OpenPage[] = [];

async function openPrompt(state: Partial<PromptState> = {}, context: BrowserContextOptions = {}): Promise<Page> {
  const answers = { readPrompt: promptState(state), answerPrompt: { settled: 1, ruleId: null } };
  const entry = await pages.open({ role: 'prompt', answers, context });
  opened.push(entry);
  await entry.page.locator('main > *').first().waitFor();
  return entry.page;
}

const allow = (page: Page) => page.getByRole('button', { name: 'Allow', exact: true });
const block = (page: Page) => page.getByRole('button', { name: 'Block', exact: true });
const live = (page: Page): Promise<void> =>
  page.locator('.answer[aria-disabled="false"]').nth(1).waitFor({ timeout: 3000 });
const emit = (page: Page, state: Partial<PromptState>): Promise<void> =>
  page.evaluate((payload) => {
    window.fake.emit('promptChanged', payload);
  }, promptState(state));
const callsOf = (page: Page, name: RecordedCall['name']): Promise<unknown[]> =>
  page.evaluate(
    (wanted) => window.fake.calls.filter((call) => call.name === wanted).map((call) => call.input),
    name,
  );
const answersOf = (page: Page) => callsOf(page, 'answerPrompt') as Promise<PromptAnswer[]>;
const centre = async (page: Page): Promise<{ x: number; y: number }> => {
  const box = await allow(page).boundingBox();
  if (box === null) throw new Error('Allow is not shown');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};

describe.skipIf(withoutBrowser)('the prompt page', { timeout: 30_000 }, () => {
  beforeAll(async () => {
    pages = await startPages();
  }, 60_000);
  afterAll(async () => {
    await pages.close();
  });
  afterEach(async () => {
    const problems = opened.flatMap((entry) => entry.problems);
    for (const entry of opened.splice(0)) await entry.page.context().close();
    expect(problems).toEqual([]);
  });

  describe('answers', () => {
    it('given a click within 900 ms, then nothing; given one after it, then one answer with id and revision', async () => {
      const page = await openPrompt({ cards: [cardView({ revision: 7 })] });
      const { x, y } = await centre(page);
      await page.mouse.click(x, y);
      expect(await answersOf(page)).toEqual([]);
      await live(page);
      await page.mouse.click(x, y, { delay: 30 });
      await expect.poll(() => answersOf(page)).toEqual([
        { cardId: 'card-1', revision: 7, verdict: 'allow', scope: 'address', lifetime: 'always' },
      ]);
    });

    it('given a press that begins inert and is held until the guard is gone, then nothing', async () => {
      const page = await openPrompt();
      const { x, y } = await centre(page);
      await page.mouse.move(x, y);
      await page.mouse.down();
      await live(page);
      await page.mouse.up();
      expect(await answersOf(page)).toEqual([]);
    });

    it('given a double click, then the first card is answered and the one that took its place is not', async () => {
      const page = await openPrompt({ cards: [cardView(), cardOf('card-2', 'Discord', '192.0.2.9')] });
      await live(page);
      const { x, y } = await centre(page);
      await page.mouse.dblclick(x, y);
      await page.mouse.click(x, y);
      expect((await answersOf(page)).map((answer) => answer.cardId)).toEqual(['card-1']);
      await expect.poll(() => page.locator('h1').innerText()).toBe('Discord');
    });

    it('given a new revision, a resize or the focus, then the guard is up again', async () => {
      const page = await openPrompt();
      const { x, y } = await centre(page);
      const changes = [
        () => emit(page, { cards: [cardView({ revision: 2 })] }),
        () => page.setViewportSize({ width: 900, height: 761 }),
        () => page.evaluate(() => window.dispatchEvent(new Event('focus'))),
      ];
      for (const change of changes) {
        await live(page);
        await change();
        await page.mouse.click(x, y);
        expect(await answersOf(page)).toEqual([]);
      }
    });

    it('given the pointer on an answer, then the sentence tells it and nothing moves', async () => {
      const target = { ...cardView().target, address: '2001:db8:85a3:1234:5678:8a2e:370:7334' };
      const subject = { name: 'a name of many words that takes its room', path: '/x', canBeRemembered: true };
      const page = await openPrompt({ cards: [cardView({ target, subject })] });
      const before = await allow(page).boundingBox();
      for (const [button, words] of [
        [block(page), 'may not reach'],
        [allow(page), 'may reach'],
      ] as const) {
        await button.hover();
        await expect.poll(() => page.locator('[data-sentence]:visible').innerText()).toContain(words);
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
        await expect.poll(() => page.locator('article [role="status"]').innerText()).toMatch(/^.{30,}\.$/u);
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
      const undo = { undoId: 'u-1', verdict: 'allow', subject: cardView().subject, until: Date.now() + 30_000 } as const;
      const cards = ['a', 'b', 'c'].map((id) => cardOf(id, id, '192.0.2.1'));
      const page = await openPrompt({ cards, undo });
      await page.keyboard.press('Control+Enter');
      expect(await answersOf(page)).toEqual([]);
      for (const key of ['Control+Enter', 'Control+Backspace', 'Escape']) {
        await live(page);
        await page.keyboard.press(key);
      }
      await page.keyboard.press('Control+z');
      await expect.poll(async () => (await answersOf(page)).map((answer) => [answer.cardId, answer.verdict])).toEqual([
        ['a', 'allow'],
        ['b', 'block'],
      ]);
      expect(await callsOf(page, 'postponePrompt')).toEqual([{ cardId: 'c' }]);
      await expect.poll(() => callsOf(page, 'undoAnswer')).toEqual([{ undoId: 'u-1' }]);
    });

    it('given Tab to Allow, then Enter does nothing, Space answers only after 900 ms', async () => {
      const page = await openPrompt();
      await live(page);
      for (let step = 0; step < 12; step++) {
        await page.keyboard.press('Tab');
        if (await allow(page).evaluate((button) => button === document.activeElement)) break;
      }
      await page.keyboard.press('Space');
      await page.keyboard.press('Enter');
      expect(await answersOf(page)).toEqual([]);
      await live(page);
      await page.keyboard.press('Enter');
      expect(await answersOf(page)).toEqual([]);
      await page.keyboard.press('Space');
      await expect.poll(() => answersOf(page)).toHaveLength(1);
    });
  });

  describe('many', () => {
    it('given 1 000 connections of one program in 1 s, then one card, and no frame takes 16 ms', async () => {
      const page = await openPrompt();
      await live(page);
      const longest = await page.evaluate(async (base: PromptState) => {
        const work: number[] = [];
        const [card] = base.cards;
        let count = 1;
        await new Promise<void>((done) => {
          const step = (): void => {
            const before = performance.now();
            for (let burst = 0; burst < 17; burst++) {
              count += 1;
              window.fake.emit('promptChanged', { ...base, cards: [{ ...card, waiting: count, destinations: count }] });
            }
            work.push(performance.now() - before);
            if (count > 1000) done();
            else requestAnimationFrame(step);
          };
          requestAnimationFrame(step);
        });
        return work.toSorted((a, b) => b - a)[0] ?? 0;
      }, promptState());
      await page.getByText(/^\+1,0\d\d waiting$/u).waitFor();
      expect(await page.locator('article').count()).toBe(1);
      expect(longest).toBeLessThan(16);
    });

    it('given the pointer in the list, then rows keep their places while cards come and go', async () => {
      const ids = ['a', 'b', 'c', 'd'];
      const of = (...names: string[]) => names.map((id) => cardOf(id, id, '192.0.2.1'));
      const page = await openPrompt({ cards: of(...ids) });
      const row = page.locator('.prompt-others li').nth(1);
      await row.hover();
      const before = await row.boundingBox();
      await emit(page, { cards: of('e', 'a', 'c', 'd') });
      await page.getByText('Settled').waitFor();
      expect(await row.boundingBox()).toEqual(before);
      expect(await row.innerText()).toContain('c');
      await page.mouse.move(2, 2);
      await expect.poll(() => page.locator('.prompt-others li').count()).toBe(3);
    });

    it('given Later on the only card, then it waits in the list and opens again with a click', async () => {
      const page = await openPrompt();
      await live(page);
      await page.getByRole('button', { name: 'Later' }).click();
      expect(await callsOf(page, 'postponePrompt')).toEqual([{ cardId: 'card-1' }]);
      await page.getByText('One more program is waiting').waitFor();
      await page.locator('.prompt-others button').click();
      await page.locator('article').waitFor();
    });
  });

  describe('states', () => {
    it('given no card, then it says that nothing is waiting', async () => {
      const page = await openPrompt({ cards: [] });
      await page.getByRole('heading', { name: 'Nothing is waiting' }).waitFor();
    });

    it('given up, then the words say that the answer counts next time', async () => {
      const page = await openPrompt({ cards: [cardView({ state: 'given-up', deadline: null })] });
      await page.getByText('no longer waits. Your answer counts next time.').waitFor();
      expect(await page.getByRole('timer').count()).toBe(0);
    });

    it('given a lost driver, then reason and remedy are told, in the words of main when the cause is new', async () => {
      const page = await openPrompt({ driver: { kind: 'lost', reason: 'The cable is out.', remedy: 'Plug it in.' } });
      await page.getByText('The cable is out. Plug it in.').waitFor();
    });

    it('given a hold of 52 s, then the seconds count down', async () => {
      const page = await openPrompt();
      const timer = page.getByRole('timer');
      const first = Number(await timer.innerText());
      expect(first).toBeGreaterThan(48);
      await expect.poll(async () => Number(await timer.innerText()), { timeout: 4000 }).toBeLessThan(first);
    });

    it('given the user touches the card, then main is told once in 5 s', async () => {
      const page = await openPrompt();
      await page.locator('article').click({ position: { x: 60, y: 60 } });
      await page.locator('article').click({ position: { x: 60, y: 60 } });
      expect(await callsOf(page, 'touchPrompt')).toEqual([{ cardId: 'card-1' }]);
    });

    it('given content that grows, then main is told its height', async () => {
      const page = await openPrompt();
      await expect.poll(() => callsOf(page, 'resizePrompt')).not.toEqual([]);
      const [first] = (await callsOf(page, 'resizePrompt')) as { height: number }[];
      await page.keyboard.press('d');
      await expect
        .poll(async () => ((await callsOf(page, 'resizePrompt')).at(-1) as { height: number }).height)
        .toBeGreaterThan((first?.height ?? 0) + 100);
    });
  });

  describe('hostile text', () => {
    const long = 'A'.repeat(10_000);
    const zalgo = `z${'\u0336\u0489\u0301'.repeat(400)}lgo`;
    it.each([
      ['a right-to-left override', 'invoice\u202Efdp.exe'],
      ['10 000 characters', `${long}.exe`],
      ['zero-width characters', `cu\u200Brl${'\u200D'.repeat(300)}`],
      ['emoji', '👩‍💻🏴‍☠️🇳🇱'.repeat(200)],
      ['a tower of combining marks', zalgo],
      ['markup', '<img src=x onerror=alert(1)><script>alert(1)</script>'],
      ['a translation slot', '{{howLong}} <who/> $t(prompt.allow)'],
      ['line ends', 'a\nb\r\n\r\n\n\n\u2028c'],
      ['nothing at all', ''],
    ])('given %s as name, path and address, then the card keeps its shape and nothing runs', async (_what, text) => {
      const plain = await openPrompt();
      const shape = await plain.locator('article header').boundingBox();
      const card = cardView({
        subject: { name: text, path: `/tmp/${text}/${text}`, canBeRemembered: true },
        process: { processId: 1, commandLine: text, startedBy: text, user: text },
        target: { ...cardView().target, address: text },
      });
      const page = await openPrompt({ cards: [card, { ...card, cardId: 'card-2' }] });
      await page.keyboard.press('d');
      expect(await page.locator('article header').boundingBox()).toEqual(shape);
      expect(await overflow(page)).toEqual([]);
      expect(await page.locator('article img, article script').count()).toBe(0);
      const shown = await page.locator('main').innerText();
      expect(shown).not.toMatch(/[\u202A-\u202E\u2066\u2067\u200B\u2028]/u);
      await live(page);
      await allow(page).click();
      await expect.poll(() => answersOf(page)).toHaveLength(1);
    });

    it('given shortened text that is copied, then all of it is copied, with what was hidden spelled out', async () => {
      const path = `/opt/${'deep/'.repeat(40)}in\u200Bvoice`;
      const page = await openPrompt(
        { cards: [cardView({ subject: { name: 'x', path, canBeRemembered: true } })] },
        { permissions: ['clipboard-read', 'clipboard-write'] },
      );
      await page.locator('dd.flex .font-mono').selectText();
      await page.keyboard.press('Control+c');
      const copied = await page.evaluate(() => navigator.clipboard.readText());
      expect(copied).toBe(path.replace('\u200B', '⟨U+200B⟩'));
    });
  });

  describe('every look', () => {
    const crowd = {
      cards: [
        cardView({ waiting: 4321, destinations: 321 }),
        cardOf('card-2', 'Discord', '2001:db8:85a3:1234:5678:8a2e:370:7334', { waiting: 1234 }),
        cardOf('card-3', 'x', '192.0.2.1', { state: 'given-up' }),
      ],
      undo: { undoId: 'u', verdict: 'block', subject: cardView().subject, until: Date.now() + 30_000 } as const,
    };
    it.each([
      ['English', { locale: 'en-US' }],
      ['Chinese', { locale: 'zh-CN' }],
      ['English in the window of the prompt', { locale: 'en-US', viewport: { width: 440, height: 700 } }],
      ['Chinese in the window of the prompt', { locale: 'zh-CN', viewport: { width: 440, height: 700 } }],
      ['English at 200 %', { locale: 'en-US', viewport: { width: 450, height: 380 }, deviceScaleFactor: 2 }],
      ['Chinese at 200 %', { locale: 'zh-CN', viewport: { width: 320, height: 380 }, deviceScaleFactor: 2 }],
      ['forced colours', { forcedColors: 'active' as const }],
    ])('given %s, then nothing is cut off or runs out of its box', async (_name, context) => {
      const page = await openPrompt(crowd, context);
      await page.keyboard.press('d');
      expect(await overflow(page)).toEqual([]);
    });

    it('given text of twice the size, then nothing is cut off', async () => {
      const page = await openPrompt(crowd);
      await page.evaluate(() => {
        document.documentElement.style.fontSize = '200%';
      });
      await page.keyboard.press('d');
      expect(await overflow(page)).toEqual([]);
    });

    it('given forced colours, then both answers, the choice and the marks still have an outline', async () => {
      const page = await openPrompt({}, { forcedColors: 'active' });
      await live(page);
      const checked = page.locator('.segment[data-state="checked"]').first();
      const other = page.locator('.segment[data-state="unchecked"]').first();
      const ground = (element: Element): string => getComputedStyle(element).backgroundColor;
      expect(await checked.evaluate(ground)).not.toBe(await other.evaluate(ground));
      expect(await allow(page).evaluate((element) => getComputedStyle(element).borderTopStyle)).toBe('solid');
    });

    it('given reduced motion, then nothing moves, and the guard is as long as ever', async () => {
      const page = await openPrompt({}, { reducedMotion: 'reduce' });
      const moving = await page.evaluate(() =>
        document
          .getAnimations()
          .map((animation) => (animation as CSSAnimation).animationName)
          .filter((name) => name !== 'hold-empty'),
      );
      expect(moving).toEqual([]);
      const { x, y } = await centre(page);
      await page.mouse.click(x, y);
      expect(await answersOf(page)).toEqual([]);
    });
  });

  it('given a screen reader, then names and roles tell the whole question, once', async () => {
    const page = await openPrompt();
    await live(page);
    const tree = await page.locator('body').ariaSnapshot();
    for (const line of [
      'article "Question of a program"',
      'heading "curl" [level=1]',
      'radiogroup "Where"',
      'radio "This address" [checked]',
      'radiogroup "How long"',
      'radio "Always" [checked]',
      'button "Later"',
      'button "Block"',
      'button "Allow"',
      'button "Details"',
    ]) {
      expect(tree).toContain(line);
    }
    expect(tree).toMatch(/timer "\d+ seconds left to answer"/u);
    const announced = page.locator('[aria-live="assertive"]');
    expect(await announced.innerText()).toMatch(/curl.* wants to connect to .*127\.0\.0\.1/u);
  });
});

/** Elements whose content is wider than they are without an ellipsis for it, and a page that scrolls sideways. */
function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) found.push('page');
    for (const element of document.querySelectorAll<HTMLElement>('main *')) {
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const untrusted = element.closest('.copyable') !== null || element.querySelector('.copyable') !== null;
      const hidden = element.closest('.sr-only, svg') !== null || box.width === 0;
      if (hidden) continue;
      if (box.right > width + 1 || box.left < -1) {
        if (element.closest('.copyable') === null) found.push(`${element.tagName} ${element.className} leaves the page`);
      }
      if (!untrusted && style.overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1) {
        found.push(`${element.tagName} "${element.innerText.slice(0, 30)}" is cut off`);
      }
    }
    return found;
  });
}
