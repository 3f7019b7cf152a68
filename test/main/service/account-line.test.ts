/** A standard user's agent over its line to a real engine: what is another account's is out of reach, whatever is sent. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answererCalls } from '../../../src-preload/contract/answerer.ts';
import { type CallName, calls } from '../../../src-preload/contract/calls.ts';
import type { PromptState } from '../../../src-preload/contract/model.ts';
import { accountApp } from '../../../src-main/account-app.ts';
import { type JoinedLine, joinLine } from '../../../src-main/service/joined-line.ts';
import { type Line, openLine } from '../../../src-main/service/line-server.ts';
import { agentTerms } from '../../../src-main/service/line-terms.ts';
import { newSecret } from '../../../src-main/line/presence.ts';
import { type Bench, startBench } from '../fakes/engine-bench.ts';
import { hands } from '../fakes/hands.ts';
import { sample } from '../fakes/sample.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const OF_ANN = 2000;
const OF_BEN = 3000;
const accounts = {
  accountOf: ({ id }: { readonly id: bigint }) =>
    ({ 2: 'ann', 3: 'ben' })[(Number(id) / 1000) | 0] ?? null,
};

let bench: Bench;
let line: Line | null;
let ben: JoinedLine;
let told: PromptState[];
const { cards, verdicts } = hands(() => bench);

beforeEach(async () => {
  bench = await startBench(undefined, { accounts });
  const answerer = bench.engine.answererFor({ id: 'ben', name: 'Ben' });
  const app = accountApp({
    part: {
      promptState: () => answerer.promptState(),
      managerState: () => answerer.managerState(),
      call: (name, input) => answerer.handlers[name](input as never),
    },
    onChange: (listener) => bench.engine.onChange(listener),
    logError: () => {},
  });
  told = [];
  const at = { address: `${temporaryFolder()}/agent.sock`, secret: newSecret() };
  line = await openLine({ ...at, version: '1', app, terms: agentTerms, isOpenToAll: true });
  const joined = await joinLine(at, {
    version: '1',
    events: agentTerms.events,
    onState: (_event, state) => void told.push(state as PromptState),
  });
  if (joined.kind !== 'joined') throw new Error(joined.kind);
  ben = joined.line;
});
afterEach(() => {
  ben.close();
  line?.close();
});

test("an agent sees its account's cards and no trace of others", async () => {
  bench.driver.hold(sample({ pid: OF_ANN, path: '/usr/bin/secret-of-ann' }));
  bench.driver.hold(sample({ pid: OF_BEN, path: '/usr/bin/wget' }));
  const state = await ben.call('answerer', 'readPrompt', null);
  expect(state).toMatchObject({ ok: true, value: { cards: [{ subject: { name: 'wget' } }] } });
  expect(JSON.stringify([state, told])).not.toContain('secret-of-ann');
});

test("a card of another account's is neither answered, set aside nor kept up, and none that is guessed", async () => {
  const [anns = 0n] = bench.driver.hold(sample({ pid: OF_ANN }));
  const [card] = cards();
  if (card === undefined) throw new Error('no card');
  const own = { cardId: card.cardId, revision: card.revision };
  const answer = { ...own, verdict: 'allow', scope: 'anything', lifetime: 'once' };
  for (const cardId of [card.cardId, '0', '1', '2', 'card-1', '__proto__']) {
    for (const [name, input] of [
      ['answerPrompt', { ...answer, cardId }],
      ['postponePrompt', { cardId }],
      ['touchPrompt', { cardId }],
      ['undoAnswer', { undoId: cardId }],
    ] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one call after the other
      expect(await ben.call('answerer', name, input)).toMatchObject({ ok: false });
    }
  }
  expect(verdicts([anns])).toEqual(['waiting']);
});

test('an answer counts once: sent again it is refused, and longer than it runs it never is', async () => {
  const [id = 0n] = bench.driver.hold(sample({ pid: OF_BEN }));
  const [card] = cards();
  if (card === undefined) throw new Error('no card');
  const input = {
    cardId: card.cardId,
    revision: card.revision,
    verdict: 'allow',
    scope: 'anything',
  };
  for (const lifetime of ['always', 'until-restart', 'for-ever']) {
    // oxlint-disable-next-line no-await-in-loop -- one call after the other
    expect(await ben.call('answerer', 'answerPrompt', { ...input, lifetime })).toMatchObject({
      ok: false,
    });
  }
  const older = { ...input, revision: card.revision - 1, lifetime: 'once' };
  expect(await ben.call('answerer', 'answerPrompt', older)).toMatchObject({ ok: false });
  expect(verdicts([id])).toEqual(['waiting']);
  const twice = await Promise.all([
    ben.call('answerer', 'answerPrompt', { ...input, lifetime: 'once' }),
    ben.call('answerer', 'answerPrompt', { ...input, lifetime: 'once' }),
  ]);
  expect(twice).toMatchObject([{ ok: true }, { ok: false }]);
  expect(verdicts([id])).toEqual(['allow']);
});

test('no call of a manager reaches the engine over it', async () => {
  const names = Object.keys(calls) as CallName[];
  const own = new Set<string>(answererCalls);
  for (const name of names.filter((one) => !own.has(one))) {
    // oxlint-disable-next-line no-await-in-loop -- one call after the other
    expect(await ben.call('answerer', name, null)).toMatchObject({ ok: false, code: 'refused' });
  }
});
