/**
 * From plain rules to the table that the driver looks up in (driver/protocol/portreeve_wire.h): deterministic, whole, and
 * quick when little has changed, as what concerns the other subjects is taken from the table before.
 */
import { ANEW, endOf, lengthAt } from './columns.ts';
import {
  KIND_TABLE,
  MAX_TABLE_BYTES,
  PROTOCOL_VERSION,
  TABLE,
  TABLE_MAP_ASK,
  TABLE_PATH,
  TABLE_RULE,
  TABLE_SUBJECT,
} from './layout.gen.ts';
import { planParts, startsWithin, writeParts } from './parts.ts';
import type { Parts, PlannedParts } from './parts.ts';
import { pathTexts } from './path-texts.ts';
import type { PathTexts } from './path-texts.ts';
import { numberPaths, pathSection } from './paths.ts';
import type { NumberedPaths, PathSection } from './paths.ts';
import type { PlainPolicy, PlainSubject } from './plain.ts';
import type { ProtocolClasses } from './port-lists.ts';

export interface CompiledTable {
  readonly bytes: Uint8Array;
  /** Ids of subjects about which the driver asks always, or whose paths it does not know all: they were too large. */
  readonly left: readonly number[];
  /** Everybody's rules were too large: the driver asks about everything. */
  readonly asksAlways: boolean;
}

/** The table of a policy. A rule that breaks what `PlainRule` says is a bug of the caller and throws. */
export function compile(policy: PlainPolicy): CompiledTable {
  return new TableCompiler().compile(policy);
}

/** Everybody first, then the subjects in the order of their ids: their places. */
type Places = readonly PlainSubject[];

/** What of a table helps with the next one. Rules, maps and texts are in the table itself. */
interface Made {
  readonly places: Places;
  readonly parts: Parts;
  readonly texts: PathTexts;
}

/** Compiles one policy after the other, each as if it were the first. */
export class TableCompiler {
  #last: Made | null = null;

  /** As `compile`. The bytes must not be changed while this compiler is used. */
  compile(policy: PlainPolicy): CompiledTable {
    const places = placesOf(policy);
    const planned = plan(places, this.#last);
    const room = MAX_TABLE_BYTES / 4 - planned.fixedWords;
    if (room < 0) return this.#nothing(policy);
    return this.#write(policy.version, places, planned, room);
  }

  /** There is no room for anything: the driver asks always. */
  #nothing({ version, subjects }: PlainPolicy): CompiledTable {
    const places = placesOf({ version, subjects: [], everybody: [] });
    const table = this.#write(version, places, plan(places, null), 0);
    const left = subjects.map(({ subjectId }) => subjectId).toSorted((a, b) => a - b);
    return { ...table, left };
  }

  /** `room`: words for maps. */
  #write(version: number, places: Places, planned: Planned, room: number): CompiledTable {
    const mapStarts = startsWithin(planned.parts.mapStarts, room);
    const { words, made } = assemble(planned, { places, mapStarts }, this.#last);
    this.#last = made;
    putHead(words, version, planned, mapStarts);
    return {
      bytes: new Uint8Array(words.buffer),
      left: leftOf(planned, { places, mapStarts }),
      asksAlways: lengthAt(mapStarts, 0) === 0,
    };
  }
}

function placesOf({ subjects, everybody }: PlainPolicy): Places {
  const sorted = subjects.toSorted((a, b) => a.subjectId - b.subjectId);
  const twice = sorted.find(({ subjectId }, at) => subjectId === sorted[at - 1]?.subjectId);
  if (twice !== undefined) throw new RangeError(`subject ${twice.subjectId} is there twice`);
  return [{ subjectId: 0, paths: [], rules: everybody }, ...sorted];
}

interface Planned {
  readonly parts: PlannedParts;
  readonly texts: PathTexts;
  readonly paths: NumberedPaths;
  readonly section: PathSection & { readonly hashes: Uint32Array };
  /** All but the maps. */
  readonly fixedWords: number;
}

function plan(places: Places, last: Made | null): Planned {
  const before = beforeOf(places, last);
  const parts = planParts(places, sameOf(places, last, before, 'rules'), last?.parts ?? null);
  const samePaths = sameOf(places, last, before, 'paths');
  const texts = pathTexts(places, samePaths, last?.texts ?? null);
  const paths = numberPaths(texts);
  const section = pathSection(paths);
  const { buckets, entries } = section;
  const heads = TABLE.words + (places.length - 1) * TABLE_SUBJECT.words + endOf(parts.ruleStarts);
  const found = buckets.length + entries.length * TABLE_PATH.words + textUnits(paths) / 2;
  return { parts, texts, paths, section, fixedWords: heads + found };
}

/** Where each was in the table before, by its id. */
function beforeOf(places: Places, last: Made | null): Int32Array {
  const before = new Int32Array(places.length).fill(ANEW);
  let source = 0;
  places.forEach(({ subjectId }, place) => {
    while ((last?.places[source]?.subjectId ?? Infinity) < subjectId) source += 1;
    if (last?.places[source]?.subjectId === subjectId) before[place] = source;
  });
  return before;
}

/** The same for those of which this has not changed. */
function sameOf(
  places: Places,
  last: Made | null,
  before: Int32Array,
  what: 'rules' | 'paths',
): Int32Array {
  return before.map((source, place) =>
    last?.places[source]?.[what] === places[place]?.[what] ? source : ANEW,
  );
}

/** Of all paths; even. */
function textUnits({ text }: NumberedPaths): number {
  return text.length + (text.length % 2);
}

interface Sized {
  readonly places: Places;
  readonly mapStarts: Uint32Array;
}

/** All but the head. */
function assemble(
  planned: Planned,
  { places, mapStarts }: Sized,
  last: Made | null,
): { readonly words: Uint32Array; readonly made: Made } {
  const { parts, texts, paths, section, fixedWords } = planned;
  const { ruleStarts } = parts;
  const words = new Uint32Array(fixedWords + endOf(mapStarts));
  putSubjects(words, ruleStarts, { places, mapStarts });
  const rules = TABLE.words + (places.length - 1) * TABLE_SUBJECT.words;
  const buckets = rules + endOf(ruleStarts);
  const entries = buckets + section.buckets.length;
  const maps = entries + section.entries.length * TABLE_PATH.words;
  words.set(section.buckets, buckets);
  putPaths(words, entries, planned);
  const text = new Uint16Array(words.buffer, (maps + endOf(mapStarts)) * 4, paths.text.length);
  text.set(paths.text);
  const written = writeParts(
    parts,
    {
      rules: { cells: words.subarray(rules, buckets), starts: ruleStarts },
      maps: { cells: words.subarray(maps, maps + endOf(mapStarts)), starts: mapStarts },
    },
    last?.parts ?? null,
  );
  const kept = { ...texts, text: { cells: text, starts: texts.text.starts } };
  return { words, made: { places, parts: written, texts: kept } };
}

function putHead(
  words: Uint32Array,
  version: number,
  { parts, paths, section }: Planned,
  mapStarts: Uint32Array,
): void {
  words[TABLE.header] = words.byteLength;
  words[TABLE.header + 1] = KIND_TABLE + (PROTOCOL_VERSION << 16);
  words[TABLE.version] = version >>> 0;
  words[TABLE.version + 1] = Math.floor(version / 2 ** 32);
  words[TABLE.subjectCount] = parts.ruleStarts.length - 2;
  words[TABLE.ruleCount] = endOf(parts.ruleStarts) / TABLE_RULE.words;
  words[TABLE.bucketCount] = section.buckets.length - 1;
  words[TABLE.pathCount] = section.entries.length;
  words[TABLE.mapBytes] = endOf(mapStarts) * 4;
  words[TABLE.textUnits] = textUnits(paths);
  words[TABLE.pathSeed] = section.seed;
  putClasses(words, parts.classes);
}

function putClasses(words: Uint32Array, classes: ProtocolClasses): void {
  const bytes = new Uint8Array(words.buffer, TABLE.protocolClass * 4, 256);
  for (const [protocol, number] of classes) {
    if (protocol !== null) bytes[protocol] = number;
  }
}

/** Everybody's record lies in the head, the others behind it. */
function putSubjects(
  words: Uint32Array,
  ruleStarts: Uint32Array,
  { places, mapStarts }: Sized,
): void {
  places.forEach(({ subjectId }, place) => {
    const at = place === 0 ? TABLE.everybody : TABLE.words + (place - 1) * TABLE_SUBJECT.words;
    const hasMap = lengthAt(mapStarts, place) > 0;
    words[at + TABLE_SUBJECT.id] = subjectId;
    words[at + TABLE_SUBJECT.map] = hasMap ? (mapStarts[place] ?? 0) * 4 : TABLE_MAP_ASK;
    words[at + TABLE_SUBJECT.ruleFirst] = (ruleStarts[place] ?? 0) / TABLE_RULE.words;
    words[at + TABLE_SUBJECT.ruleCount] = lengthAt(ruleStarts, place) / TABLE_RULE.words;
  });
}

/** Their texts lie in the order of the subjects. */
function putPaths(words: Uint32Array, start: number, { paths, section }: Planned): void {
  section.entries.forEach((number, index) => {
    const at = start + index * TABLE_PATH.words;
    words[at + TABLE_PATH.hash] = section.hashes[number] ?? 0;
    words[at + TABLE_PATH.subject] = (paths.subjects[number] ?? 0) - 1;
    words[at + TABLE_PATH.text] = paths.starts[number] ?? 0;
    words[at + TABLE_PATH.units] = lengthAt(paths.starts, number);
  });
}

function leftOf({ paths, section }: Planned, { places, mapStarts }: Sized): number[] {
  const left = new Set(section.left.map((number) => paths.subjects[number] ?? 0));
  for (let place = 1; place < places.length; place += 1) {
    if (lengthAt(mapStarts, place) === 0) left.add(place);
  }
  return [...left].toSorted((a, b) => a - b).map((place) => places[place]?.subjectId ?? 0);
}
