/** One meaning, two evaluators: the driver's look-ups in what `compile` made decide as `decidePlain` does. */
import { beforeAll, describe, expect, it } from 'vitest';

import { TableCompiler, compile } from '../../../src-main/engine/policy/compile/compile.ts';
import { decidePlain } from '../../../src-main/engine/policy/compile/plain.ts';
import type {
  PlainConnection,
  PlainPolicy,
  PlainRule,
  PlainSubject,
} from '../../../src-main/engine/policy/compile/plain.ts';
import { Random, randomConnection, randomPolicy } from '../fakes/random-policy.ts';
import { TableQuestions, buildTableProgram, outcomeOf } from '../fakes/table-program.ts';

const POLICIES = 5000;
const CONNECTIONS = 200;
const POLICIES_AT_ONCE = 100;
const SEED = 20_261_123;

let program = '';
beforeAll(async () => {
  program = await buildTableProgram();
}, 120_000);

interface Asked {
  readonly policy: PlainPolicy;
  readonly subjectId: number | null;
  readonly connection: PlainConnection;
}

const rule: PlainRule = {
  rank: 1,
  ruleId: 1,
  outcome: 'block',
  direction: 'both',
  protocol: null,
  addresses: null,
  ports: null,
};
const connection = {
  direction: 'outbound',
  protocol: 6,
  port: 443,
  family: 4,
  address: 1,
} as const;

/** The driver's answers, with the table's own verdict first. */
function askDriver(
  bytes: Uint8Array,
  asked: readonly Asked[],
): { valid: boolean; answers: string[] } {
  const questions = new TableQuestions();
  questions.table(bytes);
  questions.connections(asked);
  const words = questions.ask(program);
  const answers = asked.map(
    (_, index) => `${outcomeOf(words[index * 2 + 1])} ${words[index * 2 + 2]}`,
  );
  return { valid: words[0] === 1, answers };
}

/** One policy's answers; all wrong when its table was not taken. */
function answersOf(words: Uint32Array, from: number): string[] {
  if (words[from] !== 1) return [];
  return Array.from(
    { length: CONNECTIONS },
    (_, at) => `${outcomeOf(words[from + 1 + 2 * at])} ${words[from + 2 + 2 * at]}`,
  );
}

/** With no protocols but those that are in every table. */
function tame({ version, subjects, everybody }: PlainPolicy): PlainPolicy {
  const of = (rules: readonly PlainRule[]) =>
    rules.map((one) => ({ ...one, protocol: one.protocol === null ? null : 6 }));
  const tamed = subjects.map((one) => ({ ...one, rules: of(one.rules) }));
  return { version, subjects: tamed, everybody: of(everybody) };
}

function meant({ policy, subjectId, connection: asked }: Asked): string {
  const decision = decidePlain(policy, subjectId, asked);
  return decision === null ? 'ask 0' : `${decision.outcome} ${decision.ruleId}`;
}

function many(random: Random, policy: PlainPolicy, count: number): Asked[] {
  const subjects = [null, ...policy.subjects.map(({ subjectId }) => subjectId), 4_000_000_000];
  return Array.from({ length: count }, () => ({
    policy,
    subjectId: subjects[random.below(subjects.length)] ?? null,
    connection: randomConnection(random),
  }));
}

describe('rule tables', () => {
  // A few policies at a time, so that memory stays small.
  it('decide a million random connections as the rules mean it', () => {
    const random = new Random(SEED);
    let [wrong, blocked] = [0, 0];
    for (let first = 1; first <= POLICIES; first += POLICIES_AT_ONCE) {
      const questions = new TableQuestions();
      const asked = Array.from({ length: POLICIES_AT_ONCE }, (_, index) => {
        const policy = randomPolicy(random, first + index);
        const connections = many(random, policy, CONNECTIONS);
        questions.table(compile(policy).bytes);
        questions.connections(connections);
        return connections.map(meant);
      });
      const words = questions.ask(program);
      expect(words.length).toBe(POLICIES_AT_ONCE * (1 + 2 * CONNECTIONS));
      asked.forEach((answers, index) => {
        const got = answersOf(words, index * (1 + 2 * CONNECTIONS));
        wrong += answers.filter((answer, at) => answer !== got[at]).length;
        blocked += answers.filter((answer) => answer.startsWith('block')).length;
      });
    }
    expect(wrong).toBe(0);
    expect(blocked).toBeGreaterThan(100_000);
  }, 1_200_000);

  it('are the same bytes for the same rules, in whatever order they come', () => {
    const random = new Random(SEED);
    for (let version = 1; version <= 200; version += 1) {
      const policy = randomPolicy(random, version);
      const copy = structuredClone(policy);
      const turned: PlainPolicy = {
        ...copy,
        subjects: copy.subjects
          .toReversed()
          .map((one) => ({ ...one, rules: one.rules.toReversed() })),
        everybody: copy.everybody.toReversed(),
      };
      expect(compile(turned).bytes).toEqual(compile(policy).bytes);
    }
  });

  it('are the same bytes whatever was compiled before', () => {
    const random = new Random(SEED);
    const compiler = new TableCompiler();
    let subjects: readonly PlainSubject[] = [];
    for (let version = 1; version <= 300; version += 1) {
      // Some stay, some go, some get other rules or paths, some are new: all ids are 7 n + 1.
      const kept = subjects.filter(() => random.below(4) > 0);
      const changed = kept.map((one) => {
        const paths = random.below(8) === 0 ? [`/Moved/${random.below(20)}`] : one.paths;
        return random.below(8) === 0 ? { ...one, paths, rules: [] } : { ...one, paths };
      });
      // Protocols that only some name change the maps of all.
      const next =
        version > 100 ? tame(randomPolicy(random, version)) : randomPolicy(random, version);
      const added = next.subjects.map((one, index) => ({
        ...one,
        subjectId: 1 + random.below(20) * 7,
        paths: [`/opt/${version}/${index}`, ...(index === 0 ? ['/Common'] : [])],
      }));
      const byId = new Map([...added, ...changed].map((one) => [one.subjectId, one]));
      subjects = [...byId.values()];
      const policy = { ...next, subjects };
      const [grown, fresh] = [compiler.compile(policy), compile(policy)];
      expect(Buffer.compare(grown.bytes, fresh.bytes)).toBe(0);
      expect(grown.left).toEqual(fresh.left);
    }
  });

  it('say again of what is too large that it was left, and take it when it is small', () => {
    const large = Array.from({ length: 4000 }, (_, index) => ({
      ...rule,
      rank: index,
      ruleId: index + 1,
      addresses: [{ family: 4 as const, first: index * 7, last: index * 7 + 100_000 }],
      ports: [{ first: index, last: index + 9000 }],
    }));
    const one = { subjectId: 1, paths: [], rules: large };
    const compiler = new TableCompiler();
    const policy = { version: 1, subjects: [one], everybody: [] };
    expect(compiler.compile(policy).left).toEqual([1]);
    expect(compiler.compile({ ...policy, version: 2 }).left).toEqual([1]);
    const small = { ...policy, version: 3, subjects: [{ ...one, rules: large.slice(0, 2) }] };
    expect(compiler.compile(small).left).toEqual([]);
  });

  it('ask always when not even the paths find room, and are tables like others after that', () => {
    const text = 'x'.repeat(4000);
    const subjects = Array.from({ length: 8500 }, (_, index) => ({
      subjectId: index + 1,
      paths: [`${index}${text}`],
      rules: [],
    }));
    const compiler = new TableCompiler();
    const full = compiler.compile({ version: 1, subjects, everybody: [rule] });
    expect(full).toMatchObject({ asksAlways: true, left: { length: 8500 } });
    const small = { version: 2, subjects: subjects.slice(0, 2), everybody: [rule] };
    const asked = (policy: PlainPolicy) => [{ policy, subjectId: 1, connection }];
    expect(askDriver(full.bytes, asked(small))).toEqual({ valid: true, answers: ['ask 0'] });
    const after = compiler.compile(small);
    expect(askDriver(after.bytes, asked(small))).toEqual({ valid: true, answers: ['block 1'] });
  });

  it('hold thousands of overlapping ranges on one subject', () => {
    const rules = Array.from({ length: 3000 }, (_, index) => ({
      ...rule,
      rank: index,
      ruleId: index + 1,
      outcome: index % 2 === 0 ? ('allow' as const) : ('block' as const),
      addresses: [{ family: 4 as const, first: index * 1000, last: 2 ** 32 - 1 - index * 1000 }],
    }));
    const policy = {
      version: 1,
      subjects: [{ subjectId: 1, paths: [], rules: rules.toReversed() }],
      everybody: [],
    };
    const asked = rules.map((_, index) => ({
      policy,
      subjectId: 1,
      connection: { ...connection, address: index * 1000 - (index % 3 === 0 && index > 0 ? 1 : 0) },
    }));
    const compiled = compile(policy);
    expect(compiled.left).toEqual([]);
    expect(askDriver(compiled.bytes, asked)).toEqual({ valid: true, answers: asked.map(meant) });
  });

  it('leave to the engine what is too large, and say so', () => {
    const tooMany = Array.from({ length: 4000 }, (_, index) => ({
      ...rule,
      rank: index,
      ruleId: index + 1,
      addresses: [{ family: 4 as const, first: index * 7, last: index * 7 + 100_000 }],
      ports: [{ first: index, last: index + 9000 }],
    }));
    const subjects = [
      { subjectId: 1, paths: [], rules: [{ ...rule, rank: 100_000, ruleId: 9 }] },
      { subjectId: 2, paths: [], rules: tooMany },
    ];
    const policy = { version: 1, subjects, everybody: [{ ...rule, rank: 200_000, ruleId: 10 }] };
    const compiled = compile(policy);
    expect(compiled).toMatchObject({ left: [2], asksAlways: false });
    const asked = [1, 2, 3].map((subjectId) => ({ policy, subjectId, connection }));
    expect(askDriver(compiled.bytes, asked).answers).toEqual(['block 9', 'ask 0', 'block 10']);
  });

  it('find paths whatever the case of A-Z, and nothing that is only alike', () => {
    const subjects = [
      {
        subjectId: 5,
        paths: ['\\Device\\HarddiskVolume2\\Program Files\\A\\a.exe', '\\b\ud800'],
        rules: [],
      },
      { subjectId: 6, paths: ['\\c\\Ü.exe', '\\both'], rules: [] },
      { subjectId: 7, paths: ['\\BOTH', '', 'x'.repeat(5000)], rules: [] },
    ];
    const questions = new TableQuestions();
    questions.table(compile({ version: 1, subjects, everybody: [] }).bytes);
    const asked: [string, number][] = [
      ['\\DEVICE\\harddiskvolume2\\PROGRAM FILES\\a\\A.EXE', 5],
      ['\\device\\harddiskvolume2\\program files\\a\\a.ex', 0],
      ['\\device\\harddiskvolume2\\program files\\a\\a.exe ', 0],
      ['\\B\ud800', 5],
      ['\\b\ud801', 0],
      ['\\c\\Ü.exe', 6],
      ['\\c\\ü.exe', 0],
      ['\\both', 0],
      ['', 0],
    ];
    for (const [path] of asked) questions.path(path);
    expect([...questions.ask(program)]).toEqual([1, ...asked.map(([, subjectId]) => subjectId)]);
  });

  it('find each of ten thousand paths', () => {
    const paths = Array.from(
      { length: 10_000 },
      (_, index) => `\\device\\volume\\${index * 7919}\\p.exe`,
    );
    const subjects = paths.map((path, index) => ({
      subjectId: index + 1,
      paths: [path],
      rules: [],
    }));
    const compiled = compile({ version: 1, subjects, everybody: [] });
    const questions = new TableQuestions();
    questions.table(compiled.bytes);
    for (const path of paths) questions.path(path);
    expect(compiled.left).toEqual([]);
    expect([...questions.ask(program)]).toEqual([1, ...subjects.map(({ subjectId }) => subjectId)]);
  });

  it('throw for rules that share a rank, and subjects that share an id', () => {
    const subject = { subjectId: 1, paths: [], rules: [] };
    expect(() => compile({ version: 1, subjects: [], everybody: [rule, { ...rule }] })).toThrow(
      'rank',
    );
    expect(() =>
      compile({ version: 1, subjects: [subject, { ...subject }], everybody: [] }),
    ).toThrow('twice');
    for (const bad of [{ rank: -1 }, { rank: 0.5 }, { rank: 2 ** 32 }, { ruleId: 0 }]) {
      const everybody = [{ ...rule, ...bad }];
      expect(() => compile({ version: 1, subjects: [], everybody })).toThrow(RangeError);
    }
  });
});
