/** From a program's connect() to the painted card and back, with a real program, the real driver code and a real browser. */
import { performance } from 'node:perf_hooks';
import type { Browser } from 'playwright-core';
import {
  type Servers,
  type Stack,
  compileProgram,
  serveMany,
  startStack,
} from '../../test/e2e/stack.ts';
import { PromptWindow, launchBrowser } from '../../test/e2e/windows.ts';
import { traceFrames } from './frames.ts';
import { mebibytes, residentBytes } from './memory.ts';
import { type Row, percentile, timeRow } from './row.ts';

const rounds = 40;
const floodConnections = 1000;
const floodMs = 5000;
/** The driver holds so many of one process; the others get the default at once. */
const heldOfFlood = 256;

interface Bench {
  readonly browser: Browser;
  readonly stack: Stack;
  readonly prompt: PromptWindow;
  readonly servers: Servers;
}

const flat = 1.1;

/** All rows of this file; each needs Linux, a C compiler and Chromium. */
export async function run(): Promise<Row[]> {
  const program = compileProgram('connect_timed.c', 'bench-connect');
  const flood = compileProgram('connect_many.c', 'bench-flood');
  const servers = await serveMany(floodConnections);
  const browser = await launchBrowser();
  const stack = await startStack();
  const prompt = await PromptWindow.open(browser, stack.main.ready.prompt);
  const bench = { browser, stack, prompt, servers };
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
 * Notes the wall-clock time of the first frame in which a card with buttons exists, and of clicks. The programs note the
 * same clock.
 */
async function installPaintClock(prompt: PromptWindow): Promise<void> {
  await prompt.page.evaluate(() => {
    const clock = { painted: 0, clicked: 0 };
    Object.assign(window, { benchClock: clock });
    const now = (): number => performance.timeOrigin + performance.now();
    let present = false;
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
  const waits = times.map(({ before, after }) => after - before);
  const [p50, p99] = [percentile(waits, 0.5), percentile(waits, 0.99)];
  return {
    what: 'connect() blocked by a rule',
    budget: 'p99 under 1 ms',
    measured: `p50 ${p50.toFixed(2)}, p99 ${p99.toFixed(2)}, longest ${Math.max(...waits).toFixed(2)} ms (n ${waits.length})`,
    ok: p99 < 1 && times.every(({ error }) => error === 13),
  };
}

/** Twice: what the first one needs once and for all is not growth. */
async function measureFlood(bench: Bench, program: string): Promise<Row[]> {
  await flood(bench, program);
  const before = await memoryOf(bench);
  const { cards, countedMs, work, refused } = await flood(bench, program);
  const after = await memoryOf(bench);
  const what = `flood: ${floodConnections} addresses in ${floodMs / 1000} s`;
  return [
    {
      what: `${what}: cards`,
      budget: '1',
      measured: `${cards}; ${heldOfFlood} held, ${refused} got the default; all counted after ${countedMs.toFixed(0)} ms`,
      ok: cards === 1 && refused === floodConnections - heldOfFlood,
    },
    {
      what: `${what}: most work of the page in one frame`,
      budget: 'under 16 ms',
      measured: `${work.clockMs.toFixed(1)} ms, ${work.processorMs.toFixed(1)} ms of the processor`,
      ok: work.clockMs < 16,
    },
    {
      what: `${what}: memory, page heap and main`,
      budget: 'flat',
      measured: `${mebibytes(before.heap)} -> ${mebibytes(after.heap)}, ${mebibytes(before.main)} -> ${mebibytes(after.main)} MiB`,
      ok: after.heap <= flat * before.heap && after.main <= flat * before.main,
    },
  ];
}

async function flood({ browser, stack, prompt, servers }: Bench, program: string) {
  const traced = await traceFrames(browser, prompt.page);
  const started = performance.now();
  const args = [servers.port, floodConnections, floodMs].map(String);
  const held = stack.hold(program, args);
  await prompt.card.getByText(`+${heldOfFlood - 1} waiting`).waitFor();
  const countedMs = performance.now() - started;
  while (refusedIn(held.output()) < floodConnections - heldOfFlood) {
    await prompt.page.waitForTimeout(100);
  }
  const cards = await prompt.card.count();
  const work = await traced.end();
  await prompt.answer('allow', { lifetime: 'once', scope: 'anything' });
  const refused = refusedIn((await held.ended).output);
  await prompt.card.waitFor({ state: 'detached' });
  return { cards, countedMs, work, refused };
}

/** Lines of connect_many that say EACCES. */
function refusedIn(output: string): number {
  return output.split('\n').filter((line) => line.startsWith('13 ')).length;
}

/** Bytes: of the page's objects after a collection, and of main in memory. */
async function memoryOf({ prompt, stack }: Bench): Promise<{ heap: number; main: number }> {
  const inspector = await prompt.page.context().newCDPSession(prompt.page);
  await inspector.send('HeapProfiler.collectGarbage');
  const { usedSize } = await inspector.send('Runtime.getHeapUsage');
  await inspector.detach();
  return { heap: usedSize, main: residentBytes(stack.main.child.pid) };
}
