/** Much of everything: what matters is that it stays bounded and one card, not how fast this machine is. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { expect, test } from 'vitest';

import { startBench, storeAt } from '../fakes/engine-bench.ts';
import { sample } from '../fakes/sample.ts';
import { temporaryFolder } from '../fakes/temporary-folder.ts';

const MANY_RULES = 100_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('10 000 connections of one program: one card, at most 4 096 held, all others answered', async () => {
  const bench = await startBench();
  for (let index = 0; index < 100; index += 1) {
    bench.driver.hold(
      ...Array.from({ length: 100 }, (_, port) => sample({ address: `127.0.${index}.1`, port })),
    );
  }
  const [card, ...others] = bench.engine.promptState().cards;
  expect(others).toEqual([]);
  expect(card?.waiting).toBe(4096);
  expect(bench.driver.answered.size).toBe(10_000 - 4096);
  const away = bench.engine.managerState();
  expect(away.away.length).toBeLessThanOrEqual(1000);
  const { cardId, revision } = card ?? { cardId: '', revision: 0 };
  const answer = { verdict: 'allow', scope: 'anything', lifetime: 'always' } as const;
  const acked = await bench.engine.handlers.answerPrompt({ cardId, revision, ...answer });
  expect(acked).toMatchObject({ value: { settled: 4096 } });
  expect(bench.driver.held.size).toBe(0);
  expect(bench.driver.calls).toBeLessThan(100);
  expect(bench.driver.faults).toEqual([]);
});

test('4 096 programs at once: one card each, the page gets the first 64', async () => {
  const bench = await startBench();
  bench.driver.hold(
    ...Array.from({ length: 4096 }, (_, index) => sample({ path: `/opt/${index}` })),
  );
  expect(bench.engine.managerState().cards).toBe(4096);
  expect(bench.engine.promptState().cards.map(({ subject }) => subject.name)).toEqual(
    Array.from({ length: 64 }, (_, index) => String(index)),
  );
  expect(bench.identity.factsAsked).toBe(64);
});

test('memory stays flat over 200 000 connections that come and go', async () => {
  const bench = await startBench();
  bench.driver.hold(sample());
  const [card] = bench.engine.promptState().cards;
  const { cardId, revision } = card ?? { cardId: '', revision: 0 };
  const answer = { verdict: 'block', scope: 'anything', lifetime: 'always' } as const;
  await bench.engine.handlers.answerPrompt({ cardId, revision, ...answer });
  const round = async (times: number) => {
    for (let index = 0; index < times; index += 1) {
      const ids = bench.driver.hold(
        ...Array.from({ length: 100 }, () => sample({ port: index % 65_536 })),
      );
      for (const id of ids) bench.driver.settle(id, 'answered');
      bench.driver.answered.clear();
      // oxlint-disable-next-line no-await-in-loop -- lets answers resolve
      await Promise.resolve();
    }
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  await round(500);
  const before = await round(500);
  const after = await round(1000);
  expect((after - before) / 2 ** 20).toBeLessThan(8);
});

test('100 000 rules load, match the right program and are searched', async () => {
  const file = path.join(temporaryFolder(), 'portreeve.db');
  storeAt(file).close();
  fill(file);
  const bench = await startBench(file);
  const ids = bench.driver.hold(
    sample({ path: '/opt/99999' }),
    sample({ path: '/opt/99998' }),
    sample({ path: '/opt/100000' }),
  );
  expect(ids.map((id) => bench.driver.answered.get(id))).toEqual(['block', 'allow', undefined]);
  const page = await bench.engine.handlers.listRules({ text: '/opt/4242', offset: 0, limit: 500 });
  expect(page).toMatchObject({ ok: true, value: { total: 11 } });
});

/** Straight into the tables: the store itself writes each rule durably, one by one. */
function fill(file: string): void {
  const database = new DatabaseSync(file);
  const subject = database.prepare('INSERT INTO subject VALUES (?, ?, ?, ?, ?)');
  const rule = database.prepare(
    `INSERT INTO rule (rule_id, subject_id, verdict, with_children, place, direction, lifetime, enabled,
       created_at, hits) VALUES (?, ?, ?, 0, 'anything', 'outbound', 'always', 1, 1, 0)`,
  );
  database.exec('BEGIN');
  for (let index = 0; index < MANY_RULES; index += 1) {
    const text = Buffer.from(`/opt/${index}`, 'utf16le');
    subject.run(index + 1, 'path', text, Buffer.from(String(index), 'utf16le'), text);
    rule.run(index + 1, index + 1, index % 2 === 0 ? 'allow' : 'block');
  }
  database.exec('COMMIT');
  database.close();
}
