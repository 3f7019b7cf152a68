/**
 * Asks the engine's evaluator and the driver's own look-ups in what `compile` made about the same connections:
 * `node test/main/agreement/program.ts TABLE_PROGRAM SETS CONNECTIONS SEED` prints counts as JSON. A program of its own, so
 * that a copy of the tree with one line changed can be asked as well. A few sets at a time, so that memory stays small.
 */
import type { IdentityPort } from '../../../src-main/engine/ports.ts';
import { compile } from '../../../src-main/engine/policy/compile/compile.ts';
import { KernelPolicies } from '../../../src-main/engine/policy/kernel-policy.ts';
import { RuleTable } from '../../../src-main/engine/policy/rule-table.ts';
import { isHostProgram } from '../../../src-main/platform/volatile-programs.ts';
import { plainConnection } from '../fakes/fake-kernel.ts';
import { Random } from '../fakes/random-policy.ts';
import { TableQuestions, outcomeOf } from '../fakes/table-program.ts';
import { faultOf } from './meaning.ts';
import type { Question, Said } from './meaning.ts';
import { randomAsking, randomWorld, subjectOf } from './world.ts';
import type { World } from './world.ts';

export interface Counts {
  pairs: number;
  decided: number;
  asked: number;
  /** The kernel knew the program by its path alone. */
  byPath: number;
  faults: number;
  /** The first of them. */
  examples: string[];
  /** Tables that were not the same bytes when they were made again. */
  different: number;
  megabytes: number;
}

const SETS_AT_ONCE = 20;
const MOST_EXAMPLES = 5;

const identity: Pick<IdentityPort, 'subjectOf' | 'isHost'> = {
  subjectOf: (path) => subjectOf('path', path),
  isHost: isHostProgram,
};

interface Asked {
  readonly question: Question;
  readonly subjectId: number | null;
}

/** What the kernel is given of a world, and what is asked of it. */
function prepare(
  random: Random,
  connections: number,
): { readonly bytes: Uint8Array; readonly asked: Asked[]; readonly isSame: boolean } {
  const world = randomWorld(random);
  const table = new RuleTable();
  for (const rule of world.rules) table.put(rule);
  const known = world.programs.map(({ caller, pid }) => ({
    caller,
    process: { id: BigInt(pid), created: 5n },
  }));
  const view = { table, state: world.state, identity, known };
  const { policy, mappings } = new KernelPolicies().build(view);
  const subjectOfPath = (path: string): number | null =>
    policy.subjects.find(({ paths }) => paths.includes(path))?.subjectId ?? null;
  const { bytes } = compile(policy);
  const again = structuredClone(policy);
  const turned = { ...again, subjects: again.subjects.toReversed() };
  const asked = Array.from({ length: connections }, (): Asked => {
    const at = random.below(world.programs.length);
    const mapped = mappings[at]?.subjectId ?? null;
    return askAbout({ random, world, table, at, mapped, subjectOfPath });
  });
  return { bytes, asked, isSame: Buffer.compare(compile(turned).bytes, bytes) === 0 };
}

interface About {
  readonly random: Random;
  readonly world: World;
  readonly table: RuleTable;
  readonly at: number;
  readonly mapped: number | null;
  readonly subjectOfPath: (path: string) => number | null;
}

/** Some processes are not mapped yet when they connect, and some never: then their path speaks for them. */
function askAbout({ random, world, table, at, mapped, subjectOfPath }: About): Asked {
  const program = world.programs[at] ?? world.programs[0];
  if (program === undefined) throw new RangeError('a world without programs');
  const isMapped = mapped !== null && random.below(4) > 0;
  const question = { world, table, asking: randomAsking(random, program), isMapped };
  return { question, subjectId: isMapped ? mapped : subjectOfPath(program.path) };
}

function count(counts: Counts, { question, subjectId }: Asked, said: Said): void {
  counts.pairs += 1;
  if (said.outcome === 'ask') counts.asked += 1;
  else counts.decided += 1;
  if (!question.isMapped && subjectId !== null) counts.byPath += 1;
  const fault = faultOf(question, said);
  if (fault === null) return;
  counts.faults += 1;
  if (counts.examples.length < MOST_EXAMPLES) counts.examples.push(fault);
}

function run(program: string, sets: number, random: Random, connections: number): Counts {
  const counts = { pairs: 0, decided: 0, asked: 0, byPath: 0, faults: 0, different: 0 };
  const all: Counts = { ...counts, examples: [], megabytes: 0 };
  for (let left = sets; left > 0; left -= SETS_AT_ONCE) {
    const questions = new TableQuestions();
    const batch: Asked[][] = [];
    for (let set = 0; set < Math.min(left, SETS_AT_ONCE); set += 1) {
      const { bytes, asked, isSame } = prepare(random, connections);
      // A process that is neither mapped nor known by its path is asked about before any table is.
      const known = asked.filter(({ subjectId }) => subjectId !== null);
      questions.table(bytes);
      questions.connections(
        known.map(({ subjectId, question }) => ({
          subjectId,
          connection: plainConnection(question.asking.connection),
        })),
      );
      if (!isSame) all.different += 1;
      all.pairs += asked.length - known.length;
      all.asked += asked.length - known.length;
      batch.push(known);
    }
    readAnswers(all, batch, questions.ask(program));
  }
  all.megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  return all;
}

function readAnswers(counts: Counts, batch: readonly Asked[][], words: Uint32Array): void {
  let at = 0;
  for (const asked of batch) {
    if (words[at++] !== 1) counts.faults += 1;
    for (const one of asked) {
      count(counts, one, { outcome: outcomeOf(words[at]), ruleId: words[at + 1] ?? -1 });
      at += 2;
    }
  }
  if (at !== words.length) throw new Error(`${words.length} words instead of ${at}`);
}

const [tableProgram = '', sets = '0', connections = '0', seed = '0'] = process.argv.slice(2);
const counts = run(tableProgram, Number(sets), new Random(Number(seed)), Number(connections));
process.stdout.write(JSON.stringify(counts));
