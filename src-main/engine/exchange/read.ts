/** A file of rules, read: drafts with the lines that they stand on, or what is wrong with it, line by line. */
import { parse } from '@humanwhocodes/momoa';
import type { AnyNode, ValueNode } from '@humanwhocodes/momoa';

import { writtenPlace, type ImportProblem } from '../../../src-preload/contract/rules.ts';
import { placeFromText, portsFromText } from '../policy/places.ts';
import { portsText, slotsOf, subjectText } from '../policy/rule.ts';
import type { Rule, RuleDraft } from '../policy/rule.ts';
import { everybody } from '../policy/rule-table.ts';
import type { IdentityPort } from '../ports.ts';
import { MAX_TEXT, rulesFile } from './format.ts';
import type { FileRule } from './format.ts';
import { localSubject } from './local-subject.ts';

export interface FileDraft {
  readonly draft: RuleDraft & Pick<Rule, 'enabled'>;
  /** Of the rule in the file, from 1. */
  readonly line: number;
}

export interface ReadRules {
  readonly drafts: readonly FileDraft[];
  readonly problems: readonly ImportProblem[];
}

type Path = readonly PropertyKey[];
type Identity = Pick<IdentityPort, 'subjectOf' | 'folded'>;

/** `identity`: of the computer that the rules are for. Never throws, whatever the text. */
export function readRules(text: string, now: number, identity: Identity): ReadRules {
  if (text.length > MAX_TEXT) return onlyProblem(1, 'The file is too big.');
  const tree = treeOf(text);
  if ('problem' in tree) return { drafts: [], problems: [tree.problem] };
  const parsed = rulesFile.safeParse(JSON.parse(text.replace(/^\u{feff}/u, '')));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => ({
      line: lineOf(tree.root, path),
      reason: `${path.map(String).join('.') || 'the file'}: ${message}`,
    }));
    return { drafts: [], problems };
  }
  const drafts = parsed.data.rules.map((rule, index) => ({
    draft: draftOf({ ...rule, subject: localSubject(rule.subject, identity) }, now),
    line: lineOf(tree.root, ['rules', index]),
  }));
  return { drafts, problems: drafts.flatMap(problemOf).concat(twicePresent(drafts)) };
}

/** The syntax with its places. JSON.parse has the last word on what is JSON, so that both always agree. */
function treeOf(text: string): { readonly root: ValueNode } | { readonly problem: ImportProblem } {
  try {
    const bare = text.replace(/^\u{feff}/u, '');
    JSON.parse(bare);
    return { root: parse(bare).body };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = /position (\d+)/.exec(message)?.[1];
    const line = position === undefined ? lastLine(text) : lineAt(text, Number(position));
    return { problem: { line, reason: 'This is not JSON.' } };
  }
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

function lastLine(text: string): number {
  return lineAt(text.trimEnd(), text.length);
}

/** The line of the value at this path, or of the innermost value around it that is there. */
function lineOf(root: ValueNode, path: Path): number {
  let node: AnyNode = root;
  for (const step of path) {
    const inner = memberOf(node, step);
    if (inner === null) break;
    node = inner;
  }
  return node.loc?.start.line ?? 1;
}

function memberOf(node: AnyNode, step: PropertyKey): AnyNode | null {
  if (node.type === 'Array') return node.elements[Number(step)]?.value ?? null;
  if (node.type !== 'Object') return null;
  const named = node.members.findLast(({ name }) => name.type === 'String' && name.value === step);
  return named?.value ?? null;
}

function draftOf(rule: FileRule, now: number): FileDraft['draft'] {
  return {
    ...rule,
    note: rule.note.toWellFormed(),
    lifetime: 'always',
    processes: [],
    bootId: null,
    signInId: null,
    until: null,
    origin: 'imported',
    asked: null,
    factoryId: null,
    needsReview: false,
    createdAt: now,
  };
}

/** What a schema cannot say. Only canonical text is taken: equal texts have to mean equal places. */
function problemOf({ draft, line }: FileDraft): ImportProblem[] {
  const { subject, place, ports } = draft;
  const wrong = (reason: string): ImportProblem[] => [{ line, reason }];
  const isNamed = subject.kind === 'anything' ? subject.key === everybody.key : subject.key !== '';
  if (!isNamed) return wrong('This names no program.');
  const written = writtenPlace(place);
  if (JSON.stringify(placeFromText(written)) !== JSON.stringify(place)) {
    return wrong('This is no address, range or name in its canonical form.');
  }
  const read = portsFromText(portsText(ports));
  if (ports !== null && JSON.stringify(read?.ports) !== JSON.stringify(ports)) {
    return wrong('These ports are not in order, or overlap.');
  }
  return [];
}

/** The newer of two equal rules would silently replace the older. */
function twicePresent(drafts: readonly FileDraft[]): ImportProblem[] {
  const lines = new Map<string, number>();
  return drafts.flatMap(({ draft, line }) => {
    const [slot = ''] = slotsOf(draft);
    const key = `${subjectText(draft.subject)} ${slot}`;
    const first = lines.get(key);
    lines.set(key, first ?? line);
    if (first === undefined) return [];
    return [{ line, reason: `The same rule as in line ${first}.` }];
  });
}

function onlyProblem(line: number, reason: string): ReadRules {
  return { drafts: [], problems: [{ line, reason }] };
}
