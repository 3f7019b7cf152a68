/**
 * Programs of a file of rules as this computer knows them: the key of a path is what the kernel calls it here, which is
 * another one on another computer (\device\harddiskvolume3 instead of C:).
 */
import { generalised, hasTokens } from '../policy/path-pattern.ts';
import { scriptSubject } from '../policy/written.ts';
import type { IdentityPort, Subject } from '../ports.ts';

type Identity = Pick<IdentityPort, 'subjectOf' | 'folded'>;

/** The same where its path says nothing. */
export function localSubject(subject: Subject, identity: Identity): Subject {
  const { kind, path } = subject;
  if (path === '') return subject;
  if (kind === 'path') return identity.subjectOf(path);
  if (kind === 'path-pattern') return localPattern(subject, identity);
  return kind === 'interpreter-script' ? localScript(subject, identity) : subject;
}

/** Its path is the pattern itself, as somebody wrote it, or that of the program that it was made for. */
function localPattern(subject: Subject, identity: Identity): Subject {
  const local = identity.subjectOf(subject.path);
  const key = hasTokens(subject.path) ? local.key : generalised(local.key);
  return key === null ? subject : { ...local, kind: 'path-pattern', key };
}

/** Its path is the interpreter's, a space, and the script; its key has a zero between the two. */
function localScript(subject: Subject, identity: Identity): Subject {
  const script = subject.key.slice(subject.key.indexOf('\0') + 1);
  const end = subject.path.length - script.length - 1;
  const isWhole = subject.key.includes('\0') && end > 0 && subject.path[end] === ' ';
  if (!isWhole) return subject;
  const [interpreter, named] = [subject.path.slice(0, end), subject.path.slice(end + 1)];
  return scriptSubject(identity.subjectOf(interpreter), named, identity) ?? subject;
}
