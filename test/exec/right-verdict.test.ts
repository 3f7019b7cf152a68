/** Many programs at once with answers of all kinds: each gets its own verdict, whatever else happens. */
import { expect, test } from 'vitest';
import { type Held, Lab, until, words } from './lab.ts';
import { startTcp } from './servers.ts';

type Fate = 'allow' | 'block' | 'kill';

const programCount = 60;
const fates: readonly Fate[] = ['allow', 'block', 'kill'];

/** A small generator with a seed, so that a failure can be repeated. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

function decide(lab: Lab, held: Held, fate: Fate): void {
  if (fate === 'kill') process.kill(Number(held.connection.process.id), 'SIGKILL');
  else void lab.client.answer([held], fate);
}

interface Run {
  readonly fates: readonly Fate[];
  /** What each program printed, or `kill`. */
  readonly outcomes: readonly string[];
}

const outcomeOf = { allow: '0', block: 'EACCES', kill: 'kill' } as const;

/** Holds all programs, each at an address of its own, and lets each meet its fate in a random order. */
async function runAll(mode: string): Promise<Run> {
  const lab = await Lab.start('block', ['--reauthorize', mode, '--seed', '7']);
  const tcp = await startTcp();
  const random = randomFrom(7);
  const plan = Array.from({ length: programCount }, (_, index): [string, Fate] => [
    `127.0.60.${index + 1}`,
    fates[Math.floor(random() * fates.length)] ?? 'allow',
  ]);
  const programs = plan.map(([address]) => lab.caller('connect', address, tcp.port));
  await until('all to be held', () => lab.client.held().length === programCount);
  const fateOf = new Map(plan);
  for (const held of shuffle(lab.client.held(), random)) {
    decide(lab, held, fateOf.get(held.connection.target.address) ?? 'kill');
  }
  const ended = await Promise.all(programs.map((program) => program.ended));
  const outcomes = ended.map((end) => (end.code === 'SIGKILL' ? 'kill' : (words(end)[0] ?? '')));
  const through = outcomes.filter((outcome) => outcome === outcomeOf.allow).length;
  await until('the server to see them', () => tcp.received.length === through);
  tcp.close();
  await lab.stop();
  return { fates: plan.map(([, fate]) => fate), outcomes };
}

test.each(['inside', 'later'])(
  'with reauthorization %s every program gets its own verdict',
  async (mode) => {
    const run = await runAll(mode);
    expect(run.outcomes).toEqual(run.fates.map((fate) => outcomeOf[fate]));
  },
);

test('when a reauthorization may never come, what was blocked is blocked all the same', async () => {
  const { fates: planned, outcomes } = await runAll('random');
  const possible = { allow: ['0', 'EACCES'], block: ['EACCES'], kill: ['kill'] };
  planned.forEach((fate, index) => expect(possible[fate]).toContain(outcomes[index]));
});
