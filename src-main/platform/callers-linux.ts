/** Who is behind a process on Linux: its path and pattern, its script, its file's hash, and what started it. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

import { generalised } from '../engine/policy/path-pattern.ts';
import type { Ancestor, Caller, ProcessKey, Subject, WantedFacts } from '../engine/ports.ts';
import { isSame, quietly, readArguments, readStat } from './proc.ts';
import { scriptOf } from './script.ts';
import { isInterpreter } from './volatile-programs.ts';

/** A chain of parents longer than this is cut: what stands far above a program says little about it. */
const MAX_ANCESTORS = 16;
const MAX_HASHES = 256;

/** A path is bytes to Linux: nothing is normalised, and a backslash is a letter like others. */
export function pathSubject(path: string): Subject {
  return { kind: 'path', key: path, name: nameOf(path), path };
}

/** At once where nothing has to be read. */
export function linuxCaller(
  process: ProcessKey,
  program: string,
  wanted: WantedFacts,
): Caller | Promise<Caller> {
  const subjects = subjectsOf(program);
  const needed = wanted.hash || wanted.ancestors || isInterpreter(nameOf(program));
  return needed ? findOut(process, program, wanted) : callerWith(subjects, [], true);
}

async function findOut(process: ProcessKey, program: string, wanted: WantedFacts): Promise<Caller> {
  const [script, hash, ancestors] = await Promise.all([
    quietly(() => scriptSubject(process, program), null),
    wanted.hash ? quietly(() => hashSubject(process), null) : null,
    wanted.ancestors ? quietly(() => readAncestors(process), []) : [],
  ]);
  const known = [script, hash].filter((subject) => subject !== null);
  const complete = !wanted.hash || hash !== null;
  return callerWith([...known, ...subjectsOf(program)], ancestors, complete);
}

/** What a question is about: the script, else the pattern, else the path. Nobody is asked about a hash. */
function callerWith(
  subjects: readonly Subject[],
  ancestors: readonly Ancestor[],
  complete: boolean,
): Caller {
  const subject = subjects.find(({ kind }) => kind !== 'hash') ?? pathSubject('');
  return { subject, subjects, ancestors, complete };
}

function subjectsOf(program: string): Subject[] {
  const subject = pathSubject(program);
  const pattern = generalised(program);
  return pattern === null
    ? [subject]
    : [{ ...subject, kind: 'path-pattern', key: pattern }, subject];
}

/** A process may write what it likes over its own arguments: this names a script, it proves none (docs/rules.md). */
async function scriptSubject(process: ProcessKey, program: string): Promise<Subject | null> {
  if (!isInterpreter(nameOf(program)) || !(await isSame(process))) return null;
  const named = scriptOf(nameOf(program), await readArguments(process.id));
  if (named === null) return null;
  const script = named.startsWith('-m ') ? named : await existing(process, named);
  return {
    kind: 'interpreter-script',
    key: `${program}\0${script}`,
    name: nameOf(script),
    path: `${program} ${script}`,
  };
}

async function existing({ id }: ProcessKey, script: string): Promise<string> {
  const full = path.resolve(await readlink(`/proc/${id}/cwd`), script);
  await stat(full);
  return full;
}

const hashes = new Map<string, string>();

/** Of the file that runs, also when another one has taken its place since. */
async function hashSubject(process: ProcessKey): Promise<Subject | null> {
  if (!(await isSame(process))) return null;
  const file = `/proc/${process.id}/exe`;
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
  const key = [dev, ino, size, mtimeNs, ctimeNs].join();
  const hash = hashes.get(key) ?? (await hashOf(file));
  if (hashes.size >= MAX_HASHES) hashes.clear();
  hashes.set(key, hash);
  const full = await readlink(file);
  return { kind: 'hash', key: hash, name: nameOf(full), path: full };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

async function readAncestors(process: ProcessKey): Promise<Ancestor[]> {
  const ancestors: Ancestor[] = [];
  let { parent } = await readStat(String(process.id));
  while (parent !== '0' && ancestors.length < MAX_ANCESTORS) {
    // oxlint-disable-next-line no-await-in-loop -- one generation after the other
    const found = await quietly(() => readAncestor(parent), null);
    if (found === null) return ancestors;
    ancestors.push(found.ancestor);
    ({ parent } = found);
  }
  return ancestors;
}

async function readAncestor(processId: string) {
  const { parent, started } = await readStat(processId);
  const program = await readlink(`/proc/${processId}/exe`);
  const process = { id: BigInt(processId), created: started };
  return { parent, ancestor: { process, subjects: subjectsOf(program) } };
}

function nameOf(full: string): string {
  const name = full.slice(full.lastIndexOf('/') + 1);
  return name === '' ? full : name;
}
