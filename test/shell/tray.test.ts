import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import { Data } from 'resedit';
import { beforeEach, describe, expect, it } from 'vitest';
import { drawing, taskbars, trayIconNames } from '../../scripts/icons/drawings.ts';
import { root } from '../../scripts/process.ts';
import { createRouter } from '../../src-main/ipc/router.ts';
import { callSchemas } from '../../src-main/ipc/schemas.ts';
import { Glance } from '../../src-main/shell/desktop/glance.ts';
import type { TrayIcon } from '../../src-main/shell/desktop/tray-icon.ts';
import { trayIcon } from '../../src-main/shell/desktop/tray-icon.ts';
import {
  type MenuLine,
  type TrayAction,
  menuText,
} from '../../src-main/shell/desktop/tray-menu.ts';
import {
  type Language,
  languageOf,
  quitQuestion,
  wordsOf,
} from '../../src-main/shell/desktop/words.ts';
import type { Handlers } from '../../src-preload/contract/calls.ts';
import { type Bench, startBench } from '../main/fakes/engine-bench.ts';
import { hands } from '../main/fakes/hands.ts';
import { sample } from '../main/fakes/sample.ts';

const tray = path.join(root, 'assets/tray');
const sizes = [16, 20, 24, 32, 40, 48, 64, 128, 256];

describe('the pictures of the tray', () => {
  it('are there for both taskbars, and each from 16 to 256 pixels', () => {
    const wanted = taskbars.flatMap((bar) => trayIconNames().map((name) => `${name}-${bar}.ico`));
    expect(
      readdirSync(tray)
        .filter((name) => name.endsWith('.ico'))
        .toSorted(),
    ).toEqual(wanted.toSorted());
    for (const name of [...wanted.map((one) => `tray/${one}`), 'icon.ico']) {
      const file = Data.IconFile.from(readFileSync(path.join(root, 'assets', name)));
      const found = file.icons.map(({ data }) => [data.width, data.height, data.isRaw()]);
      // 256 is stored as 0 (a byte), and read back as what the PNG says.
      expect(found.length).toBe(sizes.length);
      expect(found.slice(0, -1)).toEqual(sizes.slice(0, -1).map((size) => [size, size, true]));
    }
  });

  it('differ from each other at 16 pixels without any colour', () => {
    const kinds = ['asking', 'waiting-1', 'waiting-9+', 'learning', 'blocking', 'lockdown', 'lost'];
    for (const bar of taskbars) {
      const names = [...kinds, 'paused-6', 'paused-1'] as ReturnType<typeof trayIconNames>;
      const grey = names.map((name) => greyscale(drawing(name, bar), bar));
      for (const [i, one] of grey.entries()) {
        for (const [j, other] of grey.entries()) {
          const different = one.filter((value, at) => Math.abs(value - (other[at] ?? 0)) > 60);
          if (i !== j) expect(different.length, `${names[i]} ${names[j]}`).toBeGreaterThan(12);
        }
      }
    }
  });
});

/** 256 values of grey on the colour of the taskbar. */
function greyscale(svg: string, bar: 'light' | 'dark'): number[] {
  const background = bar === 'light' ? '#e8ecf0' : '#20242a';
  const { pixels } = new Resvg(svg, { fitTo: { mode: 'width', value: 16 }, background }).render();
  return Array.from({ length: 256 }, (_none, at) => {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(at * 4, at * 4 + 3);
    return red * 0.299 + green * 0.587 + blue * 0.114;
  });
}

describe('what the tray shows', () => {
  const connected = { kind: 'connected', description: 'Driver 1' } as const;
  const ask = { mode: 'ask', until: null, pauses: [] } as const;
  const now = 1_900_000_000_000;
  const minute = 60_000;
  const show = (view: Partial<Parameters<typeof trayIcon>[0]>) =>
    trayIcon({ driver: connected, mode: ask, cards: 0, ...view }, now, wordsOf.en);
  const pauseOf = (left: number) => ({
    ...ask,
    pauses: [{ pauseId: 'p', subject: null, until: now + left }],
  });

  it('is the worst news there is', () => {
    const lost = { kind: 'lost', reason: '', remedy: '' } as const;
    const all = { driver: lost, mode: { ...ask, mode: 'lockdown' }, cards: 3 } as const;
    expect(show(all).name).toBe('lost');
    expect(show({ ...all, driver: connected }).name).toBe('lockdown');
    expect(show({ mode: pauseOf(minute), cards: 3 }).name).toBe('waiting-3');
    expect(show({ mode: { ...ask, mode: 'learn' } }).name).toBe('learning');
    expect(show({ mode: { ...ask, mode: 'block' } }).name).toBe('blocking');
    expect(show({ driver: { kind: 'connecting' } }).name).toBe('lost');
    expect([9, 10, 4096].map((cards) => show({ cards }).name)).toEqual([
      'waiting-9',
      'waiting-9+',
      'waiting-9+',
    ]);
  });

  it('is a bar that gets shorter with the pause, and never empty before its end', () => {
    const minutes = [15, 14, 12.4, 10, 8, 5.1, 5, 4, 2, 0.5, 0.001];
    const names = minutes.map((left) => show({ mode: pauseOf(left * minute) }).name);
    expect(names).toEqual([6, 6, 5, 4, 4, 3, 6, 5, 3, 1, 1].map((step) => `paused-${step}`));
    expect(show({ mode: pauseOf(0) }).name).toBe('asking');
    // The next change: a minute is over, or the bar gets shorter.
    expect(show({ mode: pauseOf(60 * minute) }).until).toBe(now + minute);
    expect(show({ mode: pauseOf(5 * minute) }).until).toBe(now + 50_000);
  });

  it('fits the 127 characters of a tooltip, in both languages', () => {
    for (const words of Object.values(wordsOf)) {
      for (const view of [{ cards: 4096 }, { mode: pauseOf(1440 * minute) }, {}]) {
        const base = { driver: connected, mode: ask, cards: 0, ...view };
        expect(trayIcon(base, now, words).tooltip.length).toBeLessThan(127);
      }
    }
  });
});

describe("the tray's menu over a real engine", () => {
  let bench: Bench;
  const shown: TrayIcon[] = [];
  const { answer, rules, verdicts } = hands(() => bench);

  beforeEach(async () => {
    bench = await startBench();
    shown.length = 0;
  });

  function glance(spoken: Language = 'en'): Glance {
    const language = (): Language => spoken;
    const handlers = bench.engine.handlers as Handlers;
    const router = createRouter({
      handlers,
      schemas: callSchemas,
      logError: (what, error) => expect.fail(`${what}: ${String(error)}`),
    });
    const app = { engine: bench.engine, router };
    const show = (icon: TrayIcon) => void shown.push(icon);
    return new Glance({ app, clock: bench.clock, language, show });
  }

  const flat = (lines: readonly MenuLine[]): MenuLine[] =>
    lines.flatMap((line) => [line, ...flat(line.submenu ?? [])]);
  const labels = async (tray: Glance) => flat(await tray.menu()).map(({ label }) => label);
  async function choose(tray: Glance, label: string) {
    const line = flat(await tray.menu()).find((one) => one.label === label && one.action);
    const action: TrayAction | undefined = line?.action;
    if (action === undefined || line?.enabled === false) throw new Error(`no line "${label}"`);
    return tray.run(action as Parameters<Glance['run']>[0]);
  }
  async function decided(given: Parameters<typeof sample>[0], verdict: 'allow' | 'block') {
    bench.driver.hold(sample(given));
    await answer(verdict, 'address-port', 'once');
  }

  it('has the last ten decisions, newest first, with what waits above them', async () => {
    for (let port = 1; port <= 12; port++) await decided({ path: '/usr/bin/curl', port }, 'allow');
    bench.driver.hold(sample({ path: '/usr/bin/wget' }));
    const tray = glance();
    const menu = await tray.menu();
    expect(menu[0]).toMatchObject({
      label: '1 program waits for you ...',
      action: { kind: 'show-prompt' },
    });
    const decisions = menu.find(({ label }) => label === 'Last decisions')?.submenu ?? [];
    expect(decisions).toHaveLength(10);
    expect(decisions[0]?.label).toMatch(/^Allowed .*: curl → .*, 12$/);
    expect(shown.at(-1)?.name).toBe('waiting-1');
  });

  it('blocks, and takes the block back', async () => {
    await decided({ path: '/usr/bin/curl', port: 443 }, 'allow');
    const tray = glance();
    expect(await labels(tray)).not.toContain('Take back the last change');
    expect(await choose(tray, 'Block from now on')).toMatchObject({ ok: true });
    expect(await rules()).toMatchObject([
      { subject: { path: '/usr/bin/curl' }, verdict: 'block', ports: [{ first: 443, last: 443 }] },
    ]);
    expect(verdicts(bench.driver.hold(sample({ path: '/usr/bin/curl', port: 443 })))).toEqual([
      'block',
    ]);
    expect(await choose(tray, 'Take back the last change')).toMatchObject({ ok: true });
    expect(await rules()).toEqual([]);
    expect(await labels(tray)).not.toContain('Take back the last change');
  });

  it('offers no undo after its time', async () => {
    await decided({ path: '/usr/bin/curl' }, 'allow');
    const tray = glance();
    await choose(tray, 'Block from now on');
    expect(await labels(tray)).toContain('Take back the last change');
    bench.clock.pass(30_000);
    expect(await labels(tray)).not.toContain('Take back the last change');
  });

  it('removes the rule that decided, and says so when it is gone', async () => {
    bench.driver.hold(sample({ path: '/usr/bin/curl' }));
    await answer('allow', 'anything', 'always');
    bench.driver.hold(sample({ path: '/usr/bin/curl' }));
    const tray = glance();
    expect(await choose(tray, 'Remove the rule, ask again')).toMatchObject({ ok: true });
    expect(await rules()).toEqual([]);
  });

  it('lets one program through, with and without a rule, and ends that', async () => {
    await decided({ path: '/usr/bin/curl', port: 443 }, 'block');
    const tray = glance();
    expect(await choose(tray, '5 min')).toMatchObject({ ok: true });
    const held = bench.driver.hold(
      sample({ path: '/usr/bin/curl', port: 80 }),
      sample({ path: '/usr/bin/wget' }),
    );
    expect(verdicts(held)).toEqual(['allow', 'waiting']);
    expect(await choose(tray, 'Stop letting curl through (5 min left)')).toMatchObject({
      ok: true,
    });
    expect(bench.engine.managerState().mode.pauses).toEqual([]);
  });

  it('sets the mode, shows it, and changes the picture by itself when a pause ends', async () => {
    const tray = glance();
    await choose(tray, 'Allow and note');
    bench.clock.pass(200);
    await expect.poll(() => shown.at(-1)?.name).toBe('learning');
    const radios = flat(await tray.menu()).filter(({ type }) => type === 'radio');
    expect(radios.map(({ checked }) => checked)).toEqual([false, true, false, false]);
    await choose(tray, '5 min');
    // The engine tells at most every 100 ms, by this clock.
    bench.clock.pass(200);
    await expect.poll(() => shown.at(-1)?.name).toBe('paused-6');
    for (let passed = 0; passed < 5; passed++) bench.clock.pass(60_000);
    await expect.poll(() => shown.at(-1)?.name).toBe('learning');
    tray.stop();
    await bench.engine.handlers.setMode({ mode: 'lockdown', until: null });
    expect(shown.at(-1)?.name).toBe('learning');
  });

  it('is the same in Chinese, word for word', async () => {
    await decided({ path: '/usr/bin/curl' }, 'block');
    const english = flat(await glance('en').menu());
    const chinese = flat(await glance('zh-CN').menu());
    expect(chinese.map(({ action }) => action?.kind)).toEqual(
      english.map(({ action }) => action?.kind),
    );
    for (const { label } of chinese) if (label !== '') expect(label).toMatch(/[\u4e00-\u9fff]/);
    expect(
      [['zh-Hant-TW'], ['zh-CN', 'en'], ['en', 'zh'], []].map((one) => languageOf(one)),
    ).toEqual(['zh-CN', 'zh-CN', 'en', 'en']);
  });

  it('shows hostile names as they are, in one line', async () => {
    const name = `a&b\u202Egpj.exe\n${'x'.repeat(500)}`;
    await decided({ path: `/tmp/${name}` }, 'allow');
    const all = await labels(glance());
    const line = all.find((label) => label.includes('&&')) ?? '';
    expect(line).toContain('a&&b⟨U+202E⟩gpj.exe⟨U+000A⟩');
    expect(line.length).toBeLessThan(160);
    expect(menuText('', 10)).toBe('⟨⟩');
  });
});

describe('the question before the end', () => {
  it.each(Object.entries(wordsOf))('says in %s what goes on without windows', (_name, words) => {
    const own = quitQuestion(words, { held: 2 });
    const service = quitQuestion(words, { held: 2, isService: true });
    expect(own).toMatchObject({ message: words.quitMessage, detail: words.quitDetail(2) });
    expect(service).toMatchObject({ message: words.closeMessage, detail: words.closeDetail });
    expect(service.buttons).toEqual(own.buttons);
  });
});
