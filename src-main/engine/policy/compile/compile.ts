/**
 * From plain rules to the table that the driver looks up in (driver/protocol/portreeve_wire.h): deterministic, whole, and
 * quick when little has changed, as the maps of subjects whose rules are the same array are remembered.
 */
import {
  KIND_TABLE,
  MAX_MAP_BYTES,
  MAX_TABLE_BYTES,
  PROTOCOL_VERSION,
  RULE_ALLOW,
  RULE_ASK,
  RULE_BLOCK,
  TABLE,
  TABLE_MAP_ASK,
  TABLE_PATH,
  TABLE_RULE,
  TABLE_SUBJECT,
} from './layout.gen.ts';
import { buildMap } from './map.ts';
import { pathSection } from './paths.ts';
import type { PathSection } from './paths.ts';
import type { PlainPolicy, PlainRule, PlainSubject } from './plain.ts';
import type { ProtocolClasses } from './port-lists.ts';

export interface CompiledTable {
  readonly bytes: Uint8Array;
  /** Ids of subjects about which the driver asks always, or whose paths it does not know all: they were too large. */
  readonly left: readonly number[];
  /** Everybody's rules were too large: the driver asks about everything. */
  readonly asksAlways: boolean;
}

/** Named in every table, so that a table with another protocol seldom changes the classes of the others. */
const USUAL_PROTOCOLS = [1, 6, 17, 58];
const outcomes = { ask: RULE_ASK, allow: RULE_ALLOW, block: RULE_BLOCK };

/** The table of a policy. A rule that breaks what `PlainRule` says is a bug of the caller and throws. */
export function compile(policy: PlainPolicy): CompiledTable {
  const subjects = policy.subjects.toSorted((a, b) => a.subjectId - b.subjectId);
  const twice = subjects.find(({ subjectId }, at) => subjectId === subjects[at - 1]?.subjectId);
  if (twice !== undefined) throw new RangeError(`subject ${twice.subjectId} is there twice`);
  const classes = protocolClasses(policy);
  const named = { classes, name: [...classes.keys()].join() };
  const everybody = part(policy.everybody, named, MAX_TABLE_BYTES);
  const parts = subjects.map(({ rules }) => part(rules, named, MAX_MAP_BYTES));
  const paths = pathSection(subjects);
  const contents = within({ subjects, parts: [everybody, ...parts], paths });
  const bytes = assemble(policy.version, classes, contents);
  return { bytes, left: leftOf(subjects, contents), asksAlways: contents.parts[0]?.map === null };
}

/** What was made of one array of rules. */
interface Part {
  /** pr_table_rule, in the order of the ranks. */
  readonly rules: Uint32Array;
  /** Null: too large. */
  readonly map: Uint32Array | null;
}

interface Remembered {
  readonly protocols: readonly number[];
  classes: string;
  part: Part | null;
}

const remembered = new WeakMap<readonly PlainRule[], Remembered>();

function remember(rules: readonly PlainRule[]): Remembered {
  const known = remembered.get(rules);
  if (known !== undefined) return known;
  const protocols = new Set(rules.flatMap(({ protocol }) => protocol ?? []));
  const made = { protocols: [...protocols], classes: '', part: null };
  remembered.set(rules, made);
  return made;
}

function protocolClasses({ subjects, everybody }: PlainPolicy): ProtocolClasses {
  const named = new Set([...USUAL_PROTOCOLS, ...remember(everybody).protocols]);
  for (const { rules } of subjects) {
    for (const protocol of remember(rules).protocols) named.add(protocol);
  }
  const sorted = [...named].toSorted((a, b) => a - b);
  // When every protocol has a name none is left for null, and 256 classes fit a byte.
  const keys = sorted.length === 256 ? sorted : [null, ...sorted];
  return new Map(keys.map((protocol, index) => [protocol, index]));
}

function part(
  rules: readonly PlainRule[],
  { classes, name }: { readonly classes: ProtocolClasses; readonly name: string },
  budget: number,
): Part {
  const known = remember(rules);
  if (known.part === null || known.classes !== name) {
    const sorted = rules.toSorted((a, b) => a.rank - b.rank);
    known.part = { rules: ruleWords(sorted), map: buildMap(sorted, classes, budget) };
    known.classes = name;
  }
  return known.part;
}

function ruleWords(rules: readonly PlainRule[]): Uint32Array {
  const words = new Uint32Array(rules.length * TABLE_RULE.words);
  rules.forEach(({ ruleId, rank, outcome }, index) => {
    if (rank === rules[index - 1]?.rank) throw new RangeError(`two rules have the rank ${rank}`);
    if (rank !== rank >>> 0 || ruleId !== ruleId >>> 0 || ruleId === 0) {
      throw new RangeError(`rule ${ruleId} of rank ${rank}`);
    }
    const at = index * TABLE_RULE.words;
    words[at + TABLE_RULE.ruleId] = ruleId;
    words[at + TABLE_RULE.rank] = rank;
    words[at + TABLE_RULE.outcome] = outcomes[outcome];
  });
  return words;
}

interface Contents {
  readonly subjects: readonly PlainSubject[];
  /** Everybody's, then the subjects'. */
  readonly parts: readonly Part[];
  readonly paths: PathSection;
}

const nothing: Contents = {
  subjects: [],
  parts: [{ rules: new Uint32Array(), map: null }],
  paths: { seed: 0, buckets: new Uint32Array(1), entries: [], left: [] },
};

/** What there is room for: maps that find none are left out. */
function within(contents: Contents): Contents {
  let room = MAX_TABLE_BYTES / 4 - fixedWords(contents);
  if (room < 0) return nothing;
  const parts = contents.parts.map(({ rules, map }) => {
    const fits = map !== null && map.length <= room;
    if (fits) room -= map.length;
    return { rules, map: fits ? map : null };
  });
  return { ...contents, parts };
}

/** All but the maps. */
function fixedWords({ subjects, parts, paths }: Contents): number {
  const rules = parts.reduce((sum, { rules: words }) => sum + words.length, 0);
  const { buckets, entries } = paths;
  const own = TABLE.words + subjects.length * TABLE_SUBJECT.words + rules;
  return own + buckets.length + entries.length * TABLE_PATH.words + textUnits(paths) / 2;
}

/** Of all paths; even. */
function textUnits({ entries }: PathSection): number {
  const units = entries.reduce((sum, entry) => sum + entry.units.length, 0);
  return units + (units % 2);
}

function leftOf(all: readonly PlainSubject[], { subjects, parts, paths }: Contents): number[] {
  if (subjects.length === 0) return all.map(({ subjectId }) => subjectId);
  const places = new Set(paths.left);
  parts.slice(1).forEach(({ map }, place) => {
    if (map === null) places.add(place);
  });
  return [...places].toSorted((a, b) => a - b).map((place) => subjects[place]?.subjectId ?? 0);
}

function assemble(version: number, classes: ProtocolClasses, contents: Contents): Uint8Array {
  const mapWords = contents.parts.reduce((sum, { map }) => sum + (map?.length ?? 0), 0);
  const words = new Uint32Array(fixedWords(contents) + mapWords);
  putHead(words, version, contents, mapWords);
  putClasses(words, classes);
  let at = putSubjects(words, contents);
  for (const { rules } of contents.parts) at = put(words, at, rules);
  at = put(words, at, contents.paths.buckets);
  at = putPaths(words, at, contents.paths);
  for (const { map } of contents.parts) at = put(words, at, map ?? new Uint32Array());
  putText(words, at, contents.paths);
  return new Uint8Array(words.buffer);
}

function put(words: Uint32Array, at: number, section: Uint32Array): number {
  words.set(section, at);
  return at + section.length;
}

function putHead(words: Uint32Array, version: number, contents: Contents, mapWords: number): void {
  const { subjects, parts, paths } = contents;
  words[TABLE.header] = words.byteLength;
  words[TABLE.header + 1] = KIND_TABLE + (PROTOCOL_VERSION << 16);
  words[TABLE.version] = version >>> 0;
  words[TABLE.version + 1] = Math.floor(version / 2 ** 32);
  words[TABLE.subjectCount] = subjects.length;
  words[TABLE.ruleCount] =
    parts.reduce((sum, { rules }) => sum + rules.length, 0) / TABLE_RULE.words;
  words[TABLE.bucketCount] = paths.buckets.length - 1;
  words[TABLE.pathCount] = paths.entries.length;
  words[TABLE.mapBytes] = mapWords * 4;
  words[TABLE.textUnits] = textUnits(paths);
  words[TABLE.pathSeed] = paths.seed;
}

function putClasses(words: Uint32Array, classes: ProtocolClasses): void {
  const bytes = new Uint8Array(words.buffer, TABLE.protocolClass * 4, 256);
  for (const [protocol, number] of classes) {
    if (protocol !== null) bytes[protocol] = number;
  }
}

/** Everybody's record lies in the head, the others behind it. */
function putSubjects(words: Uint32Array, { subjects, parts }: Contents): number {
  let map = 0;
  let rule = 0;
  parts.forEach((own, place) => {
    const at = place === 0 ? TABLE.everybody : TABLE.words + (place - 1) * TABLE_SUBJECT.words;
    const count = own.rules.length / TABLE_RULE.words;
    words[at + TABLE_SUBJECT.id] = subjects[place - 1]?.subjectId ?? 0;
    words[at + TABLE_SUBJECT.map] = own.map === null ? TABLE_MAP_ASK : map;
    words[at + TABLE_SUBJECT.ruleFirst] = rule;
    words[at + TABLE_SUBJECT.ruleCount] = count;
    map += (own.map?.length ?? 0) * 4;
    rule += count;
  });
  return TABLE.words + subjects.length * TABLE_SUBJECT.words;
}

function putPaths(words: Uint32Array, start: number, { entries }: PathSection): number {
  let text = 0;
  let at = start;
  for (const { hash, subject, units } of entries) {
    words[at + TABLE_PATH.hash] = hash;
    words[at + TABLE_PATH.subject] = subject;
    words[at + TABLE_PATH.text] = text;
    words[at + TABLE_PATH.units] = units.length;
    text += units.length;
    at += TABLE_PATH.words;
  }
  return at;
}

function putText(words: Uint32Array, start: number, { entries }: PathSection): void {
  const text = new Uint16Array(words.buffer, start * 4);
  let at = 0;
  for (const { units } of entries) {
    text.set(units, at);
    at += units.length;
  }
}
