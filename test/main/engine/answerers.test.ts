/** Standard users who answer for their own programs (docs/adr/0079): what is theirs, and everything that is not. */
import { beforeEach, describe, expect, test } from 'vitest';

import { calls } from '../../../src-preload/contract/calls.ts';
import { answererCalls } from '../../../src-preload/contract/answerer.ts';
import { mayCall } from '../../../src-preload/contract/command-line.ts';
import type { CardView, Lifetime, PromptAnswer } from '../../../src-preload/contract/model.ts';
import type { Answerer } from '../../../src-main/engine/prompts/answerer.ts';
import { UNDO_MS } from '../../../src-main/engine/limits.ts';
import { startBench } from '../fakes/engine-bench.ts';
import type { Bench } from '../fakes/engine-bench.ts';
import { hands } from '../fakes/hands.ts';
import { sample } from '../fakes/sample.ts';

/** Ann's processes are 2000 to 2999, Ben's 3000 to 3999; others are somebody's of whom nothing is known. */
const accounts = {
  accountOf: ({ id }: { readonly id: bigint }) =>
    ({ 2: 'ann', 3: 'ben' })[(Number(id) / 1000) | 0] ?? null,
};
const OF_ANN = 2000;
const OF_BEN = 3000;

let bench: Bench;
let ann: Answerer;
let ben: Answerer;
const { cards, answer, rules, verdicts } = hands(() => bench);

beforeEach(async () => {
  bench = await startBench(undefined, { accounts });
  ann = bench.engine.answererFor({ id: 'ann', name: 'Ann' });
  ben = bench.engine.answererFor({ id: 'ben', name: 'Ben' });
});

const cardOf = (answerer: Answerer): CardView => {
  const [card] = answerer.promptState().cards;
  if (card === undefined) throw new Error('there is no card');
  return card;
};

const saying = (
  { cardId, revision }: CardView,
  lifetime: Lifetime = 'once',
  verdict: PromptAnswer['verdict'] = 'allow',
): PromptAnswer => ({ cardId, revision, verdict, scope: 'anything', lifetime });

describe('an account', () => {
  test('sees its own cards, each with what it may choose', () => {
    bench.driver.hold(sample({ pid: OF_ANN }), sample({ pid: OF_BEN, path: '/usr/bin/wget' }));
    bench.driver.hold(sample({ pid: 1000, path: '/usr/sbin/service' }));
    expect(ann.promptState().cards.map(({ subject }) => subject.name)).toEqual(['curl']);
    expect(ben.promptState().cards.map(({ subject }) => subject.name)).toEqual(['wget']);
    expect(ann.promptState().isAnswerer).toBe(true);
    expect(cardOf(ann)).toMatchObject({
      lifetimes: ['once', 'while-it-runs'],
      recommended: { lifetime: 'while-it-runs' },
    });
    expect(cards()).toHaveLength(3);
    expect(cards().map(({ account }) => account)).toEqual(['ann', 'ben', undefined]);
  });

  test('and another one that run the same program are asked apart, and neither settles for the other', async () => {
    const ids = bench.driver.hold(sample({ pid: OF_ANN }), sample({ pid: OF_BEN }));
    expect(await ann.handlers.answerPrompt(saying(cardOf(ann)))).toMatchObject({ ok: true });
    expect(verdicts(ids)).toEqual(['allow', 'waiting']);
    expect(ann.promptState().cards).toEqual([]);
    expect(ben.promptState().cards).toHaveLength(1);
  });

  test('answers for its processes while they run, and no other asks less for it', async () => {
    const [first] = bench.driver.hold(sample({ pid: OF_ANN }), sample({ pid: OF_BEN }));
    await ann.handlers.answerPrompt(saying(cardOf(ann), 'while-it-runs'));
    expect(verdicts([first ?? 0n])).toEqual(['allow']);
    const again = bench.driver.hold(
      sample({ pid: OF_ANN, address: '10.0.0.1' }),
      sample({ pid: OF_ANN + 1, address: '10.0.0.1' }),
      sample({ pid: OF_BEN, address: '10.0.0.1' }),
    );
    expect(verdicts(again)).toEqual(['allow', 'waiting', 'waiting']);
    const [rule] = await rules();
    expect(rule).toMatchObject({ note: 'Answered by Ann.', lifetime: 'while-it-runs' });
  });

  test('can make nothing that lasts, however it asks', async () => {
    const ids = bench.driver.hold(sample({ pid: OF_ANN }));
    for (const lifetime of ['until-restart', 'always'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await ann.handlers.answerPrompt(saying(cardOf(ann), lifetime))).toMatchObject({
        code: 'refused',
      });
    }
    expect(verdicts(ids)).toEqual(['waiting']);
    expect(await rules()).toEqual([]);
  });

  test('can neither answer, postpone nor keep a card of another’s, nor one of nobody known', async () => {
    const ids = bench.driver.hold(sample({ pid: OF_BEN }), sample({ pid: 1000 }));
    for (const card of cards()) {
      const { cardId } = card;
      const all = [
        ann.handlers.answerPrompt(saying(card)),
        ann.handlers.postponePrompt({ cardId }),
        ann.handlers.touchPrompt({ cardId }),
      ];
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      for (const result of await Promise.all(all)) {
        expect(result).toMatchObject({ ok: false, code: 'not-found' });
      }
    }
    expect(verdicts(ids)).toEqual(['waiting', 'waiting']);
    expect(bench.driver.kept).toBe(0);
  });

  test('takes back its own answer, for half a minute, and nobody else’s', async () => {
    bench.driver.hold(sample({ pid: OF_ANN }), sample({ pid: OF_BEN, path: '/usr/bin/wget' }));
    await ann.handlers.answerPrompt(saying(cardOf(ann), 'while-it-runs'));
    await ben.handlers.answerPrompt(saying(cardOf(ben), 'while-it-runs'));
    const undoId = ann.promptState().undo?.undoId ?? '';
    expect(bench.engine.promptState().undo).toBeNull();
    expect(await ben.handlers.undoAnswer({ undoId })).toMatchObject({ code: 'not-found' });
    expect(await ann.handlers.undoAnswer({ undoId })).toMatchObject({ ok: true });
    expect((await rules()).map(({ note }) => note)).toEqual(['Answered by Ben.']);
    expect(await ann.handlers.undoAnswer({ undoId })).toMatchObject({ code: 'not-found' });
    bench.clock.pass(UNDO_MS + 1);
    expect(ben.promptState().undo).toBeNull();
  });

  test('takes back nothing of an administrator’s', async () => {
    bench.driver.hold(sample({ pid: OF_ANN }));
    await answer('block', 'anything', 'always');
    const undoId = bench.engine.promptState().undo?.undoId ?? '';
    expect(undoId).not.toBe('');
    expect(await ann.handlers.undoAnswer({ undoId })).toMatchObject({ code: 'not-found' });
    expect(await rules()).toHaveLength(1);
  });

  test('is not asked about what an administrator has a rule for', async () => {
    bench.driver.hold(sample({ pid: 1000 }));
    await answer('block', 'anything', 'always');
    const ids = bench.driver.hold(sample({ pid: OF_ANN, address: '10.0.0.9' }));
    expect(verdicts(ids)).toEqual(['block']);
    expect(ann.promptState().cards).toEqual([]);
  });

  test('cannot answer a card that has changed, or that an administrator was first with', async () => {
    bench.driver.hold(sample({ pid: OF_ANN }));
    const shown = cardOf(ann);
    await answer('block', 'anything', 'once');
    expect(await ann.handlers.answerPrompt(saying(shown))).toMatchObject({ code: 'not-found' });
    const [, second] = bench.driver.hold(
      sample({ pid: OF_ANN, address: '10.0.0.1' }),
      sample({ pid: OF_ANN, address: '10.0.0.2' }),
    );
    const before = cardOf(ann);
    bench.driver.settle((second ?? 0n) - 1n, 'endpoint-closed');
    expect(await ann.handlers.answerPrompt(saying(before))).toMatchObject({ code: 'stale' });
    expect(verdicts([second ?? 0n])).toEqual(['waiting']);
  });

  test('is told nothing of the rest: neither lists, pauses, what happened away, nor how much waits', async () => {
    bench.driver.hold(sample({ pid: OF_ANN }), sample({ pid: OF_BEN }), sample({ pid: 1000 }));
    const [last = 0n] = bench.driver.hold(sample({ pid: 1000, path: '/usr/bin/secret' }));
    bench.driver.settle(last, 'watchdog');
    await bench.engine.handlers.pause({ ruleId: null, minutes: 5 });
    const text = JSON.stringify([ann.managerState(), ann.promptState()]);
    expect(text).not.toContain('secret');
    expect(ann.managerState()).toMatchObject({ away: [], blocklists: [], mode: { pauses: [] } });
  });

  test('counts what waits for itself', () => {
    bench.driver.hold(sample({ pid: OF_ANN }), sample({ pid: OF_ANN, address: '10.1.1.1' }));
    bench.driver.hold(sample({ pid: OF_BEN }));
    expect(ann.managerState()).toMatchObject({ held: 2, cards: 1 });
  });
});

describe('the journal', () => {
  test('says whose answer it was, once and for as long as a rule of it decides', async () => {
    bench.driver.hold(sample({ pid: OF_ANN }), sample({ pid: OF_BEN }));
    await ann.handlers.answerPrompt(saying(cardOf(ann)));
    await ben.handlers.answerPrompt(saying(cardOf(ben), 'while-it-runs', 'block'));
    bench.driver.hold(sample({ pid: 1000 }));
    await answer('allow', 'anything', 'once');
    const page = await bench.engine.handlers.readJournal({ limit: 10 });
    const lines = page.ok ? page.value.lines : [];
    expect(lines.map(({ by, answeredBy }) => [by, answeredBy])).toEqual([
      ['answer', undefined],
      ['rule', 'Ben'],
      ['answer', 'Ann'],
    ]);
  });
});

test('an account may make the calls of its prompt and none besides', () => {
  const may = (Object.keys(calls) as (keyof typeof calls)[]).filter((name) =>
    mayCall('answerer', name),
  );
  expect(may.toSorted()).toEqual([...answererCalls].toSorted());
  for (const name of answererCalls) expect(calls[name].role).toBe('prompt');
});

test('where accounts are not asked apart, one program is one card', async () => {
  const together = await startBench();
  together.driver.hold(sample({ pid: OF_ANN }), sample({ pid: OF_BEN }));
  expect(together.engine.promptState().cards).toHaveLength(1);
  expect(together.engine.promptState().cards[0]).not.toHaveProperty('account');
  const nobody = together.engine.answererFor({ id: 'ann', name: 'Ann' });
  expect(nobody.promptState().cards).toEqual([]);
});

test('an account of ten thousand questions leaves the others theirs', () => {
  const many = Array.from({ length: 4000 }, (_, index) =>
    sample({ pid: OF_ANN + (index % 900), path: `/home/ann/${index}` }),
  );
  bench.driver.hold(...many);
  bench.driver.hold(sample({ pid: OF_BEN }));
  expect(cardOf(ben).subject.name).toBe('curl');
});
