import { describe, expect, it } from 'vitest';
import type { PromptState } from '../../src-preload/contract/model.ts';
import { answerPageRequest } from '../../src-main/shell/electron/page-request.ts';
import {
  afterChange,
  afterSetAside,
  afterShow,
  hidden,
} from '../../src-main/shell/electron/prompt-visibility.ts';
import { roleOfSender } from '../../src-main/shell/electron/sender.ts';
import { forbiddenSwitch } from '../../src-main/shell/electron/switches.ts';

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

describe('switches of a packaged app', () => {
  it.each([
    '--remote-debugging-port=9222',
    '--inspect',
    '-inspect',
    '--NO-SANDBOX',
    '--js-flags=x',
  ])('refuses %s', (arg) => {
    expect(forbiddenSwitch(['portreeve', arg])).not.toBeNull();
  });

  it('accepts its own', () => {
    expect(forbiddenSwitch(['portreeve', '--state', '/x', 'inspect'])).toBeNull();
  });
});
