/** What is known of a program on Windows as the subjects that rules are made about. Runs anywhere. */
import path from 'node:path';

import { generalised } from '../engine/policy/path-pattern.ts';
import type { Ancestor, Caller, Subject, WantedFacts } from '../engine/ports.ts';
import { signerSubject } from '../engine/subjects/signer.ts';
import { scriptOf } from './script.ts';
import { isInterpreter } from './volatile-programs.ts';
import type { FoundAncestor, FoundProgram } from './windows/programs.ts';

/**
 * The file system ignores case. Only A to Z are folded here: a rule of Unicode's that NTFS does not have would make two
 * programs one, while a fold too few only asks twice. `shown`: the same path with its drive's letter.
 */
export function windowsSubject(full: string, shown = full): Subject {
  const name = shown.slice(shown.lastIndexOf('\\') + 1);
  return { kind: 'path', key: folded(full), name: name === '' ? shown : name, path: shown };
}

/**
 * What a question is about is the first: what runs in a host before the host, and what lasts over an update before what does
 * not (docs/adr/0040). Nobody is asked about a hash.
 */
export function callerFrom(file: Subject, found: FoundProgram, wanted: WantedFacts): Caller {
  const offered = [
    ...serviceSubjects(found.services),
    ...scriptSubjects(file, found),
    ...packageSubjects(found.package, file),
    ...subjectsOfFile(file, found.signed),
  ];
  const hashes: Subject[] = found.hash === null ? [] : [{ ...file, kind: 'hash', key: found.hash }];
  return {
    subject: offered[0] ?? file,
    subjects: [...hashes, ...offered],
    ancestors: found.ancestors.map(ancestorFrom),
    complete: !wanted.hash || found.hash !== null,
  };
}

/** Of a process that has gone, or that may not be looked at: its path is all that is known. */
export function unfoundCaller(file: Subject, wanted: WantedFacts): Caller {
  const subjects = subjectsOfFile(file, null);
  const [subject = file] = subjects;
  return { subject, subjects, ancestors: [], complete: !wanted.hash };
}

function ancestorFrom(found: FoundAncestor): Ancestor {
  const { process, devicePath, path: shown, signed, package: family } = found;
  const file = windowsSubject(devicePath, shown);
  return { process, subjects: [...packageSubjects(family, file), ...subjectsOfFile(file, signed)] };
}

/** One that runs alone. Several that share a process cannot be told apart, and a rule for one would be for all. */
function serviceSubjects(services: readonly string[]): Subject[] {
  const [service, ...others] = services;
  return service === undefined || others.length > 0 ? [] : [serviceSubject(service)];
}

/** Windows ignores the case of a service's name. */
export function serviceSubject(name: string): Subject {
  return { kind: 'service', key: folded(name), name, path: '' };
}

/** The app without its version, and without the publisher's number in its name. */
function packageSubjects(family: string | null, { path: full }: Subject): Subject[] {
  if (family === null || family === '') return [];
  const name = family.replace(/_[^_]*$/, '');
  return [{ kind: 'package', key: folded(family), name, path: full }];
}

function subjectsOfFile(file: Subject, signed: FoundProgram['signed']): Subject[] {
  const signer = signed === null ? null : signerSubject(signed, file);
  const pattern = generalised(file.key);
  const patterns: Subject[] =
    pattern === null ? [] : [{ ...file, kind: 'path-pattern', key: pattern }];
  return [...(signer === null ? [] : [signer]), ...patterns, file];
}

/** A script whose whole path is not known could be any script of that name: then the interpreter itself is asked about. */
function scriptSubjects(file: Subject, { arguments: given, folder }: FoundProgram): Subject[] {
  if (given === null || !isInterpreter(file.name)) return [];
  const script = scriptOf(file.name.replace(/\.exe$/i, ''), given);
  if (script === null) return [];
  const isModule = script.startsWith('-m ');
  const whole = isModule ? script : wholePath(script, folder);
  if (whole === null) return [];
  return [
    {
      kind: 'interpreter-script',
      key: `${file.key}\0${isModule ? whole : folded(whole)}`,
      name: isModule ? whole : path.win32.basename(whole),
      path: `${file.path} ${whole}`,
    },
  ];
}

function wholePath(script: string, folder: string | null): string | null {
  if (path.win32.isAbsolute(script) && /^(?:[a-z]:|\\\\)/i.test(script)) {
    return path.win32.normalize(script);
  }
  return folder === null ? null : path.win32.resolve(folder, script);
}

export function folded(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
