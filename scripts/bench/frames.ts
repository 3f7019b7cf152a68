/**
 * How long a page's main thread works for each frame, from Chromium's own trace: the time between two animation frames
 * is that of the display, whatever the page does, and says only whether a frame was missed.
 */
import type { Browser, Page } from 'playwright-core';

/** Of a 60 Hz display. */
const FRAME_US = 1_000_000 / 60;

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** The most work that fell into the time of one frame: on the clock, and of the processor, which another program's load
 * doesn't change. */
export interface FrameWork {
  readonly clockMs: number;
  readonly processorMs: number;
}

/** Traces from now on; `end` ends it. */
export async function traceFrames(
  browser: Browser,
  page: Page,
): Promise<{ end(): Promise<FrameWork> }> {
  const categories = ['toplevel', 'disabled-by-default-devtools.timeline'];
  await browser.startTracing(page, { categories });
  return {
    async end() {
      const trace = JSON.parse((await browser.stopTracing()).toString()) as {
        traceEvents: TraceEvent[];
      };
      const tasks = tasksOf(trace.traceEvents);
      return {
        clockMs: mostInOneFrame(tasks, ({ dur = 0 }) => dur),
        processorMs: mostInOneFrame(tasks, ({ tdur = 0 }) => tdur),
      };
    },
  };
}

/** Tasks of the pages' main threads, oldest first, none inside another. */
function tasksOf(events: readonly TraceEvent[]): TraceEvent[] {
  const threads = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  const tasks = events.filter(
    ({ name, pid, tid, ph }) =>
      ph === 'X' && name.endsWith('RunTask') && threads.has(`${pid}/${tid}`),
  );
  if (tasks.length === 0) throw new Error('the trace has no task of a page');
  return outermost(tasks.toSorted((a, b) => a.ts - b.ts));
}

function outermost(tasks: readonly TraceEvent[]): TraceEvent[] {
  let end = 0;
  return tasks.filter(({ ts, dur = 0 }) => {
    const isInner = ts < end;
    if (!isInner) end = ts + dur;
    return !isInner;
  });
}

/** In milliseconds. The frame begins with any task. */
function mostInOneFrame(
  tasks: readonly TraceEvent[],
  microseconds: (task: TraceEvent) => number,
): number {
  const window: TraceEvent[] = [];
  let most = 0;
  for (const task of tasks) {
    window.push(task);
    while (window[0] !== undefined && window[0].ts < task.ts - FRAME_US) window.shift();
    most = Math.max(
      most,
      window.reduce((sum, one) => sum + microseconds(one), 0),
    );
  }
  return most / 1000;
}
