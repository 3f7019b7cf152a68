/**
 * Random lives of the engine against the plainest possible reference: a scan over the rules on the disk. After every step
 * nothing may wait that a rule decides, nothing may have been answered that no rule and no answer covers, and no id twice.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { CardView, Lifetime, Scope, Verdict } from '../../../src-preload/contract/model.ts';
import type { Rule } from '../../../src-main/engine/policy/rule.ts';
import type { Connection, HoldAnswer } from '../../../src-main/engine/ports.ts';
import { startBench } from '../fakes/engine-bench.ts';
import type { Bench } from '../fakes/engine-bench.ts';
import { sample } from '../fakes/sample.ts';

const scopes: readonly Scope[] = ['address-port', 'address', 'anything'];
const lifetimes: readonly Lifetime[] = ['while-it-runs', 'until-restart', 'always'];

const connection = fc
  .record({
    path: fc.constantFrom('/a', '/b', '/c\udc80', '/c\udc81'),
    pid: fc.integer({ min: 1, max: 3 }),
    address: fc.constantFrom('127.0.0.1', '127.0.0.2'),
    port: fc.constantFrom(80, 443),
    protocol: fc.constantFrom(6, 17),
    direction: fc.constantFrom('outbound' as const, 'inbound' as const),
    pathCut: fc.integer({ min: 0, max: 9 }).map((number) => number === 0),
  })
  .map(sample);

type Step =
  | { readonly kind: 'hold'; readonly connections: readonly Connection[] }
  | {
      readonly kind: 'answer';
      readonly card: number;
      readonly verdict: Verdict;
      readonly scope: Scope;
      readonly lifetime: Lifetime;
      readonly stale: boolean;
    }
  | { readonly kind: 'settle'; readonly which: number }
  | { readonly kind: 'toggle'; readonly which: number; readonly enabled: boolean }
  | { readonly kind: 'remove'; readonly which: number }
  | { readonly kind: 'undo' }
  | { readonly kind: 'postpone'; readonly card: number }
  | { readonly kind: 'lose' }
  | { readonly kind: 'restart' };

const index = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('hold' as const),
      connections: fc.array(connection, { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      card: index,
      verdict: fc.constantFrom('allow' as const, 'block' as const),
      scope: fc.constantFrom(...scopes),
      lifetime: fc.constantFrom('once' as const, ...lifetimes),
      stale: fc.integer({ min: 0, max: 5 }).map((number) => number === 0),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const), which: index }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('toggle' as const),
      which: index,
      enabled: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), which: index }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'undo' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('postpone' as const), card: index }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'lose' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

test('nothing waits that a rule decides, and no answer reaches what it does not cover', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      let bench = await startBench();
      for (const one of steps) {
        // oxlint-disable-next-line no-await-in-loop -- one step after the other
        bench = await play(bench, one);
      }
      await bench.engine.stop();
      bench.store.close();
    }),
    { numRuns: 150 },
  );
}, 120_000);

async function play(bench: Bench, one: Step): Promise<Bench> {
  if (one.kind === 'restart') return bench.restart();
  const before = new Map(bench.driver.answered);
  const cards = bench.engine.promptState().cards;
  const waiting = new Map(bench.driver.held);
  const asked = one.kind === 'answer' ? cards[one.card % Math.max(1, cards.length)] : undefined;
  await act(bench, one, asked);
  check(bench, { before, waiting, one, asked });
  return bench;
}

async function act(
  { engine, driver }: Bench,
  one: Step,
  asked: CardView | undefined,
): Promise<void> {
  const { handlers } = engine;
  switch (one.kind) {
    case 'hold':
      driver.hold(...one.connections);
      return;
    case 'answer': {
      if (asked === undefined) return;
      const { verdict, scope, lifetime } = one;
      const revision = asked.revision - (one.stale ? 1 : 0);
      const { cardId } = asked;
      const result = await handlers.answerPrompt({ cardId, revision, verdict, scope, lifetime });
      expect(result.ok).toBe(!one.stale && asked.lifetimes.includes(lifetime));
      return;
    }
    case 'settle': {
      const id = [...driver.held.keys()][one.which];
      if (id !== undefined) driver.settle(id, 'endpoint-closed');
      return;
    }
    case 'toggle':
    case 'remove': {
      const page = await handlers.listRules({ text: '', offset: one.which, limit: 1 });
      const ruleId = page.ok ? page.value.rules[0]?.ruleId : undefined;
      if (ruleId === undefined) return;
      if (one.kind === 'remove') await handlers.removeRules({ ruleIds: [ruleId] });
      else await handlers.setRuleEnabled({ ruleId, enabled: one.enabled });
      return;
    }
    case 'undo': {
      const { undo } = engine.promptState();
      if (undo !== null) await handlers.undoAnswer({ undoId: undo.undoId });
      return;
    }
    case 'postpone': {
      const card = engine.promptState().cards[one.card];
      if (card !== undefined) await handlers.postponePrompt({ cardId: card.cardId });
      return;
    }
    case 'lose':
      driver.lose();
      driver.connect();
      return;
    case 'restart':
      return;
  }
}

interface Before {
  readonly before: ReadonlyMap<bigint, HoldAnswer>;
  readonly waiting: ReadonlyMap<bigint, Connection>;
  readonly one: Step;
  readonly asked: CardView | undefined;
}

function check({ driver, store, engine }: Bench, { before, waiting, one, asked }: Before): void {
  expect(driver.faults).toEqual([]);
  const loaded = store.loadRules();
  if (!loaded.ok) throw new Error(loaded.error.message);
  for (const held of driver.held.values()) expect(reference(loaded.value, held)).toBeNull();
  expect(engine.managerState().held).toBe(driver.held.size);
  for (const [id, verdict] of driver.answered) {
    const was = waiting.get(id);
    if (before.has(id) || was === undefined) continue;
    const allowed =
      reference(loaded.value, was) ?? (one.kind === 'answer' ? onceOf(one, asked, was) : null);
    expect(verdict).toBe(allowed);
  }
  const shown = engine.promptState().cards.reduce((sum, card) => sum + card.waiting, 0);
  expect(shown).toBe(driver.held.size);
}

/** The verdict of the rules, by their published precedence and nothing else. */
function reference(rules: readonly Rule[], asking: Connection): Verdict | null {
  for (const scope of scopes) {
    for (const lifetime of lifetimes) {
      const rule = rules.find(
        (one) => scopeOf(one) === scope && one.lifetime === lifetime && covers(one, asking),
      );
      if (rule !== undefined) return rule.verdict === 'allow' ? 'allow' : 'block';
    }
  }
  return null;
}

function scopeOf({ place, ports }: Rule): Scope {
  if (place.kind === 'anything') return 'anything';
  return ports === null ? 'address' : 'address-port';
}

function covers(rule: Rule, { path, pathCut, process, target }: Connection): boolean {
  const key = pathCut ? `${path}\0${process.id}:${process.created}` : path;
  const { address, port, protocol, direction } = target;
  return (
    rule.enabled &&
    rule.subject.key === key &&
    rule.direction === direction &&
    (rule.place.kind === 'address' ? rule.place.address : address) === address &&
    (rule.ports?.[0]?.first ?? port) === port &&
    (rule.protocol ?? protocol) === protocol &&
    (rule.lifetime !== 'while-it-runs' || rule.processes.some(({ id }) => id === process.id))
  );
}

function onceOf(
  one: Extract<Step, { kind: 'answer' }>,
  asked: CardView | undefined,
  { path, target }: Connection,
): Verdict | null {
  if (one.lifetime !== 'once' || asked === undefined || asked.subject.path !== path) return null;
  const about = asked.target;
  const sameAddress = about.address === target.address && about.direction === target.direction;
  const samePort = about.port === target.port && about.protocol.number === target.protocol;
  if (one.scope === 'address-port' && !(sameAddress && samePort)) return null;
  if (one.scope === 'address' && !sameAddress) return null;
  return about.direction === target.direction ? one.verdict : null;
}
