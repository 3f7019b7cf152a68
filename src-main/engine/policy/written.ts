/** Rules as people write them, and changes of rules, made into terms that the rest of the engine can rely on. */
import type { Result } from '../../../src-preload/contract/model.ts';
import type {
  RuleEdit,
  RuleInput,
  RuleLifetime,
  SubjectInput,
} from '../../../src-preload/contract/rules.ts';
import type { Clock, IdentityPort, Subject } from '../ports.ts';
import { done, refuse } from '../result.ts';
import { generalised, isUsablePattern } from './path-pattern.ts';
import { placeFromText, portsFromText } from './places.ts';
import type { Rule, RuleDraft, RuleTerms } from './rule.ts';
import { everybody } from './rule-table.ts';

export interface WriterPorts {
  readonly clock: Clock;
  readonly identity: IdentityPort;
}

const MINUTE = 60_000;
const noPlace = 'This is no address, range or name.';
const noPorts = 'These are no ports.';
export const noSubject = 'This names no program.';

/** A draft that is made by hand. */
export function draftOf(input: RuleInput, ports: WriterPorts): Result<RuleDraft> {
  const subject = subjectOfInput(input.subject, ports.identity);
  if (subject === null) return refuse('bad-subject', noSubject);
  const place = placeFromText(input.place);
  if (place === null) return refuse('bad-place', noPlace);
  const read = portsFromText(input.ports);
  if (read === null) return refuse('bad-ports', noPorts);
  return done({
    ...made,
    ...bindingOf(input.lifetime, input.minutes, ports),
    subject,
    withChildren: input.withChildren,
    verdict: input.verdict,
    place,
    ports: read.ports,
    protocol: input.protocol,
    direction: input.direction,
    network: input.network,
    note: input.note.toWellFormed(),
    createdAt: ports.clock.now(),
  });
}

const made = {
  processes: [],
  origin: 'person',
  asked: null,
  factoryId: null,
  needsReview: false,
} as const;

/** The terms of a rule after a change. */
export function editedTerms(rule: Rule, edit: RuleEdit, ports: WriterPorts): Result<RuleTerms> {
  const place = edit.place === undefined ? rule.place : placeFromText(edit.place);
  if (place === null) return refuse('bad-place', noPlace);
  const read = edit.ports === undefined ? { ports: rule.ports } : portsFromText(edit.ports);
  if (read === null) return refuse('bad-ports', noPorts);
  const lifetime = edit.lifetime ?? rule.lifetime;
  const renewed = lifetime !== rule.lifetime || edit.minutes !== undefined;
  return done({
    ...termsOf(rule),
    ...(renewed && bindingOf(lifetime, edit.minutes ?? null, ports)),
    ...(renewed && { processes: lifetime === 'while-it-runs' ? rule.processes : [] }),
    withChildren: edit.withChildren ?? rule.withChildren,
    verdict: edit.verdict ?? rule.verdict,
    place,
    ports: read.ports,
    protocol: edit.protocol === undefined ? rule.protocol : edit.protocol,
    direction: edit.direction ?? rule.direction,
    network: edit.network === undefined ? rule.network : edit.network,
    note: (edit.note ?? rule.note).toWellFormed(),
  });
}

function termsOf(rule: Rule): Pick<RuleTerms, Binding | 'processes'> {
  const { lifetime, bootId, signInId, until, processes } = rule;
  return { lifetime, bootId, signInId, until, processes };
}

type Binding = 'lifetime' | 'bootId' | 'signInId' | 'until';

/** What a lifetime is bound to. */
export function bindingOf(
  lifetime: RuleLifetime,
  minutes: number | null,
  { clock, identity }: WriterPorts,
): Pick<RuleTerms, Binding> {
  const ofBoot = lifetime === 'until-restart' || lifetime === 'while-it-runs';
  return {
    lifetime,
    bootId: ofBoot ? identity.bootId() : null,
    signInId: lifetime === 'until-sign-out' ? identity.signInId() : null,
    until: lifetime === 'minutes' ? clock.now() + (minutes ?? 60) * MINUTE : null,
  };
}

/** Null when it names no program. */
export function subjectOfInput(input: SubjectInput, identity: IdentityPort): Subject | null {
  if (input.kind === 'anything') return everybody;
  const { kind, text } = input;
  if (text.trim() === '') return null;
  switch (kind) {
    case 'path':
      return identity.subjectOf(text);
    case 'path-pattern':
      return isUsablePattern(text) ? { ...identity.subjectOf(text), kind } : null;
    case 'hash':
      return /^[0-9a-f]{64}$/i.test(text) ? named(kind, text.toLowerCase()) : null;
    case 'service':
    case 'package':
      return { ...named(kind, text), key: identity.folded(text) };
    case 'interpreter-script':
      return scriptSubject(identity.subjectOf(text), input.script, identity);
  }
}

function named(kind: Subject['kind'], text: string): Subject {
  return { kind, key: text, name: text, path: '' };
}

/** As the identity port makes it of a running interpreter. */
export function scriptSubject(
  interpreter: Subject,
  script: string,
  identity: Pick<IdentityPort, 'folded'>,
): Subject | null {
  if (script.trim() === '') return null;
  const name = script.slice(Math.max(script.lastIndexOf('/'), script.lastIndexOf('\\')) + 1);
  return {
    kind: 'interpreter-script',
    key: `${interpreter.key}\0${script.startsWith('-m ') ? script : identity.folded(script)}`,
    name: name === '' ? script : name,
    path: `${interpreter.path} ${script}`,
  };
}

/** The subjects that a program at this path is, as far as its path and script say. */
export function subjectsOfPath(
  path: Subject,
  script: string,
  identity: Pick<IdentityPort, 'folded'>,
): Subject[] {
  const own = scriptSubject(path, script, identity);
  const pattern = generalised(path.key);
  const subjects =
    pattern === null ? [path] : [{ ...path, kind: 'path-pattern' as const, key: pattern }, path];
  return own === null ? subjects : [own, ...subjects];
}
