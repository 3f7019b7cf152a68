/** What the built prompt page shows, in Chromium, under the product's Content-Security-Policy. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { PromptState } from '../../src-preload/contract/model.ts';
import { cardOf, cardView, promptState } from '../fakes/views.ts';
import { overflow } from './overflow.ts';
import { withoutBrowser } from './pages.ts';
import {
  allow,
  answersOf,
  callsOf,
  centre,
  emit,
  live,
  openPrompt,
  openStill,
  usePromptPages,
} from './prompt-window.ts';

describe.skipIf(withoutBrowser)('the prompt page', () => {
  usePromptPages();

  describe('many', () => {
    it('given 1 000 connections of one program in 1 s, then one card that changes once per frame', async () => {
      const page = await openPrompt();
      await live(page);
      const { frames, changes } = await page.evaluate(async (base: PromptState) => {
        const [card] = base.cards;
        let shown = 0;
        let changed = 0;
        const observer = new MutationObserver(() => (changed += 1));
        observer.observe(document.body, { subtree: true, characterData: true, childList: true });
        for (let count = 1; count <= 1000;) {
          await new Promise(requestAnimationFrame);
          for (let burst = 0; burst < 17; burst++) {
            count += 1;
            const grown = { ...card, waiting: count, destinations: count };
            window.fake.emit('promptChanged', { ...base, cards: [grown] });
          }
          // React renders in a microtask; reading the layout makes the browser do its part, too.
          await Promise.resolve().then(() => document.body.offsetHeight);
          shown += 1;
        }
        return { frames: shown, changes: changed };
      }, promptState());
      await page.getByText(/^\+1,0\d\d waiting$/u).waitFor();
      expect(await page.locator('article').count()).toBe(1);
      // At most two batches a frame: the newest state, and the seconds of the hold.
      expect(changes).toBeLessThanOrEqual(frames * 2);
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
      const page = await openPrompt({
        driver: { kind: 'lost', reason: 'The cable is out.', remedy: 'Plug it in.' },
      });
      await page.getByText('The cable is out.').waitFor();
      await page.getByText('Plug it in.').waitFor();
    });

    it('given a hold of 52 s, then the seconds count down', async () => {
      const page = await openPrompt();
      const timer = page.getByRole('timer');
      const first = Number(await timer.innerText());
      expect(first).toBeGreaterThan(0);
      expect(first).toBeLessThanOrEqual(52);
      await expect.poll(async () => Number(await timer.innerText())).toBeLessThan(first);
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
        .poll(
          async () => ((await callsOf(page, 'resizePrompt')).at(-1) as { height: number }).height,
        )
        .toBeGreaterThan((first?.height ?? 0) + 100);
    });
  });

  describe('hostile text', () => {
    /** The box of a heading in which nothing is out of the ordinary. */
    let plainHeading: unknown;
    beforeAll(async () => {
      const page = await openPrompt();
      plainHeading = await page.locator('article header').boundingBox();
    });

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
    ])(
      'given %s as name, path and address, then the card keeps its shape and nothing runs',
      async (_what, text) => {
        const card = cardView({
          subject: {
            kind: 'path',
            name: text,
            path: `/tmp/${text}/${text}`,
            canBeRemembered: true,
          },
          process: { processId: 1, commandLine: text, startedBy: text, user: text },
          target: { ...cardView().target, address: text },
        });
        const page = await openPrompt({ cards: [card, { ...card, cardId: 'card-2' }] });
        await page.keyboard.press('d');
        expect(await page.locator('article header').boundingBox()).toEqual(plainHeading);
        expect(await overflow(page)).toEqual([]);
        expect(await page.locator('article img, article script').count()).toBe(0);
        const shown = await page.locator('main').innerText();
        expect(shown).not.toMatch(/[\u202A-\u202E\u2066\u2067\u200B\u2028]/u);
        await live(page);
        await allow(page).click();
        await expect.poll(() => answersOf(page)).toHaveLength(1);
      },
    );

    it('given shortened text that is copied, then all of it is copied, with what was hidden spelled out', async () => {
      const path = `/opt/${'deep/'.repeat(40)}in\u200Bvoice`;
      const page = await openPrompt(
        {
          cards: [cardView({ subject: { kind: 'path', name: 'x', path, canBeRemembered: true } })],
        },
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
      undo: {
        undoId: 'u',
        verdict: 'block',
        subject: cardView().subject,
        until: Date.now() + 30_000,
      } as const,
    };
    it.each([
      ['English', { locale: 'en-US' }],
      ['Chinese', { locale: 'zh-CN' }],
      [
        'English in the window of the prompt',
        { locale: 'en-US', viewport: { width: 440, height: 700 } },
      ],
      [
        'Chinese in the window of the prompt',
        { locale: 'zh-CN', viewport: { width: 440, height: 700 } },
      ],
      [
        'English at 200 %',
        { locale: 'en-US', viewport: { width: 450, height: 380 }, deviceScaleFactor: 2 },
      ],
      [
        'Chinese at 200 %',
        { locale: 'zh-CN', viewport: { width: 320, height: 380 }, deviceScaleFactor: 2 },
      ],
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
      const checked = page.locator('.segment:has(:checked)').first();
      const other = page.locator('.segment:not(:has(:checked))').first();
      const ground = (element: Element): string => getComputedStyle(element).backgroundColor;
      expect(await checked.evaluate(ground)).not.toBe(await other.evaluate(ground));
      expect(
        await allow(page).evaluate((element) => getComputedStyle(element).borderTopStyle),
      ).toBe('solid');
    });

    it('given reduced motion, then nothing moves, and the guard is as long as ever', async () => {
      const page = await openStill({}, { reducedMotion: 'reduce' });
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
