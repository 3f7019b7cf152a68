/** From a program's connect() to the painted card and back, with a real program, the real driver code and a real browser. */
import { performance } from 'node:perf_hooks';
import {
  type Servers,
  type Stack,
  compileProgram,
  serveMany,
  startStack,
} from '../../test/e2e/stack.ts';
import { PromptWindow, launchBrowser } from '../../test/e2e/windows.ts';
import { type Row, percentile, timeRow } from './row.ts';

const rounds = 40;
const floodConnections = 200;

interface Bench {
  readonly stack: Stack;
  readonly prompt: PromptWindow;
  readonly servers: Servers;
}

/** All rows of this file; each needs Linux, a C compiler and Chromium. */
export async function run(): Promise<Row[]> {
  const program = compileProgram('connect_timed.c', 'bench-connect');
  const flood = compileProgram('connect_many.c', 'bench-flood');
  const servers = await serveMany(floodConnections);
  const browser = await launchBrowser();
  const stack = await startStack();
  const prompt = await PromptWindow.open(browser, stack.main.ready.prompt);
  const bench = { stack, prompt, servers };
  try {
    await installPaintClock(prompt);
    const asked = await measureAnswers(bench, program);
    const blocked = await measureBlocked(bench, program);
    const flooded = await measureFlood(bench, flood);
    return [...asked, blocked, ...flooded];
  } finally {
    await prompt.close();
    await stack.stop();
    await browser.close();
    await servers.close();
  }
}

/**
 * Notes the wall-clock time of the first frame in which a card with buttons exists, and of clicks; and, for the flood, the
 * longest frame. The programs note the same clock.
 */
async function installPaintClock(prompt: PromptWindow): Promise<void> {
  await prompt.page.evaluate(() => {
    const clock = { painted: 0, clicked: 0, longestFrame: 0 };
    Object.assign(window, { benchClock: clock });
    const now = (): number => performance.timeOrigin + performance.now();
    let before = performance.now();
    let present = false;
    const frame = (): void => {
      const time = performance.now();
      clock.longestFrame = Math.max(clock.longestFrame, time - before);
      before = time;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    new MutationObserver(() => {
      const is = document.querySelector('article button.answer') !== null;
      // The frame after the next one starts when the change has been painted.
      if (is && !present) requestAnimationFrame(() => setTimeout(() => (clock.painted = now()), 0));
      present = is;
    }).observe(document.body, { childList: true, subtree: true });
    document.addEventListener('click', () => (clock.clicked = now()), { capture: true });
  });
}

interface Clock {
  painted: number;
  clicked: number;
  longestFrame: number;
}

function readClock(prompt: PromptWindow): Promise<Clock> {
  return prompt.page.evaluate(() => (window as unknown as { benchClock: Clock }).benchClock);
}

/** "before after errno" of a program's connect(), in milliseconds since 1970. */
function readTimes(output: string): { before: number; after: number; error: number } {
  const [before = 0, after = 0, error = 0] = output.trim().split(' ').map(Number);
  return { before, after, error };
}

async function measureAnswers({ stack, prompt, servers }: Bench, program: string): Promise<Row[]> {
  const painted: number[] = [];
  const released: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const held = stack.hold(program, [String(servers.port)]);
    await prompt.card.waitFor();
    await prompt.answer('allow', { lifetime: 'once' });
    const { before, after } = readTimes((await held.ended).output);
    const clock = await readClock(prompt);
    painted.push(clock.painted - before);
    released.push(after - clock.clicked);
    await prompt.card.waitFor({ state: 'detached' });
  }
  return [
    timeRow('connect() -> card painted', painted, { p50: 17, p95: 33 }),
    timeRow('answer click -> connect() returns', released, { p50: 2, p95: 6 }),
  ];
}

async function measureBlocked({ stack, prompt, servers }: Bench, program: string): Promise<Row> {
  const first = stack.hold(program, [String(servers.port)]);
  await prompt.card.waitFor();
  await prompt.answer('block', { lifetime: 'always', scope: 'anything' });
  await first.ended;
  const { output } = await stack.hold(program, [String(servers.port), '200']).ended;
  const times = output.trim().split('\n').map(readTimes);
  const p50 = percentile(
    times.map(({ before, after }) => after - before),
    0.5,
  );
  return {
    what: 'connect() blocked by a rule',
    budget: 'under 1 ms',
    measured: `p50 ${p50.toFixed(2)} ms (n ${times.length})`,
    ok: p50 < 1 && times.every(({ error }) => error === 13),
  };
}

async function measureFlood({ stack, prompt, servers }: Bench, flood: string): Promise<Row[]> {
  await prompt.page.evaluate(() => {
    (window as unknown as { benchClock: Clock }).benchClock.longestFrame = 0;
  });
  const started = performance.now();
  const held = stack.hold(flood, [String(servers.port), String(floodConnections)]);
  await prompt.card.getByText(`+${floodConnections - 1} waiting`).waitFor();
  const counted = performance.now() - started;
  const cards = await prompt.card.count();
  const { longestFrame } = await readClock(prompt);
  await prompt.answer('allow', { lifetime: 'once', scope: 'anything' });
  await held.ended;
  return [
    {
      what: `flood of ${floodConnections} addresses: cards`,
      budget: '1',
      measured: `${cards} (all counted after ${counted.toFixed(0)} ms)`,
      ok: cards === 1,
    },
    {
      what: `flood of ${floodConnections} addresses: longest frame`,
      budget: 'under 16 ms',
      measured: `${longestFrame.toFixed(1)} ms`,
      ok: longestFrame < 17,
    },
  ];
}
