import { beforeEach, describe, expect, it, vi } from 'vitest';
import { installedStateFolder } from '../../src-main/folders.ts';
import { MissedQuestions } from '../../src-main/shell/desktop/missed.ts';
import { managerSize, promptBounds } from '../../src-main/shell/desktop/placement.ts';
import { type ScreenUse, screenUse } from '../../src-main/shell/desktop/presence.ts';
import { Prompter } from '../../src-main/shell/desktop/prompter.ts';
import { Revival } from '../../src-main/shell/desktop/revival.ts';
import { Watch } from '../../src-main/shell/desktop/watch.ts';
import { wordsOf } from '../../src-main/shell/desktop/words.ts';
import { FakeClock } from '../main/fakes/engine-bench.ts';
import type { AwayView, PromptState } from '../../src-preload/contract/model.ts';
import { answerPageRequest } from '../../src-main/shell/desktop/page-request.ts';
import {
  afterChange,
  afterSetAside,
  afterShow,
  hidden,
} from '../../src-main/shell/desktop/prompt-visibility.ts';
import { roleOfSender } from '../../src-main/shell/desktop/sender.ts';
import { readLaunch } from '../../src-main/shell/start/launch.ts';

const html = { type: 'text/html; charset=utf-8', body: Buffer.from('page') };
const files = new Map([
  ['/windows/prompt/index.html', html],
  ['/assets/a.js', { type: 'text/javascript', body: Buffer.from('js') }],
]);

describe('app: requests', () => {
  it('serves listed files with the strict policy', async () => {
    const page = answerPageRequest('GET', 'app://prompt/', files);
    expect(page.status).toBe(200);
    expect(await page.text()).toBe('page');
    expect(page.headers.get('content-security-policy')).toContain("connect-src 'none'");
  });

  it.each([
    ['GET', 'app://manager/'],
    ['GET', 'app://other/assets/a.js'],
    ['GET', 'app://prompt/../../etc/passwd'],
    ['GET', 'app://prompt/%2e%2e/secret'],
    ['GET', 'app://prompt/assets'],
    ['GET', 'file:///etc/passwd'],
    ['GET', 'not an address'],
    ['POST', 'app://prompt/'],
  ])('%s %s is not there', (method, address) => {
    expect(answerPageRequest(method, address, files).status).toBe(404);
  });
});

describe('sender of an Electron call', () => {
  const windows = { prompt: 1, manager: 2 };
  const frame = (origin: string, isMainFrame = true) => ({ origin, isMainFrame });

  it('is the role of its window', () => {
    expect(roleOfSender({ webContentsId: 1, frame: frame('app://prompt') }, windows)).toBe(
      'prompt',
    );
    expect(roleOfSender({ webContentsId: 2, frame: frame('app://manager') }, windows)).toBe(
      'manager',
    );
  });

  it.each([
    ['an unknown window', { webContentsId: 3, frame: frame('app://prompt') }],
    ["the other role's origin", { webContentsId: 2, frame: frame('app://prompt') }],
    ['a foreign origin', { webContentsId: 1, frame: frame('https://evil.example') }],
    ['an empty origin', { webContentsId: 1, frame: frame('') }],
    ['a sub-frame', { webContentsId: 1, frame: frame('app://prompt', false) }],
    ['a frame that has gone', { webContentsId: 1, frame: null }],
  ])('is nobody for %s', (_what, sender) => {
    expect(roleOfSender(sender, windows)).toBeNull();
  });

  it('is nobody while a role has no window', () => {
    const sender = { webContentsId: 1, frame: frame('app://prompt') };
    expect(roleOfSender(sender, { prompt: null, manager: null })).toBeNull();
  });
});

describe('visibility of the prompt', () => {
  const state = (ids: string[], undo: unknown = null) =>
    ({ cards: ids.map((cardId) => ({ cardId })), undo }) as unknown as PromptState;

  it('comes with a card and goes with the last one', () => {
    const shown = afterChange(hidden, state(['a']));
    expect(shown.visible).toBe(true);
    expect(afterChange(shown, state([])).visible).toBe(false);
  });

  it('stays while an answer can be taken back', () => {
    const shown = afterChange(hidden, state(['a']));
    expect(afterChange(shown, state([], {})).visible).toBe(true);
    expect(afterChange(hidden, state([], {})).visible).toBe(false);
  });

  it('stays away when it was set aside, until another card or the manager brings it back', () => {
    const aside = afterSetAside(state(['a']));
    expect(afterChange(aside, state(['a'])).visible).toBe(false);
    expect(afterChange(aside, state(['a', 'b'])).visible).toBe(true);
    expect(afterShow(state(['a'])).visible).toBe(true);
    expect(afterShow(state([])).visible).toBe(false);
  });
});

describe('the command line of an installed Portreeve', () => {
  it.each([
    '--remote-debugging-port=9222',
    '--remote-debugging-pipe',
    '--inspect',
    '-inspect',
    '/inspect',
    '--NO-SANDBOX',
    '--js-flags=x',
    '--host-rules=MAP * 127.0.0.1',
    '--state',
    '--lab=/tmp/x',
    'C:\\file.js',
    '',
  ])('is refused with %s', (arg) => {
    expect(readLaunch(['--at-logon', arg], true)).toEqual({ ok: false, unknown: arg });
  });

  it('has its own switches, and in development two more', () => {
    const other = { service: false, agent: false };
    const places = { state: undefined, lab: undefined, probe: undefined, look: undefined };
    const nothing = { ...other, ...places };
    const none = { ...nothing, command: null };
    expect(readLaunch(['--at-logon'], true)).toEqual({
      ok: true,
      launch: { atLogon: true, ...none },
    });
    expect(readLaunch(['--manager'], true)).toMatchObject({ ok: true });
    // Chromium takes nothing behind the two dashes for its own.
    const args = ['--command-line', '--', 'rules', '--host-rules=x'];
    expect(readLaunch(args, true)).toMatchObject({ launch: { command: args.slice(2) } });
    expect(readLaunch(['--command-line', '--inspect', '--'], true)).toMatchObject({ ok: false });
    expect(readLaunch(['--host-rules=x', ...args], true)).toMatchObject({ ok: false });
    expect(readLaunch(['--state', '/x', '--lab', '/y'], false)).toEqual({
      ok: true,
      launch: { ...none, atLogon: false, state: '/x', lab: '/y' },
    });
  });
});

describe('what keeps a question back', () => {
  const clock = new FakeClock();
  let screen: ScreenUse;
  let sessionActive: boolean;
  let cards: string[];
  let shown: boolean;
  const told: number[] = [];
  let prompter: Prompter;
  const watch = new Watch({ screen: () => screen, sessionActive: () => sessionActive }, clock, () =>
    prompter.look(),
  );
  beforeEach(() => {
    [screen, sessionActive, cards, shown] = ['free', true, [], false];
    told.length = 0;
    prompter = new Prompter({
      engine: {
        promptState: () =>
          ({ cards: cards.map((cardId) => ({ cardId })), undo: null }) as unknown as PromptState,
      },
      watch,
      window: () => ({
        isVisible: () => shown,
        showInactive: () => (shown = true),
        hide: () => (shown = false),
      }),
      keptBack: (count) => told.push(count),
    });
  });
  const ask = (...ids: string[]) => {
    cards = ids;
    prompter.changed();
  };

  it('a full screen, of which one toast tells; the card comes by itself when it ends', () => {
    screen = 'full-screen';
    ask('a');
    ask('a', 'b');
    expect([shown, told]).toEqual([false, [1]]);
    clock.pass(2000);
    expect(shown).toBe(false);
    screen = 'free';
    clock.pass(2000);
    expect(shown).toBe(true);
  });

  it('a locked session, sleep, and another user at the screen', () => {
    watch.told({ locked: true });
    ask('a');
    expect([shown, told]).toEqual([false, []]);
    watch.told({ locked: false });
    expect(shown).toBe(true);
    ask();
    sessionActive = false;
    ask('b');
    expect(shown).toBe(false);
    sessionActive = true;
    clock.pass(2000);
    expect(shown).toBe(true);
  });

  it('nothing, when the user asks for it or it is on the screen already', () => {
    ask('a');
    screen = 'full-screen';
    ask('a', 'b');
    expect(shown).toBe(true);
    prompter.setAside();
    expect(shown).toBe(false);
    prompter.show();
    expect(shown).toBe(true);
  });

  it('what Windows says of the screen is known, and what is unknown is a free one', () => {
    expect([1, 2, 3, 4, 5, 6, 7, null, 99].map(screenUse)).toEqual([
      'nobody',
      'full-screen',
      'full-screen',
      'full-screen',
      'free',
      'free',
      'free',
      'free',
      'free',
    ]);
  });
});

describe('toasts of missed questions', () => {
  const entry = (awayId: string, given: Partial<AwayView> = {}): AwayView =>
    ({
      awayId,
      subject: { name: `p${awayId}`, path: `/p${awayId}` },
      verdict: 'block',
      reason: 'not-answered',
      count: 1,
      ...given,
    }) as AwayView;

  it('tell what is new, once a minute, and never what was there at the start', () => {
    const missed = new MissedQuestions(() => wordsOf.en, [entry('1')]);
    expect(missed.next([entry('1')], 0)).toBeNull();
    expect(missed.next([entry('1', { count: 2 })], 0)?.text).toMatch(/^p1 was blocked/);
    const all = [entry('1', { count: 2 }), entry('2'), entry('3')];
    expect(missed.next(all, 59_000)).toBeNull();
    expect(missed.next(all, 60_000)?.text).toMatch(/^2 programs were blocked/);
    const chosen = [...all, entry('4', { reason: 'mode' }), entry('5', { verdict: 'allow' })];
    expect(missed.next(chosen, 120_000)).toBeNull();
  });
});

describe('a page that dies', () => {
  it('is loaded again at once, then with growing pauses, for ever', () => {
    const revival = new Revival();
    const pauses = Array.from({ length: 10 }, (_none, i) => revival.afterDeath(i * 1000));
    expect(pauses).toEqual([0, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(revival.afterDeath(200_000)).toBe(0);
  });
});

describe('the place of the prompt', () => {
  it('is inside of the work area of any screen', () => {
    expect(promptBounds({ x: -1920, y: 0, width: 1920, height: 1040 }, 299.5)).toEqual({
      x: -456,
      y: 724,
      width: 440,
      height: 300,
    });
    const small = promptBounds({ x: 0, y: 0, width: 320, height: 240 }, 5000);
    expect(small).toEqual({ x: 0, y: 16, width: 320, height: 208 });
  });

  it('is for the manager no more than there is, also at 200 % on a small screen', () => {
    const usual = managerSize({ width: 1920, height: 1040 });
    expect(usual).toEqual({ width: 1180, height: 780, minWidth: 480, minHeight: 320 });
    const half = managerSize({ width: 683, height: 364 });
    expect(half).toMatchObject({ width: 683, height: 364 });
    expect(managerSize({ width: 400, height: 300 })).toMatchObject({
      minWidth: 400,
      minHeight: 300,
    });
  });
});

describe('the folder of an installed Portreeve', () => {
  it('is not moved by the environment', () => {
    vi.stubEnv('PORTREEVE_STATE', 'C:\\Users\\eve');
    vi.stubEnv('ProgramData', 'C:\\Users\\eve');
    expect(installedStateFolder('C:\\ProgramData')).toBe('C:\\ProgramData\\Portreeve');
    vi.unstubAllEnvs();
  });
});
