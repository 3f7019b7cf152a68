/** Rules that are being written: what they would be, and what they would have done. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { Result } from '../../../src-preload/contract/model.ts';
import type { Subject } from '../../../src-main/engine/ports.ts';
import { type Bench, fakeIdentity, startBench } from '../fakes/engine-bench.ts';
import { hands } from '../fakes/hands.ts';
import { ruleInput } from '../fakes/rule-inputs.ts';
import { sample } from '../fakes/sample.ts';

const path = '/opt/harbour';
const signer: Subject = { kind: 'signer', key: '["Harbour"]', name: 'harbour', path };
let bench: Bench;
const { answer, cards, rules } = hands(() => bench);

async function value<T>(call: Promise<Result<T>>): Promise<T> {
  const result = await call;
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

beforeEach(async () => {
  const identity = fakeIdentity();
  identity.callerOf = () =>
    Promise.resolve({
      subject: signer,
      subjects: [signer, identity.subjectOf(path)],
      ancestors: [],
      complete: true,
    });
  bench = await startBench(undefined, { identity });
});
afterEach(async () => {
  await bench.engine.stop();
});

async function seenLine() {
  bench.driver.hold(sample({ path, port: 443 }), sample({ path, port: 80 }));
  await vi.waitFor(() => {
    bench.clock.pass(300);
    expect(cards()[0]).toMatchObject({ subject: { kind: 'signer' }, waiting: 2 });
  });
  await answer('allow', 'anything', 'once');
  const page = await value(bench.engine.handlers.readJournal({ limit: 10 }));
  return page.lines[0]!;
}

describe('a rule for a program that was seen', () => {
  test('is for what the program is known by, and decides its next connection', async () => {
    const { lineId, subject } = await seenLine();
    expect(subject.kind).toBe('signer');
    const input = ruleInput({ verdict: 'block' });
    const seen = { ...input, subject: { kind: 'seen', lineId } } as const;
    expect(await value(bench.engine.handlers.previewRule(seen))).toMatchObject({
      subject: { kind: 'signer', name: 'harbour' },
      verdict: 'block',
    });
    expect(await value(bench.engine.handlers.rehearseRule(seen))).toMatchObject({
      decided: 2,
      otherwise: 2,
    });
    expect(await rules()).toEqual([]);
    await value(bench.engine.handlers.addRule(seen));
    expect((await rules())[0]?.subject.kind).toBe('signer');
  });

  test('whose line is gone is refused', async () => {
    const seen = { ...ruleInput(), subject: { kind: 'seen', lineId: '999' } } as const;
    for (const call of ['previewRule', 'addRule', 'rehearseRule'] as const) {
      expect(await bench.engine.handlers[call](seen)).toMatchObject({
        ok: false,
        code: 'bad-subject',
      });
    }
  });
});

describe('a rule that is being changed', () => {
  test('is shown and rehearsed as it would be, without what it was, and stays as it is', async () => {
    await seenLine();
    const all = { ...ruleInput(), subject: { kind: 'path', text: path } } as const;
    const { ruleId } = await value(bench.engine.handlers.addRule(all));
    const edit = { ruleId, verdict: 'block', ports: '80' } as const;
    expect(await value(bench.engine.handlers.previewRule(edit))).toMatchObject({
      ruleId,
      verdict: 'block',
      ports: [{ first: 80, last: 80 }],
    });
    expect(await value(bench.engine.handlers.rehearseRule(edit))).toMatchObject({
      decided: 1,
      otherwise: 1,
    });
    expect((await rules())[0]).toMatchObject({ verdict: 'allow', ports: null });
  });

  test.each([
    [{ place: '10.0.0' }, 'bad-place'],
    [{ ports: '70000' }, 'bad-ports'],
  ])('with %j is refused as %s', async (terms, code) => {
    const { ruleId } = await value(bench.engine.handlers.addRule(ruleInput()));
    expect(await bench.engine.handlers.previewRule({ ruleId, ...terms })).toMatchObject({ code });
    expect(await bench.engine.handlers.previewRule({ ...ruleInput(), ...terms })).toMatchObject({
      code,
    });
  });

  test('and that is gone is not found', async () => {
    const call = bench.engine.handlers.previewRule({ ruleId: '77', note: 'x' });
    expect(await call).toMatchObject({ code: 'not-found' });
  });
});
